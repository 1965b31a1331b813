import CKernels

/// The tensors of a decoder by their GGUF names, with shapes checked: matrices with their places in the packed weights, and the
/// small vectors as floats.
struct DecoderWeights: Sendable {
  struct Layer: Sendable {
    let attentionNorm: [Float]
    let query: PackedMatrix
    let key: PackedMatrix
    let value: PackedMatrix
    /// Biases of query, key and value; empty if there are none.
    let queryBias: [Float]
    let keyBias: [Float]
    let valueBias: [Float]
    /// Norms over each head of queries and keys; empty if there are none.
    let queryNorm: [Float]
    let keyNorm: [Float]
    let attentionOutput: PackedMatrix
    let feedForwardNorm: [Float]
    let gate: PackedMatrix
    let up: PackedMatrix
    let down: PackedMatrix
  }

  let layers: [Layer]
  let outputNorm: [Float]
  /// The output matrix, which is the embedding table where a file has no other.
  let output: PackedMatrix
  /// The embedding table, whose rows are read from the file.
  let embedding: GGUFTensor
  /// Every packed matrix with its tensor, in the order of their places.
  let matrices: [(tensor: GGUFTensor, packed: PackedMatrix)]
  let packedBytes: Int

  init(_ file: GGUFFile, _ shape: DecoderConfiguration) throws(DecoderError) {
    var plan = WeightPlan(file)
    let heads = shape.heads * shape.headWidth
    let keyValues = shape.keyValueHeads * shape.headWidth
    embedding = try plan.tensor("token_embd.weight", shape: [shape.width, shape.vocabularySize])
    var layers: [Layer] = []
    for index in 0..<shape.layers {
      func name(_ part: String) -> String { "blk.\(index).\(part)" }
      let biased = shape.architecture == .qwen2
      let normed = shape.architecture == .qwen3
      layers.append(
        Layer(
          attentionNorm: try plan.vector(name("attn_norm.weight"), shape.width),
          query: try plan.matrix(name("attn_q.weight"), rows: heads, columns: shape.width),
          key: try plan.matrix(name("attn_k.weight"), rows: keyValues, columns: shape.width),
          value: try plan.matrix(name("attn_v.weight"), rows: keyValues, columns: shape.width),
          queryBias: try plan.vector(name("attn_q.bias"), heads, needed: biased),
          keyBias: try plan.vector(name("attn_k.bias"), keyValues, needed: biased),
          valueBias: try plan.vector(name("attn_v.bias"), keyValues, needed: biased),
          queryNorm: try normed ? plan.vector(name("attn_q_norm.weight"), shape.headWidth) : [],
          keyNorm: try normed ? plan.vector(name("attn_k_norm.weight"), shape.headWidth) : [],
          attentionOutput: try plan.matrix(name("attn_output.weight"), rows: shape.width, columns: heads),
          feedForwardNorm: try plan.vector(name("ffn_norm.weight"), shape.width),
          gate: try plan.matrix(name("ffn_gate.weight"), rows: shape.hiddenWidth, columns: shape.width),
          up: try plan.matrix(name("ffn_up.weight"), rows: shape.hiddenWidth, columns: shape.width),
          down: try plan.matrix(name("ffn_down.weight"), rows: shape.width, columns: shape.hiddenWidth)))
    }
    self.layers = layers
    outputNorm = try plan.vector("output_norm.weight", shape.width)
    let outputName = file.tensors["output.weight"] == nil ? "token_embd.weight" : "output.weight"
    output = try plan.matrix(outputName, rows: shape.vocabularySize, columns: shape.width)
    try plan.refuseOthers()
    (matrices, packedBytes) = (plan.matrices, plan.packedBytes)
  }
}

/// Takes tensors from a file one by one, and knows at the end which were left.
private struct WeightPlan {
  let file: GGUFFile
  private let reader: ConfigurationReader
  private(set) var matrices: [(tensor: GGUFTensor, packed: PackedMatrix)] = []
  private(set) var packedBytes = 0
  // The rotary factors are read with the configuration.
  private var taken: Set<String> = ["rope_freqs.weight"]

  init(_ file: GGUFFile) {
    self.file = file
    reader = ConfigurationReader(file)
  }

  mutating func tensor(_ name: String, shape: [Int]) throws(DecoderError) -> GGUFTensor {
    taken.insert(name)
    return try reader.tensor(name, shape: shape)
  }

  mutating func vector(_ name: String, _ count: Int, needed: Bool = true) throws(DecoderError) -> [Float] {
    if !needed, file.tensors[name] == nil { return [] }
    return file.floats(of: try tensor(name, shape: [count]))
  }

  mutating func matrix(_ name: String, rows: Int, columns: Int) throws(DecoderError) -> PackedMatrix {
    let tensor = try tensor(name, shape: [columns, rows])
    let packed = PackedMatrix(type: tensor.type == .q5_0 ? .q8_0 : tensor.type, rows: rows, columns: columns, offset: packedBytes)
    // A file's own size bounds each matrix; the sum is held against memory when that is asked for.
    let (total, overflow) = packedBytes.addingReportingOverflow((packed.byteCount + 63) / 64 * 64)
    guard !overflow else { throw .outOfMemory(bytes: .max, what: "the weights") }
    packedBytes = total
    matrices.append((tensor, packed))
    return packed
  }

  /// A tensor that is not used would be one whose effect is missing from the answer.
  func refuseOthers() throws(DecoderError) {
    if let other = file.orderedTensors.first(where: { !taken.contains($0.name) }) {
      throw .unsupported(file: file.path, what: "the tensor \(other.name)")
    }
  }
}
