/// The tensors of a GGUF file to be, each with where its numbers come from.
struct TensorPlan: Sendable {
  enum Content: Sendable {
    /// A weight of the folder; with `headSize`, its rows are reordered for llama's RoPE (see `sourceRow`).
    case weight(HuggingFaceFolder.Weight, headSize: Int?)
    case floats([Float])
  }

  struct Tensor: Sendable {
    var description: GGUFWriter.Description
    var content: Content
  }

  private(set) var tensors: [Tensor] = []
  private let config: HuggingFaceConfig
  private var remaining: [String: HuggingFaceFolder.Weight]
  private let matrixType: TensorType?

  /// - Parameters:
  ///   - weights: by the name that the architecture gives them.
  ///   - matrixType: what matrices are written in; nil keeps each as it is stored.
  init(config: HuggingFaceConfig, weights: [String: HuggingFaceFolder.Weight], matrixType: TensorType?) {
    self.config = config
    remaining = weights
    self.matrixType = matrixType
  }

  func has(_ name: String) -> Bool { remaining[name] != nil }

  /// Leaves a weight out.
  mutating func drop(_ name: String) { remaining[name] = nil }

  /// Adds a weight, which must have this shape; an optional one may be absent.
  /// - Parameters:
  ///   - shape: in GGUF's order, the fastest dimension first.
  ///   - headSize: for the queries and keys of llama's RoPE.
  mutating func add(
    _ source: String, as name: String, shape: [Int], optional: Bool = false, headSize: Int? = nil
  ) throws(ModelFileError) {
    guard let weight = remaining.removeValue(forKey: source) else {
      if optional { return }
      throw config.refuse("the weights lack \(source)", "Download the model's folder again.")
    }
    guard weight.tensor.shape == shape.reversed() else {
      throw ModelFileError(
        file: weight.file.name, problem: "\(source) has shape \(weight.tensor.shape), where config.json says \(Array(shape.reversed()))",
        mend: "Use the config.json that came with the weights.")
    }
    guard let stored = weight.tensor.type else {
      throw ModelFileError(
        file: weight.file.name, problem: "\(source) is \(weight.tensor.dtype), which is not supported",
        mend: "Use the model's weights in F32, F16 or BF16, not a quantised edition.")
    }
    // llama.cpp's kernels want vectors, norms and BERT's positions in full precision.
    let single = shape.count == 1 || name.contains("_norm") || ["position_embd.weight", "token_types.weight"].contains(name)
    let type =
      switch matrixType {
      case _ where single: TensorType.f32
      case .some(let type) where type.isQuantized: ModelQuantizer.newType(name, shape: shape, from: stored, to: type)
      case let type: type ?? stored
      }
    tensors.append(Tensor(description: .init(name: name, type: type, shape: shape), content: .weight(weight, headSize: headSize)))
  }

  /// Adds numbers that are computed, in F32.
  mutating func add(_ values: [Float], as name: String) {
    tensors.append(Tensor(description: .init(name: name, type: .f32, shape: [values.count]), content: .floats(values)))
  }

  /// Refuses weights that nobody asked for: the model is another one than its config says.
  func finish() throws(ModelFileError) {
    guard let name = remaining.keys.min() else { return }
    throw config.refuse("the weights hold \(name), which the architecture does not know")
  }

  /// Writes the data of all tensors.
  func write(to writer: GGUFWriter) throws {
    for tensor in tensors {
      try Task.checkCancellation()
      switch tensor.content {
      case .floats(let values): try writer.write(values)
      case .weight(let weight, let headSize):
        if weight.tensor.type == tensor.description.type, headSize == nil {
          try weight.file.withBytes(of: weight.tensor) { bytes throws(GGUFError) in try writer.write(bytes) }
        } else {
          try writer.writeRows(source: weight.file.name) { Self.rows($0, of: weight, tensor.description.shape, headSize) }
        }
      }
    }
  }

  /// Hugging Face's RoPE turns number i of a head with number i + half, llama.cpp's turns neighbours: of each head, row 2i
  /// of the file is row i of the source, and row 2i + 1 is row i + half.
  static func sourceRow(_ row: Int, headSize: Int) -> Int {
    let (head, inner) = row.quotientAndRemainder(dividingBy: headSize)
    return head * headSize + inner % 2 * (headSize / 2) + inner / 2
  }

  private static func rows(_ rows: Range<Int>, of weight: HuggingFaceFolder.Weight, _ shape: [Int], _ headSize: Int?) -> [Float] {
    guard let type = weight.tensor.type else { return [] }
    // A vector's rows are its single numbers where they are reordered.
    let isVector = shape.count == 1
    let stride = (isVector ? 1 : shape[0]) * type.blockBytes
    return weight.file.withBytes(of: weight.tensor) { bytes in
      func decoded(_ rows: Range<Int>) -> [Float] {
        type.decode(UnsafeRawBufferPointer(rebasing: bytes[rows.lowerBound * stride..<rows.upperBound * stride]))
      }
      guard let headSize else { return isVector ? type.decode(bytes) : decoded(rows) }
      return (isVector ? 0..<shape[0] : rows).flatMap {
        let row = sourceRow($0, headSize: headSize)
        return decoded(row..<row + 1)
      }
    }
  }
}
