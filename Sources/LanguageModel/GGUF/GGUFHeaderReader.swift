/// Reads what stands before the tensor data: counts, metadata, tensor descriptions.
struct GGUFHeaderReader {
  /// Far above any model's, low enough that a hostile file costs little.
  static let mostKeys = 65_536
  static let mostTensors = 65_536
  /// The specification's limit.
  static let longestKey = 65_535
  /// ggml keeps 64 bytes with a terminator (GGML_MAX_NAME).
  static let longestName = 63
  static let mostDimensions = 4
  /// Arrays within arrays.
  static let deepestArray = 4
  static let largestAlignment = 1 << 20

  private let mapping: MappedFile
  private var cursor: GGUFCursor
  private(set) var metadata: GGUFMetadata
  private(set) var tensors: [GGUFTensor] = []
  private(set) var alignment = 32

  init(_ mapping: MappedFile, file: String) {
    self.mapping = mapping
    cursor = GGUFCursor(mapping.bytes, file: file)
    metadata = GGUFMetadata(file: file)
  }

  mutating func read() throws(GGUFError) {
    guard try cursor.integer(UInt32.self, "the magic number") == 0x4655_4747 else { throw .notGGUF(file: cursor.file) }
    let version = try cursor.integer(UInt32.self, "the version")
    // Version 3 differs from 2 only in allowing big-endian files.
    guard (2...3).contains(version) else { throw .unsupportedVersion(file: cursor.file, version: version) }
    let tensorCount = try count("the tensor count", limit: Self.mostTensors)
    let keyCount = try count("the metadata count", limit: Self.mostKeys)
    for index in 0..<keyCount { try readKey(index) }
    try readAlignment()
    try readTensors(tensorCount)
  }

  private mutating func count(_ field: String, limit: Int) throws(GGUFError) -> Int {
    let offset = cursor.offset
    let count = try cursor.integer(UInt64.self, field)
    guard count <= UInt64(limit) else { throw cursor.malformed(field, at: offset, "is \(count), at most \(limit) are allowed") }
    return Int(count)
  }

  private mutating func readKey(_ index: Int) throws(GGUFError) {
    let start = cursor.offset
    let key = try cursor.name("metadata key \(index)", limit: Self.longestKey)
    guard metadata[key] == nil else { throw cursor.malformed("metadata key \(key)", at: start, "stands twice") }
    metadata[key] = try value(of: valueType(key), key)
  }

  private mutating func valueType(_ key: String) throws(GGUFError) -> GGUFValueType {
    let offset = cursor.offset
    let raw = try cursor.integer(UInt32.self, "the type of \(key)")
    guard let type = GGUFValueType(rawValue: raw) else { throw cursor.malformed("the type of \(key)", at: offset, "\(raw) is unknown") }
    return type
  }

  private mutating func value(of type: GGUFValueType, _ key: String) throws(GGUFError) -> GGUFValue {
    switch type {
    case .uint8: .uint8(try cursor.integer(UInt8.self, key))
    case .int8: .int8(try cursor.integer(Int8.self, key))
    case .uint16: .uint16(try cursor.integer(UInt16.self, key))
    case .int16: .int16(try cursor.integer(Int16.self, key))
    case .uint32: .uint32(try cursor.integer(UInt32.self, key))
    case .int32: .int32(try cursor.integer(Int32.self, key))
    case .uint64: .uint64(try cursor.integer(UInt64.self, key))
    case .int64: .int64(try cursor.integer(Int64.self, key))
    case .float32: .float32(Float(bitPattern: try cursor.integer(UInt32.self, key)))
    case .float64: .float64(Double(bitPattern: try cursor.integer(UInt64.self, key)))
    case .bool: .bool(try cursor.integer(UInt8.self, key) != 0)
    case .string: .string(try cursor.text(key))
    case .array: .array(try array(key, depth: 1))
    }
  }

  private mutating func array(_ key: String, depth: Int) throws(GGUFError) -> GGUFArray {
    let type = try valueType(key)
    let start = cursor.offset
    let count = try cursor.integer(UInt64.self, "the length of \(key)")
    // An element takes one byte at least, so that no longer array can be in the file.
    guard count <= UInt64(cursor.remaining) else { throw .truncated(file: cursor.file, offset: start, field: "the array \(key)") }
    let from = cursor.offset
    switch type {
    case .string:
      for _ in 0..<count { _ = try cursor.stringRange(key) }
    case .array:
      guard depth < Self.deepestArray else { throw cursor.malformed(key, at: start, "has arrays in arrays too deep") }
      for _ in 0..<count { _ = try array(key, depth: depth + 1) }
    default:
      let (bytes, overflow) = count.multipliedReportingOverflow(by: UInt64(type.byteCount ?? 1))
      guard !overflow else { throw .truncated(file: cursor.file, offset: start, field: "the array \(key)") }
      _ = try cursor.skip(bytes, "the array \(key)")
    }
    return GGUFArray(type, count: Int(count), in: mapping, from..<cursor.offset)
  }

  private mutating func readAlignment() throws(GGUFError) {
    guard let value = try metadata.integer(ifPresent: "general.alignment") else { return }
    guard (8...Self.largestAlignment).contains(value), value & (value - 1) == 0 else {
      throw cursor.malformed("general.alignment", at: cursor.offset, "\(value) is no power of two from 8 to \(Self.largestAlignment)")
    }
    alignment = value
  }

  private struct Description {
    var name: String
    var type: TensorType
    var shape: [Int]
    var bytes: Int
    /// From the beginning of the data.
    var offset: UInt64
    /// Where the description stands, for messages.
    var place: Int
  }

  private mutating func readTensors(_ count: Int) throws(GGUFError) {
    var names: Set<String> = []
    var descriptions: [Description] = []
    for index in 0..<count {
      let description = try readDescription(index)
      guard names.insert(description.name).inserted else {
        throw cursor.malformed("tensor \(description.name)", at: description.place, "stands twice")
      }
      descriptions.append(description)
    }
    let dataStart = (cursor.offset + alignment - 1) / alignment * alignment
    for item in descriptions {
      guard item.offset <= UInt64(max(0, mapping.count - dataStart)),
        item.bytes <= mapping.count - dataStart - Int(item.offset)
      else {
        throw .truncated(file: cursor.file, offset: item.place, field: "the data of tensor \(item.name) (\(item.bytes) bytes)")
      }
      tensors.append(
        GGUFTensor(name: item.name, type: item.type, shape: item.shape, offset: dataStart + Int(item.offset), byteCount: item.bytes))
    }
    let sorted = tensors.sorted { $0.offset < $1.offset }
    for (one, next) in zip(sorted, sorted.dropFirst()) where one.offset + one.byteCount > next.offset {
      throw cursor.malformed("the data of tensor \(next.name)", at: next.offset, "overlaps that of \(one.name)")
    }
  }

  private mutating func readDescription(_ index: Int) throws(GGUFError) -> Description {
    let place = cursor.offset
    let name = try cursor.name("the name of tensor \(index)", limit: Self.longestName)
    let dimensions = try cursor.integer(UInt32.self, "the dimension count of tensor \(name)")
    guard (1...UInt32(Self.mostDimensions)).contains(dimensions) else {
      throw cursor.malformed("tensor \(name)", at: place, "has \(dimensions) dimensions, where 1 to 4 are allowed")
    }
    var shape: [Int] = []
    for _ in 0..<dimensions {
      let size = try cursor.integer(UInt64.self, "the shape of tensor \(name)")
      guard size > 0, let size = Int(exactly: size) else {
        throw cursor.malformed("tensor \(name)", at: place, "has a dimension of \(size)")
      }
      shape.append(size)
    }
    let typeOffset = cursor.offset
    let raw = try cursor.integer(UInt32.self, "the type of tensor \(name)")
    guard let type = TensorType(rawValue: raw) else {
      throw .unsupportedType(file: cursor.file, offset: typeOffset, tensor: name, type: raw)
    }
    guard let bytes = type.byteCount(shape: shape) else {
      throw cursor.malformed("tensor \(name)", at: place, "shape \(shape) is no whole number of \(type) blocks or too large")
    }
    let offsetPlace = cursor.offset
    let offset = try cursor.integer(UInt64.self, "the offset of tensor \(name)")
    guard offset % UInt64(alignment) == 0 else {
      throw cursor.malformed("the offset of tensor \(name)", at: offsetPlace, "\(offset) is no multiple of the alignment \(alignment)")
    }
    return Description(name: name, type: type, shape: shape, bytes: bytes, offset: offset, place: place)
  }
}
