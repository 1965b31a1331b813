/// What stands where in a LoRA file and where it goes, all checked against the model before anything is read.
struct LoRAPlan {
  struct Part {
    let tensor: GGUFTensor
    let packed: PackedMatrix
  }

  /// By `AdaptedMatrix.index`.
  private(set) var factors: [LoRAAdapter.Factors?]
  private(set) var parts: [Part] = []
  private(set) var byteCount = 0
  private let file: GGUFFile

  init(_ file: GGUFFile, _ model: DecoderModel) throws(DecoderError) {
    self.file = file
    let header = AdapterHeader(file)
    try header.require("general.type", "adapter")
    try header.require("adapter.type", "lora")
    try header.requireArchitecture(of: model)
    guard file.metadata["adapter.alora.invocation_tokens"] == nil else {
      throw .adapter(.unsupported(file: file.path, what: "an adapter that begins at invocation tokens (aLoRA)"))
    }
    // As in llama.cpp, an alpha that is absent or 0 leaves the product as it is.
    let alpha = try header.reader.wrapped { () throws(GGUFError) in try file.metadata.float(ifPresent: "adapter.lora.alpha") } ?? 0
    guard alpha.isFinite else { throw .adapter(.invalidNumber(file: file.path, field: "metadata key adapter.lora.alpha")) }
    let layers = model.configuration.layers
    factors = Array(repeating: nil, count: AdaptedMatrix.count(layers: layers))
    var taken: Set<String> = []
    for (matrix, name, packed) in AdaptedMatrix.all(of: model) {
      let (down, up) = (file.tensors["\(name).lora_a"], file.tensors["\(name).lora_b"])
      guard let down, let up else {
        if let alone = down ?? up {
          throw .adapter(.unpaired(file: file.path, tensor: alone.name, missing: "\(name).lora_\(down == nil ? "a" : "b")"))
        }
        continue
      }
      taken.formUnion([down.name, up.name])
      let rank = try check(down, up, packed)
      factors[matrix.index(layers: layers)] = LoRAAdapter.Factors(
        down: try place(down, rows: rank, columns: packed.columns), up: try place(up, rows: packed.rows, columns: rank),
        scale: alpha == 0 ? 1 : alpha / Float(rank))
    }
    // A tensor that is not used would be one whose effect is missing from the answer.
    if let other = file.orderedTensors.first(where: { !taken.contains($0.name) }) {
      throw .adapter(.unknownTensor(file: file.path, tensor: other.name))
    }
    guard !parts.isEmpty else { throw .adapter(.empty(file: file.path)) }
  }

  /// The rank of a pair whose shapes fit the matrix.
  private func check(_ down: GGUFTensor, _ up: GGUFTensor, _ matrix: PackedMatrix) throws(DecoderError) -> Int {
    func mismatch(_ tensor: GGUFTensor, _ expected: String) -> DecoderError {
      .adapter(.shapeMismatch(file: file.path, tensor: tensor.name, found: tensor.shape, expected: expected))
    }
    guard down.shape.count == 2, down.shape[0] == matrix.columns else { throw mismatch(down, "[\(matrix.columns), rank]") }
    let rank = down.shape[1]
    guard rank <= LoRAAdapter.largestRank else { throw mismatch(down, "a rank of \(LoRAAdapter.largestRank) at most") }
    guard up.shape == [rank, matrix.rows] else { throw mismatch(up, "[\(rank), \(matrix.rows)]") }
    return rank
  }

  private mutating func place(_ tensor: GGUFTensor, rows: Int, columns: Int) throws(DecoderError) -> PackedMatrix {
    // Floats whatever the file has: they are few, and take no quantised inputs.
    let packed = PackedMatrix(type: .f32, rows: rows, columns: columns, offset: byteCount)
    let (total, overflow) = byteCount.addingReportingOverflow((packed.byteCount + 63) / 64 * 64)
    guard !overflow else { throw .outOfMemory(bytes: .max, what: "the adapter \(file.path)") }
    byteCount = total
    parts.append(Part(tensor: tensor, packed: packed))
    return packed
  }
}

/// Reads what kind of thing a file is for attaching.
struct AdapterHeader {
  let reader: ConfigurationReader
  private var file: GGUFFile { reader.file }

  init(_ file: GGUFFile) { reader = ConfigurationReader(file) }

  func require(_ key: String, _ expected: String) throws(DecoderError) {
    let found = try reader.wrapped { () throws(GGUFError) in try file.metadata.string(key) }
    guard found == expected else { throw .adapter(.wrongKind(file: file.path, key: key, found: found, expected: expected)) }
  }

  func requireArchitecture(of model: DecoderModel) throws(DecoderError) {
    let found = try reader.wrapped { () throws(GGUFError) in try file.metadata.string("general.architecture") }
    let expected = model.configuration.architecture.rawValue
    guard found == expected else { throw .adapter(.architectureMismatch(file: file.path, adapter: found, model: expected)) }
  }
}
