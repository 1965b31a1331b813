import LanguageModel

/// The weights of a sentence encoder as floats in one flat buffer, and what its file says besides. Not for use from several threads at once.
public final class TrainableEncoder {
  public let shape: EncoderShape
  public let layout: ParameterLayout
  public let metadata: GGUFMetadata
  let weights: FloatBuffer

  /// A new model with random weights, normally distributed of deviation 0.02 (Devlin et al. 2019).
  /// - Parameters:
  ///   - tokenizer: the `tokenizer.` keys of the file that it will become.
  ///   - seed: the same seed gives the same weights.
  public init(_ shape: EncoderShape, tokenizer: GGUFMetadata, seed: UInt64) throws(TrainingError) {
    try shape.check()
    (self.shape, layout) = (shape, shape.layout)
    weights = try FloatBuffer(layout.count, for: "the weights")
    var metadata = GGUFMetadata()
    metadata.describe(shape)
    for key in tokenizer.keys where key.hasPrefix("tokenizer.") { metadata[key] = tokenizer[key] }
    self.metadata = metadata
    var random = NormalSource(seed: seed)
    for entry in layout.entries {
      if entry.shape.count > 1 {
        random.fill(weights[entry.range], deviation: 0.02)
      } else if entry.name.hasSuffix("norm.weight") {
        weights[entry.range].update(repeating: 1)
      }
    }
  }

  /// The model of a file of the architecture bert, in any format that is read.
  /// - Parameter layers: which of its layers are kept, in this order: a student can begin with some of its teacher's (Sanh et al. 2019).
  ///   Nil for all.
  public init(_ file: GGUFFile, layers: [Int]? = nil) throws(TrainingError) {
    let known = try fileErrors { () throws(GGUFError) in try EncoderShape(file) }
    guard try fileErrors({ () throws(GGUFError) in try file.metadata.string("general.architecture") }) == "bert" else {
      throw .unsupportedModel(file: file.path, what: "another architecture than bert")
    }
    guard try fileErrors({ () throws(GGUFError) in try file.metadata.integer(ifPresent: "bert.pooling_type") }) ?? 1 <= 1 else {
      throw .unsupportedModel(file: file.path, what: "another pooling than the mean")
    }
    let kept = layers ?? Array(0..<known.layers)
    guard kept.allSatisfy((0..<known.layers).contains) else {
      throw .invalid(setting: "the kept layers", value: "\(kept)", expected: "some of 0 to \(known.layers - 1)")
    }
    var shape = known
    shape.layers = kept.count
    try shape.check()
    (self.shape, layout) = (shape, shape.layout)
    weights = try FloatBuffer(layout.count, for: "the weights")
    var metadata = file.metadata
    metadata["bert.block_count"] = .uint32(UInt32(kept.count))
    metadata["tokenizer.ggml.token_type_count"] = .uint32(1)
    self.metadata = metadata
    for entry in layout.entries {
      let values = try fileErrors { () throws(GGUFError) in try file.floats(Self.source(entry.name, kept), shape: entry.shape) }
      guard values.allSatisfy(\.isFinite) else { throw .unsupportedModel(file: file.path, what: "\(entry.name), which is not finite,") }
      values.withUnsafeBufferPointer { _ = weights[entry.range].update(fromContentsOf: $0) }
    }
    try foldSegment(file)
  }

  /// The vector of the only segment in use is the same at every position.
  private func foldSegment(_ file: GGUFFile) throws(TrainingError) {
    guard let entry = layout["position_embd.weight"], let tensor = file.tensors["token_types.weight"], tensor.shape[0] == shape.width
    else { return }
    let segment = file.floats(of: tensor)
    for place in 0..<entry.count { weights.base[entry.offset + place] += segment[place % shape.width] }
  }

  /// The name in the file of a tensor of the layers that are kept.
  private static func source(_ name: String, _ kept: [Int]) -> String {
    let parts = name.split(separator: ".", maxSplits: 2)
    guard parts.count == 3, parts[0] == "blk", let layer = Int(parts[1]) else { return name }
    return "blk.\(kept[layer]).\(parts[2])"
  }

  /// Weights of all tensors.
  public var parameterCount: Int { layout.entries.reduce(0) { $0 + $1.count } }

  var digest: Digest {
    var digest = Digest()
    digest.add("\(shape)")
    digest.add(weights.values)
    return digest
  }

  /// - Precondition: the model has a tensor of this name.
  func pointer(_ name: String) -> UnsafeMutablePointer<Float> {
    guard let entry = layout[name] else { preconditionFailure("no tensor \(name)") }
    return weights.base + entry.offset
  }

  /// Writes the model as it is, for this engine's `BERTEncoder` and for llama.cpp.
  /// - Parameter type: of the matrices; F32, F16, Q8_0 or Q4_0.
  public func export(to path: String, name: String, type: TensorType = .f32) throws {
    try ModelExport(metadata: metadata, layout: layout, weights: weights).write(to: path, name: name, type: type)
  }
}

extension EncoderShape {
  fileprivate init(_ file: GGUFFile) throws(GGUFError) {
    let metadata = file.metadata
    let embedding = try file.tensor("token_embd.weight")
    let positions = try file.tensor("position_embd.weight")
    guard embedding.shape.count == 2, positions.shape.count == 2 else {
      throw .mismatch(file: file.path, field: "shape of tensor token_embd.weight", found: "\(embedding.shape)", expected: "[width, tokens]")
    }
    self.init(
      width: try metadata.integer("bert.embedding_length"), layers: try metadata.integer("bert.block_count"),
      heads: try metadata.integer("bert.attention.head_count"), hiddenWidth: try metadata.integer("bert.feed_forward_length"),
      vocabularySize: embedding.shape[1], positions: positions.shape[1],
      normEpsilon: try metadata.float("bert.attention.layer_norm_epsilon"))
  }
}

extension GGUFMetadata {
  /// The keys that llama.cpp reads a bert model's shape from.
  fileprivate mutating func describe(_ shape: EncoderShape) {
    self["general.architecture"] = .string("bert")
    self["general.type"] = .string("model")
    let sizes = [
      ("block_count", shape.layers), ("context_length", shape.positions), ("embedding_length", shape.width),
      ("feed_forward_length", shape.hiddenWidth), ("attention.head_count", shape.heads), ("vocab_size", shape.vocabularySize),
      ("pooling_type", 1),
    ]
    for (key, size) in sizes { self["bert.\(key)"] = .uint32(UInt32(size)) }
    self["bert.attention.layer_norm_epsilon"] = .float32(shape.normEpsilon)
    self["bert.attention.causal"] = .bool(false)
    // The segment's vector is part of the positions'; llama.cpp wants the count all the same.
    self["tokenizer.ggml.token_type_count"] = .uint32(1)
  }
}
