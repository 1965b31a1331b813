import Foundation

/// Reads little-endian numbers and throws where the file ends early.
struct ByteReader {
  private let bytes: [UInt8]
  private let file: String
  private(set) var offset = 0

  init(_ data: Data, file: String) {
    bytes = Array(data)
    self.file = file
  }

  func malformed(_ problem: String) -> WordTableError { .malformed(file: file, offset: offset, problem: problem) }

  mutating func take(_ count: Int) throws -> ArraySlice<UInt8> {
    guard offset + count <= bytes.count else { throw malformed("ends early") }
    defer { offset += count }
    return bytes[offset..<offset + count]
  }

  mutating func u8() throws -> UInt8 {
    guard offset < bytes.count else { throw malformed("ends early") }
    defer { offset += 1 }
    return bytes[offset]
  }

  mutating func u16() throws -> UInt16 { UInt16(try u8()) | UInt16(try u8()) << 8 }
  mutating func u32() throws -> UInt32 { UInt32(try u16()) | UInt32(try u16()) << 16 }
}
