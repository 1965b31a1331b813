import LanguageModel

/// The shape of a decoder of the llama architecture (Touvron et al. 2023): RMS norms before attention and feed-forward layer, rotary
/// positions whose pairs are neighbours, grouped queries, SwiGLU.
public struct DecoderShape: Sendable, Equatable, Codable {
  /// Numbers of the residual stream.
  public var width: Int
  public var layers: Int
  public var heads: Int
  /// Heads of keys and values, which groups of query heads share (Ainslie et al. 2023).
  public var keyValueHeads: Int
  public var headWidth: Int
  /// Numbers between the two halves of a feed-forward layer.
  public var hiddenWidth: Int
  public var vocabularySize: Int
  /// Positions of the longest document.
  public var contextLength: Int
  /// Whether the embedding table writes the logits too (Press and Wolf 2017).
  public var tiesEmbeddings: Bool
  public var normEpsilon: Float
  public var rotaryBase: Float

  public init(
    width: Int, layers: Int, heads: Int, keyValueHeads: Int? = nil, headWidth: Int? = nil, hiddenWidth: Int, vocabularySize: Int,
    contextLength: Int, tiesEmbeddings: Bool = true, normEpsilon: Float = 1e-5, rotaryBase: Float = 10_000
  ) {
    (self.width, self.layers, self.heads, self.keyValueHeads) = (width, layers, heads, keyValueHeads ?? heads)
    self.headWidth = headWidth ?? width / max(1, heads)
    (self.hiddenWidth, self.vocabularySize, self.contextLength) = (hiddenWidth, vocabularySize, contextLength)
    (self.tiesEmbeddings, self.normEpsilon, self.rotaryBase) = (tiesEmbeddings, normEpsilon, rotaryBase)
  }

  /// The shape of a model that exists.
  init(_ known: DecoderConfiguration, tiesEmbeddings: Bool) {
    self.init(
      width: known.width, layers: known.layers, heads: known.heads, keyValueHeads: known.keyValueHeads, headWidth: known.headWidth,
      hiddenWidth: known.hiddenWidth, vocabularySize: known.vocabularySize, contextLength: known.contextLength,
      tiesEmbeddings: tiesEmbeddings, normEpsilon: known.normEpsilon)
  }

  /// Numbers of all query heads.
  var queryWidth: Int { heads * headWidth }
  /// Numbers of all heads of keys.
  var keyValueWidth: Int { keyValueHeads * headWidth }

  /// - Throws: `TrainingError.invalid` for a shape that cannot be trained.
  public func check() throws(TrainingError) {
    func require(_ holds: Bool, _ name: String, _ value: Int, _ expected: String) throws(TrainingError) {
      guard holds else { throw .invalid(setting: name, value: "\(value)", expected: expected) }
    }
    // Whole vectors in every row keep each matrix of the flat buffer aligned.
    try require((16...1 << 15).contains(width) && width % 16 == 0, "width", width, "a multiple of 16 up to 32768")
    try require((16...1 << 17).contains(hiddenWidth) && hiddenWidth % 16 == 0, "hiddenWidth", hiddenWidth, "a multiple of 16 up to 131072")
    try require((16...512).contains(headWidth) && headWidth % 16 == 0, "headWidth", headWidth, "a multiple of 16 up to 512")
    try require((1...512).contains(layers), "layers", layers, "1 to 512")
    try require((1...1024).contains(heads), "heads", heads, "1 to 1024")
    try require(
      (1...heads).contains(keyValueHeads) && heads % keyValueHeads == 0, "keyValueHeads", keyValueHeads, "a divisor of \(heads) heads")
    try require((2...1 << 20).contains(vocabularySize), "vocabularySize", vocabularySize, "2 to 1048576")
    try require((2...1 << 20).contains(contextLength), "contextLength", contextLength, "2 to 1048576")
    guard normEpsilon > 0, normEpsilon < 1 else { throw .invalid(setting: "normEpsilon", value: "\(normEpsilon)", expected: "0 to 1") }
    guard rotaryBase > 1, rotaryBase.isFinite else { throw .invalid(setting: "rotaryBase", value: "\(rotaryBase)", expected: "above 1") }
  }
}
