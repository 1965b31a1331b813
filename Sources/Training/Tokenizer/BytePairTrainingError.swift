/// Why no vocabulary could be learned.
public enum BytePairTrainingError: Error, Equatable, Sendable, CustomStringConvertible {
  case vocabularyTooSmall(size: Int, smallest: Int)
  case emptySpecialToken
  /// Its text is how the file writes a single byte.
  case specialTokenIsByte(String)
  case repeatedSpecialToken(String)
  /// The end of texts or turns is none of the control tokens.
  case unknownSpecialToken(String)
  case noText
  /// Words that differ, in bytes.
  case tooMuchText(bytes: Int, most: Int)

  public var description: String {
    switch self {
    case .vocabularyTooSmall(let size, let smallest):
      "A vocabulary of \(size) tokens has no room for the 256 bytes and the special tokens; ask for at least \(smallest)."
    case .emptySpecialToken: "A special token is empty; leave it out or give it a text."
    case .specialTokenIsByte(let text): "The special token \(text) is how a vocabulary writes a byte; give it a longer text."
    case .repeatedSpecialToken(let text): "The special token \(text) is listed twice; list it once."
    case .unknownSpecialToken(let text):
      "\(text) is to end a text or a turn but is no control token; add it to the control tokens or name one of them."
    case .noText: "The tokenizer has no text to learn from; add texts before training."
    case .tooMuchText(let bytes, let most):
      "The words that differ are \(bytes) bytes, more than the \(most) that a tokenizer is trained on; give it a sample of the text."
    }
  }
}
