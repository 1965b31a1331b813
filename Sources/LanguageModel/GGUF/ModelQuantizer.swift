/// Makes a smaller GGUF model of a larger one: the weight matrices become Q8_0 or Q4_0, as llama.cpp's `llama-quantize` does.
///
/// What stays as it is: norms, biases and everything else with one dimension, BERT's positions and token types, adapters.
/// With Q4_0, the matrix that writes the logits (`output.weight`, or `token_embd.weight` where the two are tied) becomes Q6_K,
/// or Q8_0 if its rows are no multiple of 256: its error falls on every token alike. Rows that are no multiple of 32 become F16. The scales
/// are ggml's reference's, so that the blocks are those that `llama-quantize` writes.
public struct ModelQuantizer: Sendable {
  /// What was done.
  public struct Report: Sendable, Codable, Equatable {
    public var sourceBytes: Int
    public var bytes: Int
    /// How many tensors the new file holds in each format, by ggml's name.
    public var tensors: [String: Int]
  }

  /// The formats that a model can be brought to.
  public static let types: [TensorType] = [.q8_0, .q4_0]
  /// The layout of blocks that `general.quantization_version` promises (ggml.h, `GGML_QNT_VERSION`).
  static let quantizationVersion: UInt32 = 2

  private let source: GGUFFile
  private let type: TensorType

  /// - Parameters:
  ///   - source: a model in F32, F16 or BF16.
  ///   - type: `.q8_0` or `.q4_0`.
  /// - Throws: `GGUFError` if the source is damaged, no model, or quantised already.
  public init(source: String, type: TensorType) throws(GGUFError) {
    precondition(Self.types.contains(type), "models are quantised to Q8_0 or Q4_0, not to \(type)")
    self.type = type
    self.source = try GGUFFile(path: source)
    _ = try self.source.metadata.string("general.architecture")
    for tensor in self.source.orderedTensors where tensor.type.isQuantized {
      throw .quantizedAlready(file: source, tensor: tensor.name, type: tensor.type)
    }
  }

  /// Writes the new model; `destination` appears, or is replaced, only when everything is written.
  /// - Parameter progress: is told how much is written, 0 to 1.
  /// - Throws: `GGUFError` if a weight is not finite or the file cannot be written, `CancellationError` if the task is cancelled.
  public func write(to destination: String, progress: ((Double) -> Void)? = nil) throws -> Report {
    var metadata = source.metadata
    metadata["general.file_type"] = .uint32(Self.fileType(type))
    metadata["general.quantization_version"] = .uint32(Self.quantizationVersion)
    let types = source.orderedTensors.map(newType)
    let writer = try GGUFWriter(
      path: destination, metadata: metadata,
      tensors: zip(source.orderedTensors, types).map { GGUFWriter.Description(name: $0.name, type: $1, shape: $0.shape) })
    writer.progress = progress
    for (tensor, type) in zip(source.orderedTensors, types) { try convert(tensor, to: type, writer) }
    try writer.finish()
    return Report(
      sourceBytes: source.byteCount, bytes: writer.byteCount,
      tensors: Dictionary(types.map { ($0.description, 1) }, uniquingKeysWith: +))
  }

  /// The format that a tensor gets.
  func newType(_ tensor: GGUFTensor) -> TensorType {
    let type = Self.newType(tensor.name, shape: tensor.shape, from: tensor.type, to: type)
    let writesLogits = tensor.name == "output.weight" || tensor.name == "token_embd.weight" && source.tensors["output.weight"] == nil
    guard writesLogits, type == .q4_0 else { return type }
    return tensor.shape[0] % TensorType.q6_K.blockSize == 0 ? .q6_K : .q8_0
  }

  /// The format that a tensor gets if its error falls on no token more than on another.
  static func newType(_ name: String, shape: [Int], from stored: TensorType, to type: TensorType) -> TensorType {
    let unchanged = ["position_embd.weight", "token_types.weight"]
    guard shape.count > 1, name.hasSuffix(".weight"), !name.contains("_norm"), !unchanged.contains(name) else { return stored }
    return shape[0] % type.blockSize == 0 ? type : stored == .f32 ? .f16 : stored
  }

  /// llama.h's `llama_ftype` for a file whose matrices are mostly of this type.
  static func fileType(_ type: TensorType) -> UInt32 {
    switch type {
    case .f32: 0
    case .f16: 1
    case .q4_0: 2
    case .q8_0: 7
    case .q5_0: 8
    case .q4_K: 15
    case .q6_K: 18
    case .bf16: 32
    }
  }

  private func convert(_ tensor: GGUFTensor, to type: TensorType, _ writer: GGUFWriter) throws {
    if type == tensor.type { return try source.withBytes(of: tensor) { bytes throws(GGUFError) in try writer.write(bytes) } }
    let stride = tensor.byteCount / tensor.rowCount
    try writer.writeRows(source: source.path) { rows in
      source.withBytes(of: tensor) {
        tensor.type.decode(UnsafeRawBufferPointer(rebasing: $0[rows.lowerBound * stride..<rows.upperBound * stride]))
      }
    }
  }
}
