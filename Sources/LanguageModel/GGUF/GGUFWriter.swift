import Foundation

/// Writes a GGUF version 3 file: the metadata and the tensors' descriptions first, then the data tensor by tensor, so that a
/// model larger than memory can pass through.
///
/// The file appears under its name only with `finish()`; before, and if `finish()` is never reached, nothing that stood under
/// the name is touched and the temporary file beside it is removed.
public final class GGUFWriter {
  /// What a tensor will be.
  public struct Description: Sendable, Equatable {
    public let name: String
    public let type: TensorType
    /// `shape[0]` is the fastest dimension.
    public let shape: [Int]

    public init(name: String, type: TensorType, shape: [Int]) {
      self.name = name
      self.type = type
      self.shape = shape
    }
  }

  public let path: String
  public let tensors: [Description]
  /// The tensor whose data is to come next, nil when all have theirs.
  public var next: Description? { current < tensors.count ? tensors[current] : nil }
  private let temporaryPath: String
  private let alignment: Int
  private var descriptor: Int32
  /// Bytes of data that each tensor takes.
  private let sizes: [Int]
  /// Bytes written so far, all of the file's once `finish()` has returned.
  public private(set) var byteCount = 0
  /// Is told after each piece how much of the data is written, 0 to 1.
  public var progress: ((Double) -> Void)?
  private var dataWritten = 0
  private var current = 0
  private var written = 0

  /// - Parameters:
  ///   - metadata: `general.alignment`, if present, decides the alignment; 32 bytes otherwise.
  ///   - tensors: in the order in which `write` will get their data.
  public init(path: String, metadata: GGUFMetadata, tensors: [Description]) throws(GGUFError) {
    let alignment = try metadata.integer(ifPresent: "general.alignment") ?? 32
    guard (8...GGUFHeaderReader.largestAlignment).contains(alignment), alignment & (alignment - 1) == 0 else {
      throw .unwritable(file: path, reason: "general.alignment \(alignment) is no power of two from 8")
    }
    let header = try Self.header(path: path, metadata: metadata, tensors: tensors, alignment: alignment)
    self.path = path
    self.tensors = tensors
    self.alignment = alignment
    sizes = tensors.map { $0.type.byteCount(shape: $0.shape) ?? 0 }
    temporaryPath = "\(path).\(UUID().uuidString).partial"
    descriptor = open(temporaryPath, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o644)
    guard descriptor >= 0 else { throw .unwritable(file: path, reason: String(cString: strerror(errno))) }
    try header.withUnsafeBufferPointer { bytes throws(GGUFError) in try put(UnsafeRawBufferPointer(bytes)) }
  }

  deinit { discard() }

  /// The next bytes of the tensor whose turn it is; a tensor may come in as many pieces as its producer likes.
  public func write(_ bytes: UnsafeRawBufferPointer) throws(GGUFError) {
    guard descriptor >= 0, current < tensors.count, bytes.count <= sizes[current] - written else {
      throw .unwritable(file: path, reason: "more data than \(next?.name ?? "the last tensor") takes")
    }
    try put(bytes)
    written += bytes.count
    dataWritten += bytes.count
    progress?(Double(dataWritten) / Double(sizes.reduce(0, +)))
    if written == sizes[current] {
      try pad(written)
      current += 1
      written = 0
    }
  }

  public func write(_ bytes: [UInt8]) throws(GGUFError) {
    try bytes.withUnsafeBufferPointer { bytes throws(GGUFError) in try write(UnsafeRawBufferPointer(bytes)) }
  }

  /// Numbers of an F32 tensor.
  public func write(_ values: [Float]) throws(GGUFError) {
    try values.withUnsafeBufferPointer { bytes throws(GGUFError) in try write(UnsafeRawBufferPointer(bytes)) }
  }

  /// Makes the file durable and puts it in place.
  public func finish() throws(GGUFError) {
    guard descriptor >= 0 else { throw .unwritable(file: path, reason: "it is closed already") }
    if let next { throw .unwritable(file: path, reason: "the data of tensor \(next.name) is not complete") }
    let synced = fsync(descriptor) == 0
    guard synced, rename(temporaryPath, path) == 0 else {
      let reason = String(cString: strerror(errno))
      discard()
      throw .unwritable(file: path, reason: reason)
    }
    close(descriptor)
    descriptor = -1
  }

  private func discard() {
    guard descriptor >= 0 else { return }
    close(descriptor)
    descriptor = -1
    unlink(temporaryPath)
  }

  private func pad(_ count: Int) throws(GGUFError) {
    let padding = [UInt8](repeating: 0, count: (alignment - count % alignment) % alignment)
    try padding.withUnsafeBufferPointer { bytes throws(GGUFError) in try put(UnsafeRawBufferPointer(bytes)) }
  }

  private func put(_ bytes: UnsafeRawBufferPointer) throws(GGUFError) {
    var rest = bytes
    while let base = rest.baseAddress, !rest.isEmpty {
      let count = Foundation.write(descriptor, base, rest.count)
      if count < 0 && errno == EINTR { continue }
      guard count > 0 else {
        let reason = String(cString: strerror(errno))
        discard()
        throw .unwritable(file: path, reason: reason)
      }
      byteCount += count
      rest = UnsafeRawBufferPointer(rebasing: rest.dropFirst(count))
    }
  }

  /// Everything before the data, padded to the alignment.
  private static func header(
    path: String, metadata: GGUFMetadata, tensors: [Description], alignment: Int
  ) throws(GGUFError) -> [UInt8] {
    var bytes = Array("GGUF".utf8)
    bytes.appendInteger(UInt32(3))
    bytes.appendInteger(UInt64(tensors.count))
    bytes.appendInteger(UInt64(metadata.keys.count))
    for key in metadata.keys {
      guard let value = metadata[key] else { continue }
      bytes.appendString(key)
      bytes.appendInteger(value.type.rawValue)
      bytes.appendValue(value)
    }
    var offset = 0
    var names: Set<String> = []
    for tensor in tensors {
      guard let size = tensor.type.byteCount(shape: tensor.shape), tensor.shape.count <= GGUFHeaderReader.mostDimensions else {
        throw .unwritable(file: path, reason: "tensor \(tensor.name) of shape \(tensor.shape) is no whole number of \(tensor.type) blocks")
      }
      guard (1...GGUFHeaderReader.longestName).contains(tensor.name.utf8.count), names.insert(tensor.name).inserted else {
        throw .unwritable(file: path, reason: "tensor name \"\(tensor.name)\" stands twice, is empty or longer than 63 bytes")
      }
      bytes.appendString(tensor.name)
      bytes.appendInteger(UInt32(tensor.shape.count))
      for size in tensor.shape { bytes.appendInteger(UInt64(size)) }
      bytes.appendInteger(tensor.type.rawValue)
      bytes.appendInteger(UInt64(offset))
      offset += (size + alignment - 1) / alignment * alignment
    }
    bytes.append(contentsOf: repeatElement(0, count: (alignment - bytes.count % alignment) % alignment))
    return bytes
  }
}

extension [UInt8] {
  fileprivate mutating func appendValue(_ value: GGUFValue) {
    switch value {
    case .uint8(let number): appendInteger(number)
    case .int8(let number): appendInteger(number)
    case .uint16(let number): appendInteger(number)
    case .int16(let number): appendInteger(number)
    case .uint32(let number): appendInteger(number)
    case .int32(let number): appendInteger(number)
    case .uint64(let number): appendInteger(number)
    case .int64(let number): appendInteger(number)
    case .float32(let number): appendInteger(number.bitPattern)
    case .float64(let number): appendInteger(number.bitPattern)
    case .bool(let truth): appendInteger(UInt8(truth ? 1 : 0))
    case .string(let text): appendString(text)
    case .array(let array):
      appendInteger(array.elementType.rawValue)
      appendInteger(UInt64(array.count))
      array.withBytes { append(contentsOf: $0) }
    }
  }
}
