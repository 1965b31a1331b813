/// The shape of a decoder, from a GGUF file's metadata (ggml/docs/gguf.md).
public struct DecoderConfiguration: Sendable, Equatable {
  public enum Architecture: String, Sendable, CaseIterable {
    /// Touvron et al. 2023; rotary pairs are neighbours.
    case llama
    /// Like llama, with biases on queries, keys and values; rotary pairs are half a head apart.
    case qwen2
    /// Like qwen2 without biases, with RMS norms over the heads of queries and keys.
    case qwen3

    var rotatesHalves: Bool { self != .llama }
  }

  public let architecture: Architecture
  /// Numbers of the residual stream.
  public let width: Int
  public let layers: Int
  /// Query heads, and the key-value heads that groups of them share (Ainslie et al. 2023).
  public let heads: Int
  public let keyValueHeads: Int
  public let headWidth: Int
  /// Numbers between the two halves of a feed-forward layer.
  public let hiddenWidth: Int
  public let vocabularySize: Int
  /// Positions the model was trained for.
  public let contextLength: Int
  public let normEpsilon: Float
  public let rotary: RotaryEmbedding

  /// Query heads a key-value head.
  var group: Int { heads / keyValueHeads }

  public init(_ file: GGUFFile) throws(DecoderError) {
    let reader = ConfigurationReader(file)
    architecture = try reader.architecture()
    let prefix = architecture.rawValue
    width = try reader.count("\(prefix).embedding_length", 1...1 << 17)
    layers = try reader.count("\(prefix).block_count", 1...1024)
    heads = try reader.count("\(prefix).attention.head_count", 1...4096)
    keyValueHeads = try reader.count("\(prefix).attention.head_count_kv", 1...heads, absent: heads)
    headWidth = try reader.count("\(prefix).attention.key_length", 1...4096, absent: max(1, width / heads))
    let valueWidth = try reader.count("\(prefix).attention.value_length", 1...4096, absent: headWidth)
    hiddenWidth = try reader.count("\(prefix).feed_forward_length", 1...1 << 20)
    contextLength = try reader.count("\(prefix).context_length", 1...1 << 30)
    normEpsilon = try reader.float("\(prefix).attention.layer_norm_rms_epsilon")
    guard heads % keyValueHeads == 0 else {
      throw reader.invalid("\(prefix).attention.head_count_kv", "\(keyValueHeads)", "a divisor of \(heads) heads")
    }
    guard headWidth % 16 == 0 else { throw .unsupported(file: file.path, what: "a head of \(headWidth) numbers (not a multiple of 16)") }
    guard valueWidth == headWidth else { throw .unsupported(file: file.path, what: "values of another width than keys") }
    guard try reader.count("\(prefix).expert_count", 0...1 << 16, absent: 0) == 0 else {
      throw .unsupported(file: file.path, what: "a mixture of experts")
    }
    let embedding = try reader.tensor("token_embd.weight")
    guard embedding.shape.count == 2, embedding.shape[0] == width, embedding.shape[1] <= 1 << 24 else {
      throw .file(
        .mismatch(
          file: file.path, field: "shape of tensor token_embd.weight", found: "\(embedding.shape)", expected: "[\(width), tokens]"))
    }
    vocabularySize = embedding.shape[1]
    rotary = try RotaryEmbedding(file, prefix: prefix, headWidth: headWidth, contextLength: contextLength)
  }
}

/// Reads numbers of the metadata and says what is wrong with those that no model has.
struct ConfigurationReader {
  let file: GGUFFile

  init(_ file: GGUFFile) { self.file = file }

  func invalid(_ key: String, _ value: String, _ expected: String) -> DecoderError {
    .invalid(file: file.path, key: key, value: value, expected: expected)
  }

  func architecture() throws(DecoderError) -> DecoderConfiguration.Architecture {
    let name = try wrapped { () throws(GGUFError) in try file.metadata.string("general.architecture") }
    guard let architecture = DecoderConfiguration.Architecture(rawValue: name) else {
      throw .unsupportedArchitecture(file: file.path, name: name)
    }
    return architecture
  }

  func count(_ key: String, _ range: ClosedRange<Int>, absent: Int? = nil) throws(DecoderError) -> Int {
    let found = try wrapped { () throws(GGUFError) in try file.metadata.integer(ifPresent: key) }
    guard let value = found ?? absent else { throw .file(.missing(file: file.path, field: "metadata key \(key)")) }
    guard range.contains(value) else { throw invalid(key, "\(value)", "\(range.lowerBound) to \(range.upperBound)") }
    return value
  }

  /// A positive finite number.
  func float(_ key: String, absent: Float? = nil) throws(DecoderError) -> Float {
    let found = try wrapped { () throws(GGUFError) in try file.metadata.float(ifPresent: key) }
    guard let value = found ?? absent else { throw .file(.missing(file: file.path, field: "metadata key \(key)")) }
    guard value > 0, value.isFinite else { throw invalid(key, "\(value)", "a positive number") }
    return value
  }

  func string(_ key: String) throws(DecoderError) -> String? {
    try wrapped { () throws(GGUFError) in try file.metadata.string(ifPresent: key) }
  }

  func tensor(_ name: String, shape: [Int]? = nil) throws(DecoderError) -> GGUFTensor {
    try wrapped { () throws(GGUFError) in try file.tensor(name, shape: shape) }
  }

  func wrapped<T>(_ body: () throws(GGUFError) -> T) throws(DecoderError) -> T {
    do { return try body() } catch { throw .file(error) }
  }
}
