/// What kind of token an id is: `tokenizer.ggml.token_type` of the GGUF specification.
public enum TokenType: Int32, Sendable, CaseIterable {
  /// As `unused`: never written, and without text.
  case undefined = 0
  /// Text.
  case normal = 1
  /// Stands for what the vocabulary cannot write.
  case unknown = 2
  /// Structure of a conversation, as `<|im_end|>`; has no text.
  case control = 3
  /// Text that its model's authors added as a token of its own, as `<think>`.
  case userDefined = 4
  case unused = 5
  /// A single byte, written `<0xE3>`.
  case byte = 6
}
