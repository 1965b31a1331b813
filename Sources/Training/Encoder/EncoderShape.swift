import LanguageModel

/// The shape of a sentence encoder of the architecture bert (Devlin et al. 2019): learned positions, layer norms after attention and
/// feed-forward layer, GELU, biases everywhere; a text's vector is the mean of its rows, of length 1.
public struct EncoderShape: Sendable, Equatable, Codable {
  /// Numbers of a row, and of a text's vector.
  public var width: Int
  public var layers: Int
  public var heads: Int
  public var hiddenWidth: Int
  public var vocabularySize: Int
  /// Tokens of the longest text.
  public var positions: Int
  public var normEpsilon: Float

  public init(
    width: Int, layers: Int, heads: Int, hiddenWidth: Int, vocabularySize: Int, positions: Int = 128, normEpsilon: Float = 1e-12
  ) {
    (self.width, self.layers, self.heads, self.hiddenWidth) = (width, layers, heads, hiddenWidth)
    (self.vocabularySize, self.positions, self.normEpsilon) = (vocabularySize, positions, normEpsilon)
  }

  var headWidth: Int { width / heads }

  /// - Throws: `TrainingError.invalid` for a shape that cannot be trained, or that the engine's encoder does not run.
  public func check() throws(TrainingError) {
    func require(_ holds: Bool, _ name: String, _ value: Int, _ expected: String) throws(TrainingError) {
      guard holds else { throw .invalid(setting: name, value: "\(value)", expected: expected) }
    }
    try require((32...1 << 14).contains(width) && width % 32 == 0, "width", width, "a multiple of 32 up to 16384")
    try require((32...1 << 16).contains(hiddenWidth) && hiddenWidth % 32 == 0, "hiddenWidth", hiddenWidth, "a multiple of 32 up to 65536")
    try require(
      heads > 0 && width % (32 * max(1, heads)) == 0, "heads", heads, "a number that leaves each head a multiple of 32 of \(width)")
    try require((1...256).contains(layers), "layers", layers, "1 to 256")
    try require((2...1 << 20).contains(vocabularySize), "vocabularySize", vocabularySize, "2 to 1048576")
    try require((3...8192).contains(positions), "positions", positions, "3 to 8192")
    guard normEpsilon > 0, normEpsilon < 1 else { throw .invalid(setting: "normEpsilon", value: "\(normEpsilon)", expected: "0 to 1") }
  }

  var summary: String {
    "bert: \(layers) layers, \(width) wide, \(heads) heads, \(hiddenWidth) in the feed-forward layers, \(vocabularySize) tokens, "
      + "\(positions) positions"
  }

  /// All tensors by GGUF's names (llama.cpp, llama-arch.cpp). Queries, keys and values stand one behind the other, as one matrix and one bias.
  var layout: ParameterLayout {
    var layout = ParameterLayout()
    func add(_ name: String, _ shape: [Int], decays: Bool = false) { layout.add(name, shape, decays: decays) }
    func addNorm(_ name: String) {
      for part in ["weight", "bias"] { add("\(name).\(part)", [width]) }
    }
    add("token_embd.weight", [width, vocabularySize])
    add("position_embd.weight", [width, positions])
    addNorm("token_embd_norm")
    for layer in 0..<layers {
      let name = "blk.\(layer)."
      for part in ["q", "k", "v"] { add("\(name)attn_\(part).weight", [width, width], decays: true) }
      for part in ["q", "k", "v"] { add("\(name)attn_\(part).bias", [width]) }
      add(name + "attn_output.weight", [width, width], decays: true)
      add(name + "attn_output.bias", [width])
      addNorm(name + "attn_output_norm")
      add(name + "ffn_up.weight", [width, hiddenWidth], decays: true)
      add(name + "ffn_up.bias", [hiddenWidth])
      add(name + "ffn_down.weight", [hiddenWidth, width], decays: true)
      add(name + "ffn_down.bias", [width])
      addNorm(name + "layer_output_norm")
    }
    return layout
  }
}
