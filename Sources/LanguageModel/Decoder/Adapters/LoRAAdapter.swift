import CKernels

/// A low-rank adapter (Hu et al. 2021, LoRA) from a GGUF file as llama.cpp's convert_lora_to_gguf.py writes it.
///
/// For each adapted matrix W [outputs, inputs] the file has `NAME.lora_a` [inputs, rank] and `NAME.lora_b` [rank, outputs] (in GGUF's order,
/// fastest first), and what is attached computes y = W x + scale * alpha / rank * B (A x). It never changes the model: each text says what
/// it is written with (`DecoderAttachments`).
public final class LoRAAdapter: Sendable {
  /// The two factors of one matrix's change.
  struct Factors: Sendable {
    /// A: rank rows of inputs.
    let down: PackedMatrix
    /// B: outputs of rank.
    let up: PackedMatrix
    /// alpha / rank.
    let scale: Float
  }

  /// Ranks beyond this are no adapter's.
  static let largestRank = 8192

  public let path: String
  /// Matrices that it changes.
  public let matrixCount: Int
  /// The largest rank of its matrices.
  public let rank: Int
  /// Bytes of its factors in memory.
  public var byteCount: Int { memory.count }
  let identity = AdapterIdentity()
  let configuration: DecoderConfiguration
  private let factors: [Factors?]
  private let memory: LargeMemory

  // Never changes once `init` has returned.
  var base: UnsafePointer<UInt8> { UnsafeRawPointer(memory.base).assumingMemoryBound(to: UInt8.self) }

  /// - Parameters:
  ///   - path: the GGUF file.
  ///   - model: the decoder that it was trained on; models of the same shape (quantised differently, say) can share what was loaded.
  /// - Throws: `DecoderError.file` if the file is damaged, `.adapter` if it is no LoRA adapter of this model.
  public convenience init(path: String, for model: DecoderModel) throws(DecoderError) {
    let file: GGUFFile
    do { file = try GGUFFile(path: path) } catch { throw .file(error) }
    try self.init(file, for: model)
  }

  /// A file that is open already.
  public init(_ file: GGUFFile, for model: DecoderModel) throws(DecoderError) {
    let plan = try LoRAPlan(file, model)
    path = file.path
    configuration = model.configuration
    factors = plan.factors
    matrixCount = plan.parts.count / 2
    rank = plan.factors.reduce(0) { max($0, $1?.down.rows ?? 0) }
    memory = try LargeMemory(byteCount: plan.byteCount, for: "the adapter \(file.path)")
    for part in plan.parts {
      let values = file.floats(of: part.tensor)
      guard values.allSatisfy(\.isFinite) else { throw .adapter(.invalidNumber(file: file.path, field: "tensor \(part.tensor.name)")) }
      osu_pack(
        Int32(TensorType.f32.rawValue), values, part.packed.rows, part.packed.columns, memory.base + part.packed.offset, 0,
        part.packed.groups)
    }
  }

  /// The change of a matrix, nil if it stays as it is.
  func factors(of matrix: AdaptedMatrix) -> Factors? { factors[matrix.index(layers: configuration.layers)] }
}
