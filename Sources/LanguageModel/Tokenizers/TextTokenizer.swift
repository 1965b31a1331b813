/// Turns text into the token ids of one model's vocabulary and back.
public protocol TextTokenizer: Sendable {
  var vocabularySize: Int { get }
  /// The token that opens a text (`[CLS]` of an encoder), nil where the model has none.
  var bos: Int32? { get }
  /// The token that ends a text (`[SEP]` of an encoder).
  var eos: Int32? { get }
  /// The token with which a chat model hands the turn over.
  var endOfTurn: Int32? { get }
  /// Every token at which generation stops.
  var endOfGeneration: Set<Int32> { get }
  /// Whether the model was trained on texts that open with `bos`, or end with `eos`.
  var addsBOS: Bool { get }
  var addsEOS: Bool { get }

  /// The ids of `text` alone: neither `bos` nor `eos` is added.
  /// - Parameter special: whether the text of a control or user-defined token, as `<|im_end|>`, becomes that token. Leave it false for
  ///   anything that a user or a catalogue wrote: then no text whatsoever gives a control token.
  func encode(_ text: String, special: Bool) -> [Int32]
  /// The bytes that `token` adds to a text: not always whole UTF-8 characters; none for a control token or an id outside the vocabulary.
  func bytes(of token: Int32) -> [UInt8]
  /// The text of `tokens`. Control tokens give nothing, and ill-formed UTF-8 gives U+FFFD.
  func decode(_ tokens: [Int32]) -> String
  /// The control or user-defined token that is written `text`.
  func specialToken(_ text: String) -> Int32?
}

extension TextTokenizer {
  public var endOfGeneration: Set<Int32> { Set([eos, endOfTurn].compactMap { $0 }) }
  public var addsBOS: Bool { false }
  public var addsEOS: Bool { false }
  public func specialToken(_ text: String) -> Int32? { nil }

  public func decode(_ tokens: [Int32]) -> String { String(decoding: tokens.flatMap(bytes(of:)), as: UTF8.self) }

  /// The ids of a whole text, with `bos` and `eos` where the model was trained with them.
  public func encodeSequence(_ text: String, special: Bool = false) -> [Int32] {
    var ids: [Int32] = []
    if addsBOS, let bos { ids.append(bos) }
    ids += encode(text, special: special)
    if addsEOS, let eos { ids.append(eos) }
    return ids
  }
}

/// A tokenizer over a `Vocabulary`, from which everything but `encode` follows.
public protocol VocabularyTokenizer: TextTokenizer {
  var vocabulary: Vocabulary { get }
}

extension VocabularyTokenizer {
  public var vocabularySize: Int { vocabulary.count }
  public var bos: Int32? { vocabulary.special.bos }
  public var eos: Int32? { vocabulary.special.eos }
  public var endOfTurn: Int32? { vocabulary.special.endOfTurn }
  public var endOfGeneration: Set<Int32> { vocabulary.special.endOfGeneration }
  public var addsBOS: Bool { vocabulary.special.addsBOS }
  public var addsEOS: Bool { vocabulary.special.addsEOS }
  public func bytes(of token: Int32) -> [UInt8] { vocabulary.bytes(of: token) }
  public func specialToken(_ text: String) -> Int32? { vocabulary.specialToken(text) }
}
