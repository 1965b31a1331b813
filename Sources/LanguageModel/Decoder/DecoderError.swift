/// Why a decoder could not be loaded or run: what, where, and the mend.
public enum DecoderError: Error, Equatable, Sendable, CustomStringConvertible {
  /// The file itself, or a metadata key or tensor of it.
  case file(GGUFError)
  case unsupportedArchitecture(file: String, name: String)
  /// The file asks for something that this engine would compute wrongly.
  case unsupported(file: String, what: String)
  /// A number in the metadata that no model has.
  case invalid(file: String, key: String, value: String, expected: String)
  case adapter(AdapterError)
  case outOfMemory(bytes: Int, what: String)
  case invalidToken(Int32, vocabulary: Int)
  case emptyPrompt
  /// The sequence would grow beyond what the model or the cache can hold.
  case contextFull(needed: Int, limit: Int)
  /// All blocks of the key-value cache belong to running sequences.
  case cacheFull(neededBlocks: Int, freeBlocks: Int)
  /// A batch has more tokens than the runner was made for.
  case batchTooLarge(tokens: Int, limit: Int)
  /// A batch has two steps of one sequence.
  case repeatedSequence
  case queueFull(limit: Int)
  /// The mask leaves no token to choose.
  case nothingAllowed

  public var description: String {
    switch self {
    case .file(let error): "\(error)"
    case .unsupportedArchitecture(let file, let name):
      "\(file): general.architecture is \"\(name)\"; decoders of the architectures llama, qwen2 and qwen3 run. Use one of those."
    case .unsupported(let file, let what): "\(file): \(what) is not supported. Use a plain llama, qwen2 or qwen3 model."
    case .invalid(let file, let key, let value, let expected):
      "\(file): metadata key \(key) is \(value), expected \(expected). The file is damaged or was converted wrongly; convert it again."
    case .adapter(let error): "\(error)"
    case .outOfMemory(let bytes, let what):
      "\(bytes >> 20) MiB for \(what) cannot be had. Use a smaller model or a smaller limit, or end other programs."
    case .invalidToken(let token, let vocabulary):
      "token \(token) is not in 0..<\(vocabulary). Encode the text with the model's own tokenizer."
    case .emptyPrompt: "the prompt has no tokens. Begin with the beginning-of-text token or some text."
    case .contextFull(let needed, let limit):
      "\(needed) tokens do not fit a context of \(limit). Shorten the prompt or the wanted length."
    case .cacheFull(let needed, let free):
      "the key-value cache has \(free) free blocks where \(needed) are needed. End conversations or raise the cache's memory limit."
    case .batchTooLarge(let tokens, let limit): "a batch of \(tokens) tokens, where \(limit) are allowed. Split it."
    case .repeatedSequence: "a sequence stands twice in a batch. Put its tokens into one step."
    case .queueFull(let limit): "\(limit) requests wait already. Try again later."
    case .nothingAllowed: "the constraint allows no token. Mend the grammar, so that it can end."
    }
  }
}
