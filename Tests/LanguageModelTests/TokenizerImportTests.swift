import Foundation
import Testing

@testable import LanguageModel

@Suite struct TokenizerImportTests {
  private func metadata(_ change: (ModelFolder) -> Void = { _ in }) throws -> GGUFMetadata {
    let folder = try ModelFolder.decoder("LlamaForCausalLM")
    change(folder)
    try folder.write()
    let path = temporaryPath(".gguf")
    defer { try? FileManager.default.removeItem(atPath: path) }
    try HuggingFaceImport(folder: folder.path).write(to: path)
    return try GGUFFile(path: path).metadata
  }

  @Test func bytePairsAreImported() throws {
    let metadata = try metadata()
    #expect(try metadata.string("tokenizer.ggml.model") == "gpt2")
    #expect(try metadata.string("tokenizer.ggml.pre") == "llama-bpe")
    #expect(
      try metadata.strings("tokenizer.ggml.tokens") == ["a", "b", "ab", "Ġ", "Ġa", "é", "<|begin|>", "<|end|>", "<think>", "[PAD9]"])
    #expect(try metadata.integers("tokenizer.ggml.token_type") == [1, 1, 1, 1, 1, 1, 3, 3, 4, 5])
    #expect(try metadata.strings("tokenizer.ggml.merges") == ["a b", "Ġ a"])
    #expect(try metadata.integer("tokenizer.ggml.bos_token_id") == 6)
    #expect(try metadata.integer("tokenizer.ggml.eos_token_id") == 7)
    #expect(try metadata.bool("tokenizer.ggml.add_bos_token"))
    #expect(metadata["tokenizer.ggml.add_eos_token"] == nil)
    #expect(try metadata.string("tokenizer.chat_template") == "{{ messages }}")
  }

  @Test func otherFormsAreUnderstood() throws {
    let metadata = try metadata {
      var model = $0.tokenizer["model"] as? [String: Any] ?? [:]
      model["merges"] = ["a b", "Ġ a"]
      $0.tokenizer["model"] = model
      $0.tokenizer["pre_tokenizer"] = ["type": "ByteLevel", "use_regex": true]
      $0.tokenizer["post_processor"] = nil
      $0.tokenizerConfig = [
        "add_bos_token": false, "chat_template": [["name": "tools", "template": "t"], ["name": "default", "template": "d"]],
      ]
    }
    #expect(try metadata.string("tokenizer.ggml.pre") == "gpt-2")
    #expect(try metadata.strings("tokenizer.ggml.merges") == ["a b", "Ġ a"])
    #expect(try metadata.bool("tokenizer.ggml.add_bos_token") == false)
    #expect(try metadata.string("tokenizer.chat_template") == "d")
    // From config.json, the first of several.
    #expect(try metadata.integer("tokenizer.ggml.eos_token_id") == 7)
    #expect(metadata["tokenizer.ggml.bos_token_id"] == nil)
  }

  @Test func sentencePiecesAreImported() throws {
    let metadata = try metadata {
      $0.tokenizer = [
        "added_tokens": [["id": 0, "content": "<unk>", "special": true], ["id": 1, "content": "<s>", "special": true]],
        "normalizer": ["type": "Sequence", "normalizers": [["type": "Prepend", "prepend": "▁"], ["type": "Replace"]]],
        "model": [
          "type": "BPE", "byte_fallback": true, "unk_token": "<unk>",
          "vocab": ["<unk>": 0, "<s>": 1, "<0x0A>": 2, "▁": 3, "a": 4, "b": 5, "ab": 6, "▁a": 7, "▁ab": 8],
          "merges": ["▁ a", "a b", "▁a b", "▁ ab"],
        ],
      ]
      $0.tokenizerConfig = ["bos_token": "<s>", "unk_token": "<unk>"]
    }
    #expect(try metadata.string("tokenizer.ggml.model") == "llama")
    #expect(try metadata.integers("tokenizer.ggml.token_type") == [2, 3, 6, 1, 1, 1, 1, 1, 1, 5])
    #expect(try metadata.floats("tokenizer.ggml.scores") == [0, 0, 0, -1e6, -1e6, -1e6, -1, 0, -2, 0])
    #expect(try metadata.bool("tokenizer.ggml.add_space_prefix"))
    #expect(try metadata.integer("tokenizer.ggml.unknown_token_id") == 0)
    #expect(metadata["tokenizer.ggml.merges"] == nil)
  }

  @Test func impossibleVocabulariesAreRefused() throws {
    func problem(_ vocabulary: [String: Int], _ added: [[String: Any]] = []) throws -> String {
      do {
        _ = try metadata {
          $0.tokenizer["model"] = ["type": "BPE", "vocab": vocabulary, "merges": []]
          $0.tokenizer["added_tokens"] = added
        }
        return "accepted"
      } catch { return "\(error)" }
    }
    #expect(try problem(["a": 0]) == "accepted")
    #expect(try problem(["a": 10]).contains("token a has no id below the vocabulary size 10"))
    #expect(try problem(["a": -1]).contains("token a has no id"))
    #expect(try problem(["a": 3, "b": 3]).contains("have the id 3"))
    #expect(try problem(["a": 3], [["id": 3, "content": "x"]]).contains("tokens a and x have the id 3"))
    #expect(try problem(["a": 3, "b": 4], [["id": 3, "content": "a"]]) == "accepted")
  }
}
