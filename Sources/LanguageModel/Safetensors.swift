import Foundation

/// A safetensors file (huggingface/safetensors, format description in its README): eight bytes little-endian header length, a
/// JSON header, then the data.
///
/// Every length, shape and offset is checked when the file is opened; the file is mapped, not copied.
struct Safetensors: Sendable {
  struct Tensor: Sendable, Equatable {
    /// Safetensors' name of the format; only F32, F16 and BF16 can be read.
    var dtype: String
    /// The slowest dimension first.
    var shape: [Int]
    /// Bytes in the file.
    var range: Range<Int>

    var type: TensorType? { [TensorType.f32, .f16, .bf16].first { $0.description == dtype } }
  }

  let name: String
  let tensors: [String: Tensor]
  private let mapping: MappedFile
  static let longestHeader = 16 << 20

  init(file: URL) throws { try self.init(path: file.path) }

  init(path: String) throws(ModelFileError) {
    let mapping: MappedFile
    do { mapping = try MappedFile(path: path) } catch {
      throw ModelFileError(file: path, problem: "cannot be read: \(error.reason)", mend: "Run `make setup` or name a complete model.")
    }
    try self.init(mapping, name: path)
  }

  /// A file that is in memory already.
  init(data: Data, name: String) throws(ModelFileError) { try self.init(MappedFile(copying: data), name: name) }

  private init(_ mapping: MappedFile, name: String) throws(ModelFileError) {
    func refuse(_ problem: String) -> ModelFileError {
      ModelFileError(file: name, problem: problem, mend: "Delete the file and fetch it again.")
    }
    let bytes = mapping.bytes
    guard bytes.count >= 8 else { throw refuse("is \(bytes.count) bytes, too short for a header length") }
    let length = UInt64(littleEndian: bytes.loadUnaligned(as: UInt64.self))
    guard length <= UInt64(Self.longestHeader), Int(length) <= bytes.count - 8 else {
      throw refuse("header length \(length) is beyond the file's \(bytes.count) bytes")
    }
    let start = 8 + Int(length)
    guard let members = try ExactJSON(bytes[8..<start], file: name).members else { throw refuse("header is not a JSON object") }
    var tensors: [String: Tensor] = [:]
    for member in members where member.key != "__metadata__" {
      guard let dtype = member.value["dtype"]?.string, let shape = member.value["shape"]?.array?.map(\.integer),
        let offsets = member.value["data_offsets"]?.array?.map(\.integer), offsets.count == 2, let from = offsets[0], let to = offsets[1]
      else { throw refuse("entry \(member.key) lacks dtype, shape or data_offsets") }
      guard from >= 0, to >= from, to <= bytes.count - start else { throw refuse("offsets of \(member.key) lie outside the file") }
      let tensor = Tensor(dtype: dtype, shape: shape.map { $0 ?? -1 }, range: start + from..<start + to)
      if let type = tensor.type, !tensor.shape.isEmpty {
        guard type.byteCount(shape: tensor.shape) == tensor.range.count else {
          throw refuse("\(member.key) of shape \(tensor.shape) in \(dtype) does not take \(tensor.range.count) bytes")
        }
      }
      guard tensors.updateValue(tensor, forKey: member.key) == nil else { throw refuse("entry \(member.key) stands twice") }
    }
    self.mapping = mapping
    self.name = name
    self.tensors = tensors
  }

  /// The bytes of a tensor of this file.
  func withBytes<R, E: Error>(of tensor: Tensor, _ body: (UnsafeRawBufferPointer) throws(E) -> R) throws(E) -> R {
    try body(UnsafeRawBufferPointer(rebasing: mapping.bytes[tensor.range]))
  }

  /// - Parameter shape: what the caller expects; anything else is refused.
  func floats(_ tensor: String, shape: [Int]) throws(ModelFileError) -> [Float] {
    func refuse(_ problem: String) -> ModelFileError {
      ModelFileError(file: name, problem: problem, mend: "Use the safetensors file of all-MiniLM-L6-v2.")
    }
    guard let entry = tensors[tensor] else { throw refuse("has no tensor \(tensor)") }
    guard let type = entry.type else { throw refuse("\(tensor) is \(entry.dtype), expected F32, F16 or BF16") }
    guard entry.shape == shape, !shape.isEmpty else { throw refuse("\(tensor) has shape \(entry.shape), expected \(shape)") }
    return withBytes(of: entry) { type.decode($0) }
  }
}
