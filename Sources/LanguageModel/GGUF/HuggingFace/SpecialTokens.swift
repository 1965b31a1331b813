/// The ids of a tokeniser's special tokens, and which of them it puts around a text.
struct SpecialTokens {
  private let folder: HuggingFaceFolder
  private let vocabulary: ImportedVocabulary

  /// Hugging Face's names with GGUF's, whose spelling of the separator is the format's.
  private static let keys = [
    ("bos", "bos"), ("eos", "eos"), ("unk", "unknown"), ("sep", "seperator"), ("pad", "padding"), ("cls", "cls"), ("mask", "mask"),
  ]

  init(_ folder: HuggingFaceFolder, _ vocabulary: ImportedVocabulary) {
    self.folder = folder
    self.vocabulary = vocabulary
  }

  func describe(in metadata: inout GGUFMetadata) {
    for (name, key) in Self.keys {
      // BERT's first and last tokens serve as those of any other model.
      let fallback = ["bos": "cls", "eos": "sep"][name]
      guard let id = id(name) ?? fallback.flatMap(id) else { continue }
      metadata["tokenizer.ggml.\(key)_token_id"] = .uint32(UInt32(id))
    }
    let template = (first: text("bos") ?? text("cls"), last: text("eos") ?? text("sep"))
    let frame =
      TokenizerImport.sequence(folder.tokenizer["post_processor"], "processors")
      .first { $0["type"]?.string == "TemplateProcessing" }?["single"]?.array ?? []
    let first = frame.first?["SpecialToken"]?["id"]?.string
    let last = frame.last?["SpecialToken"]?["id"]?.string
    let addsFirst = folder.tokenizerConfig["add_bos_token"]?.bool ?? first.map { $0 == template.first }
    let addsLast = folder.tokenizerConfig["add_eos_token"]?.bool ?? last.map { $0 == template.last }
    if let addsFirst { metadata["tokenizer.ggml.add_bos_token"] = .bool(addsFirst) }
    if let addsLast { metadata["tokenizer.ggml.add_eos_token"] = .bool(addsLast) }
  }

  /// The text of a special token, from tokenizer_config.json.
  private func text(_ name: String) -> String? {
    let entry = folder.tokenizerConfig["\(name)_token"]
    return entry?.string ?? entry?["content"]?.string
  }

  /// The id of a special token, from its text or else from config.json, which may list several.
  private func id(_ name: String) -> Int? {
    if let id = text(name).flatMap(vocabulary.id) { return id }
    let entry = folder.config.json["\(name)_token_id"]
    guard let id = entry?.integer ?? entry?.array?.first?.integer, vocabulary.tokens.indices.contains(id) else { return nil }
    return id
  }
}
