/// Reads little-endian fields one after another, and refuses to read beyond the end.
struct GGUFCursor {
  let bytes: UnsafeRawBufferPointer
  let file: String
  private(set) var offset = 0

  init(_ bytes: UnsafeRawBufferPointer, file: String) {
    self.bytes = bytes
    self.file = file
  }

  var remaining: Int { bytes.count - offset }

  func malformed(_ field: String, at offset: Int, _ problem: String) -> GGUFError {
    .malformed(file: file, offset: offset, field: field, problem: problem)
  }

  mutating func integer<T: FixedWidthInteger>(_ type: T.Type, _ field: @autoclosure () -> String) throws(GGUFError) -> T {
    guard remaining >= MemoryLayout<T>.size else { throw .truncated(file: file, offset: offset, field: field()) }
    defer { offset += MemoryLayout<T>.size }
    return T(littleEndian: bytes.loadUnaligned(fromByteOffset: offset, as: T.self))
  }

  mutating func skip(_ count: UInt64, _ field: @autoclosure () -> String) throws(GGUFError) -> Range<Int> {
    guard count <= UInt64(remaining) else { throw .truncated(file: file, offset: offset, field: field()) }
    defer { offset += Int(count) }
    return offset..<offset + Int(count)
  }

  /// A string: eight bytes of length, then UTF-8 without a terminator.
  mutating func stringRange(_ field: @autoclosure () -> String) throws(GGUFError) -> Range<Int> {
    let length = try integer(UInt64.self, field())
    return try skip(length, field())
  }

  /// Text where sequences that are not UTF-8 are replaced by U+FFFD.
  mutating func text(_ field: @autoclosure () -> String) throws(GGUFError) -> String {
    String(decoding: UnsafeRawBufferPointer(rebasing: bytes[try stringRange(field())]), as: UTF8.self)
  }

  /// A name: not empty, valid UTF-8, without control characters, at most `limit` bytes.
  mutating func name(_ field: String, limit: Int) throws(GGUFError) -> String {
    let start = offset
    let range = try stringRange(field)
    guard !range.isEmpty, range.count <= limit else {
      throw malformed(field, at: start, "is \(range.count) bytes long, where 1 to \(limit) are allowed")
    }
    let name = String(decoding: UnsafeRawBufferPointer(rebasing: bytes[range]), as: UTF8.self)
    guard name.utf8.elementsEqual(bytes[range]), !name.utf8.contains(where: { $0 < 0x20 || $0 == 0x7F }) else {
      throw malformed(field, at: start, "is not printable UTF-8")
    }
    return name
  }
}
