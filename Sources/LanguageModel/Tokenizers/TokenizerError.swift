/// Why a tokenizer could not be made of a model's metadata, or a conversation not be written in its tokens.
public enum TokenizerError: Error, Equatable, Sendable, CustomStringConvertible {
  /// A metadata key is absent or of another type.
  case metadata(GGUFError)
  case unsupportedModel(file: String, name: String)
  case unsupportedPreTokenizer(file: String, name: String?)
  case emptyVocabulary(file: String)
  case tooManyTokens(file: String, count: Int)
  /// Two arrays that describe the same tokens differ in length.
  case countsDiffer(file: String, field: String, found: Int, expected: Int)
  case unknownTokenType(file: String, token: Int, type: Int)
  case idOutOfRange(file: String, field: String, id: Int, count: Int)
  case missingToken(file: String, token: String)
  /// The model's chat template is none of those that are known.
  case unsupportedChatTemplate(file: String, beginning: String)
  case unknownChatTemplate(name: String)
  /// The chat template writes a token that the vocabulary lacks.
  case templateNeedsToken(template: String, token: String)

  public var description: String {
    switch self {
    case .metadata(let error):
      error.description
    case .unsupportedModel(let file, let name):
      "\(file): tokenizer.ggml.model is \"\(name)\", which is not supported. Use a model with one of: "
        + Tokenizers.models.joined(separator: ", ") + "."
    case .unsupportedPreTokenizer(let file, let name):
      "\(file): tokenizer.ggml.pre is \(name.map { "\"\($0)\", which is not supported" } ?? "absent"). Use a model with one of: "
        + PreTokenizer.allCases.map(\.name).joined(separator: ", ") + "; an older file gets its name by llama.cpp's convert_hf_to_gguf.py."
    case .emptyVocabulary(let file):
      "\(file): tokenizer.ggml.tokens is empty. Use the complete model file, not one without its vocabulary."
    case .tooManyTokens(let file, let count):
      "\(file): tokenizer.ggml.tokens has \(count) entries, more than \(Vocabulary.largest). The file is damaged; download it again."
    case .countsDiffer(let file, let field, let found, let expected):
      "\(file): \(field) has \(found) entries, expected \(expected), one for each token. The file is damaged; download it again."
    case .unknownTokenType(let file, let token, let type):
      "\(file): tokenizer.ggml.token_type[\(token)] is \(type), expected 0 to 6. The file is damaged; download it again."
    case .idOutOfRange(let file, let field, let id, let count):
      "\(file): \(field) is \(id), expected 0 to \(count - 1). Mend the key with `gguf_set_metadata.py`, or convert the model again."
    case .missingToken(let file, let token):
      "\(file): the vocabulary lacks \(token). Use the vocabulary that came with the model."
    case .unsupportedChatTemplate(let file, let beginning):
      "\(file): tokenizer.chat_template is none that is known; it begins \"\(beginning)\". Name one of "
        + ChatTemplate.allCases.map(\.rawValue).joined(separator: ", ") + "."
    case .unknownChatTemplate(let name):
      "chat template \"\(name)\" is not known. Name one of " + ChatTemplate.allCases.map(\.rawValue).joined(separator: ", ") + "."
    case .templateNeedsToken(let template, let token):
      "chat template \(template) writes \(token), which is no special token of the model's vocabulary. "
        + "Name the template with which the model was trained; \"plain\" needs no special token."
    }
  }
}
