/// An array in the metadata, kept as the file's bytes and decoded when asked for, so that opening a model with 150,000
/// tokens costs no more than walking over them once.
public struct GGUFArray: Sendable {
  private enum Source: Sendable {
    case file(MappedFile, Range<Int>)
    case memory([UInt8])
  }

  public let elementType: GGUFValueType
  public let count: Int
  private let source: Source

  /// - Parameter range: where the elements stand, already checked to hold `count` of them.
  init(_ elementType: GGUFValueType, count: Int, in file: MappedFile, _ range: Range<Int>) {
    self.elementType = elementType
    self.count = count
    source = .file(file, range)
  }

  public init(_ values: [String]) {
    var bytes: [UInt8] = []
    for value in values { bytes.appendString(value) }
    (elementType, count, source) = (.string, values.count, .memory(bytes))
  }

  public init(_ values: [Int32]) {
    var bytes: [UInt8] = []
    for value in values { bytes.appendInteger(value) }
    (elementType, count, source) = (.int32, values.count, .memory(bytes))
  }

  public init(_ values: [Float]) {
    var bytes: [UInt8] = []
    for value in values { bytes.appendInteger(value.bitPattern) }
    (elementType, count, source) = (.float32, values.count, .memory(bytes))
  }

  /// The elements as the file holds them.
  func withBytes<R>(_ body: (UnsafeRawBufferPointer) -> R) -> R {
    switch source {
    case .file(let file, let range): body(UnsafeRawBufferPointer(rebasing: file.bytes[range]))
    case .memory(let bytes): bytes.withUnsafeBytes(body)
    }
  }

  /// The elements if they are strings; what is not UTF-8 becomes U+FFFD.
  var strings: [String]? {
    guard elementType == .string else { return nil }
    return withBytes { bytes in
      var cursor = GGUFCursor(bytes, file: "")
      var strings: [String] = []
      strings.reserveCapacity(count)
      while strings.count < count, let text = try? cursor.text("") { strings.append(text) }
      return strings.count == count ? strings : nil
    }
  }

  /// The elements if they are integers that fit.
  var integers: [Int]? {
    switch elementType {
    case .uint8: decoded(UInt8.self)
    case .int8: decoded(Int8.self)
    case .uint16: decoded(UInt16.self)
    case .int16: decoded(Int16.self)
    case .uint32: decoded(UInt32.self)
    case .int32: decoded(Int32.self)
    case .uint64: decoded(UInt64.self)
    case .int64: decoded(Int64.self)
    case .float32, .float64, .bool, .string, .array: nil
    }
  }

  var floats: [Float]? {
    switch elementType {
    case .float32: loaded(UInt32.self).map(Float.init(bitPattern:))
    case .float64: loaded(UInt64.self).map { Float(Double(bitPattern: $0)) }
    default: nil
    }
  }

  var bools: [Bool]? { elementType == .bool ? loaded(UInt8.self).map { $0 != 0 } : nil }

  private func decoded<T: FixedWidthInteger>(_ type: T.Type) -> [Int]? {
    let values = loaded(type).map { Int(exactly: $0) }
    return values.contains(nil) ? nil : values.compactMap { $0 }
  }

  private func loaded<T: FixedWidthInteger>(_ type: T.Type) -> [T] {
    withBytes { bytes in
      (0..<min(count, bytes.count / MemoryLayout<T>.size)).map {
        T(littleEndian: bytes.loadUnaligned(fromByteOffset: $0 * MemoryLayout<T>.size, as: T.self))
      }
    }
  }
}

extension [UInt8] {
  mutating func appendInteger<T: FixedWidthInteger>(_ value: T) {
    Swift.withUnsafeBytes(of: value.littleEndian) { append(contentsOf: $0) }
  }

  /// A GGUF string: eight bytes of length, then UTF-8.
  mutating func appendString(_ text: String) {
    appendInteger(UInt64(text.utf8.count))
    append(contentsOf: text.utf8)
  }
}
