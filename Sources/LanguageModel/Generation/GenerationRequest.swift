/// A text to be written after a prompt.
public struct GenerationRequest: Sendable {
  public var prompt: [Int32]
  public var sampling: Sampling
  /// What the text is written with besides the model.
  public var attachments = DecoderAttachments.none
  /// Tokens that are written at most.
  public var maximumTokens: Int
  /// Tokens that end the text, such as the model's end of text and end of turn; they are not given out.
  public var stopTokens: Set<Int32>
  /// What may be written; nil for anything.
  public var constraint: (any TokenConstraint)?
  /// The tokenizer's two sides, with which tokens that a constraint forces skip the model; nil to choose every token by the model.
  public var spelling: Spelling?

  /// How bytes become tokens and tokens bytes.
  public struct Spelling: Sendable {
    public let tokens: @Sendable ([UInt8]) -> [Int32]
    public let bytes: @Sendable (Int32) -> [UInt8]

    public init(tokens: @escaping @Sendable ([UInt8]) -> [Int32], bytes: @escaping @Sendable (Int32) -> [UInt8]) {
      self.tokens = tokens
      self.bytes = bytes
    }

    /// What a constraint forces is text, never a control token.
    public init(_ tokenizer: any TextTokenizer) {
      self.init(
        tokens: { tokenizer.encode(String(decoding: $0, as: UTF8.self), special: false) }, bytes: { tokenizer.bytes(of: $0) })
    }
  }

  public init(
    prompt: [Int32], sampling: Sampling = Sampling(), maximumTokens: Int, stopTokens: Set<Int32> = [],
    constraint: (any TokenConstraint)? = nil, spelling: Spelling? = nil, attachments: DecoderAttachments = .none
  ) {
    self.prompt = prompt
    self.sampling = sampling
    self.maximumTokens = maximumTokens
    self.stopTokens = stopTokens
    self.constraint = constraint
    self.spelling = spelling
    self.attachments = attachments
  }
}
