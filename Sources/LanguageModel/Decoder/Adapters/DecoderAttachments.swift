/// What a text is written with besides the model: any number of low-rank adapters, whose changes add up, and a soft prompt before its first
/// token.
///
///     var request = GenerationRequest(prompt: tokens, maximumTokens: 100)
///     request.attachments = DecoderAttachments(adapters: [.init(try LoRAAdapter(path: "style.gguf", for: model))])
///
/// A text keeps what it began with; texts with different attachments are written together in one batch.
public struct DecoderAttachments: Sendable {
  public struct Adapter: Sendable {
    public let lora: LoRAAdapter
    /// Multiplies the adapter's effect; 1 as it was trained.
    public let scale: Float

    public init(_ lora: LoRAAdapter, scale: Float = 1) {
      self.lora = lora
      self.scale = scale
    }
  }

  /// The model as it is.
  public static let none = DecoderAttachments()

  public var adapters: [Adapter]
  public var softPrompt: SoftPrompt?

  public init(adapters: [Adapter] = [], softPrompt: SoftPrompt? = nil) {
    self.adapters = adapters
    self.softPrompt = softPrompt
  }

  /// Positions that the soft prompt takes.
  public var softPositions: Int { softPrompt?.count ?? 0 }

  /// What a `KVSequence` is opened with and computes for a prompt: placeholders for the soft prompt's vectors, -1 and downwards, then the
  /// prompt. A `GenerationRequest` takes the prompt alone.
  public func tokens(before prompt: [Int32]) -> [Int32] { (softPrompt?.placeholders ?? []) + prompt }

  /// What tells computations with these attachments from all others; it keeps nothing alive.
  struct Key: Sendable, Hashable {
    struct Scaled: Sendable, Hashable {
      let adapter: AdapterIdentity
      let scale: UInt32
    }

    let adapters: [Scaled]
    let softPrompt: AdapterIdentity?
  }

  var key: Key {
    Key(
      adapters: adapters.map { Key.Scaled(adapter: $0.lora.identity, scale: $0.scale.bitPattern) }, softPrompt: softPrompt?.identity)
  }

  /// - Throws: `DecoderError.adapter` if something was loaded for a model of another shape, or a scale is not finite.
  func check(_ model: DecoderModel) throws(DecoderError) {
    for adapter in adapters {
      guard adapter.lora.configuration == model.configuration else { throw .adapter(.otherModel(file: adapter.lora.path)) }
      guard adapter.scale.isFinite else { throw .adapter(.invalidScale(adapter.scale)) }
    }
    if let softPrompt, softPrompt.configuration != model.configuration { throw .adapter(.otherModel(file: softPrompt.path)) }
  }
}
