import Foundation

/// A GGUF file, versions 2 and 3 (ggml/docs/gguf.md), mapped into memory.
///
/// Everything is checked when the file is opened: counts, lengths, names, shapes and that every tensor lies inside the file,
/// aligned and apart from the others. A file that fails is refused with a `GGUFError`.
public struct GGUFFile: Sendable {
  public let path: String
  public let metadata: GGUFMetadata
  public let tensors: [String: GGUFTensor]
  /// The tensors in the file's order.
  public let orderedTensors: [GGUFTensor]
  /// Tensor offsets are multiples of this many bytes (`general.alignment`, 32 if absent).
  public let alignment: Int
  private let mapping: MappedFile

  /// Bytes of the whole file.
  public var byteCount: Int { mapping.count }

  public init(path: String) throws(GGUFError) {
    try self.init(MappedFile(path: path), path: path)
  }

  /// A file that is in memory already.
  init(bytes: some Collection<UInt8>, name: String) throws(GGUFError) {
    try self.init(MappedFile(copying: bytes), path: name)
  }

  private init(_ mapping: MappedFile, path: String) throws(GGUFError) {
    self.path = path
    self.mapping = mapping
    var header = GGUFHeaderReader(mapping, file: path)
    try header.read()
    metadata = header.metadata
    alignment = header.alignment
    orderedTensors = header.tensors
    tensors = Dictionary(uniqueKeysWithValues: header.tensors.map { ($0.name, $0) })
  }

  /// A tensor that must be there with this shape (`[columns, rows]`); nil leaves the shape open.
  public func tensor(_ name: String, shape: [Int]? = nil) throws(GGUFError) -> GGUFTensor {
    guard let tensor = tensors[name] else { throw .missing(file: path, field: "tensor \(name)") }
    guard shape == nil || shape == tensor.shape else {
      throw .mismatch(file: path, field: "shape of tensor \(name)", found: "\(tensor.shape)", expected: "\(shape ?? [])")
    }
    return tensor
  }

  /// The bytes of a tensor of this file, which stay where they are as long as the file or a copy of this value lives.
  public func withBytes<R, E: Error>(
    of tensor: GGUFTensor, _ body: (UnsafeRawBufferPointer) throws(E) -> R
  ) throws(E) -> R {
    precondition(tensors[tensor.name] == tensor, "the tensor is of another file")
    return try body(UnsafeRawBufferPointer(rebasing: mapping.bytes[tensor.offset..<tensor.offset + tensor.byteCount]))
  }

  /// The first `count` bytes of the file, at most all of them.
  func withHeader<R>(_ count: Int, _ body: (UnsafeRawBufferPointer) -> R) -> R {
    body(UnsafeRawBufferPointer(rebasing: mapping.bytes.prefix(count)))
  }
}
