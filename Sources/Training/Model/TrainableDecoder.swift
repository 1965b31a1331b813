import Foundation
import LanguageModel

/// The weights of a decoder as floats in one flat buffer, and what its file says besides.
///
/// Not for use from several threads at once.
public final class TrainableDecoder {
  public let shape: DecoderShape
  public let layout: ParameterLayout
  /// Everything of the file that is no weight: the tokenizer and the shape, for instance.
  public internal(set) var metadata: GGUFMetadata
  let weights: FloatBuffer
  /// Radians a position of each rotated pair, and what cosines and sines are multiplied with.
  let frequencies: [Float]
  let magnitude: Float
  /// Llama 3's factors of the rotation, which go from file to file as they are.
  let rotaryFactors: [Float]

  /// A new model with random weights: normally distributed, of deviation 0.02, and of 0.02 / sqrt(2 layers) where a matrix writes
  /// into the residual stream (Radford et al. 2019).
  /// - Parameters:
  ///   - tokenizer: the `tokenizer.` keys of the file that it will become.
  ///   - seed: the same seed gives the same weights.
  public init(_ shape: DecoderShape, tokenizer: GGUFMetadata, seed: UInt64) throws(TrainingError) {
    try shape.check()
    (self.shape, layout, rotaryFactors) = (shape, ParameterLayout(shape), [])
    weights = try FloatBuffer(layout.count, for: "the weights")
    magnitude = 1
    frequencies = (0..<shape.headWidth / 2).map { Float(pow(Double(shape.rotaryBase), -2 * Double($0) / Double(shape.headWidth))) }
    metadata = GGUFMetadata()
    metadata.describe(shape)
    for key in tokenizer.keys where key.hasPrefix("tokenizer.") { metadata[key] = tokenizer[key] }
    var random = NormalSource(seed: seed)
    let residual = 0.02 / (2 * Double(shape.layers)).squareRoot()
    for entry in layout.entries {
      let values = weights[entry.range]
      if entry.shape.count == 1 {
        values.update(repeating: 1)
      } else {
        let writesResidual = [DecoderMatrix.attentionOutput, .down].contains { entry.name.hasSuffix(".\($0.rawValue).weight") }
        random.fill(values, deviation: writesResidual ? residual : 0.02)
      }
    }
  }

  /// The model of a file of the llama architecture, in any format that is read.
  /// - Throws: `TrainingError.model` for a damaged file, `.unsupportedModel` for one of another kind.
  public init(_ file: GGUFFile) throws(TrainingError) {
    let known: DecoderConfiguration
    do { known = try DecoderConfiguration(file) } catch { throw .model(error) }
    guard known.architecture == .llama else { throw .unsupportedModel(file: file.path, what: "the architecture \(known.architecture)") }
    guard known.rotary.frequencies.count * 2 == known.headWidth else {
      throw .unsupportedModel(file: file.path, what: "a rotation of a part of each head")
    }
    shape = DecoderShape(known, tiesEmbeddings: file.tensors["output.weight"] == nil)
    try shape.check()
    layout = ParameterLayout(shape)
    (frequencies, magnitude, metadata) = (known.rotary.frequencies, known.rotary.magnitude, file.metadata)
    var factors: [Float] = []
    if let tensor = file.tensors["rope_freqs.weight"] { factors = file.floats(of: tensor) }
    rotaryFactors = factors
    let names = Set(layout.entries.map(\.name))
    if let other = file.orderedTensors.first(where: { !names.contains($0.name) && $0.name != "rope_freqs.weight" }) {
      throw .unsupportedModel(file: file.path, what: "a model with the tensor \(other.name)")
    }
    weights = try FloatBuffer(layout.count, for: "the weights")
    for entry in layout.entries {
      let values = try fileErrors { () throws(GGUFError) in try file.floats(entry.name, shape: entry.shape) }
      guard values.allSatisfy(\.isFinite) else { throw .unsupportedModel(file: file.path, what: "\(entry.name), which is not finite,") }
      values.withUnsafeBufferPointer { _ = weights[entry.range].update(fromContentsOf: $0) }
    }
  }

  /// - Throws: as `init(_:)` of an open file.
  public convenience init(path: String) throws(TrainingError) {
    try self.init(try fileErrors { () throws(GGUFError) in try GGUFFile(path: path) })
  }

  /// Weights of all tensors.
  public var parameterCount: Int { layout.entries.reduce(0) { $0 + $1.count } }

  /// Of everything that decides what the model computes.
  var digest: Digest {
    var digest = Digest()
    digest.add("\(shape)")
    for frequency in frequencies { digest.add(UInt64(frequency.bitPattern)) }
    digest.add(weights.values)
    return digest
  }

  /// The numbers of a tensor, row by row.
  public func values(of name: String) -> [Float]? { layout[name].map { Array(weights[$0.range]) } }
}

/// Normally distributed numbers (Box and Muller 1958), the same for the same seed.
struct NormalSource {
  private var random: RandomSource
  private var spare: Double?

  init(seed: UInt64) { random = RandomSource(seed: seed) }

  mutating func next() -> Double {
    if let spare {
      self.spare = nil
      return spare
    }
    let radius = (-2 * log(1 - random.unit())).squareRoot()
    let angle = 2 * Double.pi * random.unit()
    spare = radius * sin(angle)
    return radius * cos(angle)
  }

  mutating func fill(_ values: UnsafeMutableBufferPointer<Float>, deviation: Double) {
    for index in values.indices { values[index] = Float(deviation * next()) }
  }
}

extension GGUFMetadata {
  /// The keys that llama.cpp reads a llama model's shape from.
  mutating func describe(_ shape: DecoderShape) {
    self["general.architecture"] = .string("llama")
    self["general.type"] = .string("model")
    let sizes = [
      ("block_count", shape.layers), ("context_length", shape.contextLength), ("embedding_length", shape.width),
      ("feed_forward_length", shape.hiddenWidth), ("attention.head_count", shape.heads),
      ("attention.head_count_kv", shape.keyValueHeads), ("attention.key_length", shape.headWidth),
      ("attention.value_length", shape.headWidth), ("rope.dimension_count", shape.headWidth), ("vocab_size", shape.vocabularySize),
    ]
    for (key, size) in sizes { self["llama.\(key)"] = .uint32(UInt32(size)) }
    self["llama.attention.layer_norm_rms_epsilon"] = .float32(shape.normEpsilon)
    self["llama.rope.freq_base"] = .float32(shape.rotaryBase)
  }
}
