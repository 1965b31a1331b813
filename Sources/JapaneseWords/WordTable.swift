import Foundation

/// What is wrong with a word file.
public enum WordTableError: Error, CustomStringConvertible, Equatable {
  case missing
  case malformed(offset: Int, problem: String)

  public var description: String {
    switch self {
    case .missing: "words-ja.bin is not beside the program; build Osusume anew"
    case .malformed(let offset, let problem): "words-ja.bin, byte \(offset): \(problem); build Osusume anew"
    }
  }
}

/// The surfaces of Japanese words with their readings as parts of speech, and what it costs to put one class after another.
///
/// File (little-endian), written by Scripts/make-japanese-words.py: `OSUWORDS`, u16 classes, u16 boundary class, u16 class of unknown
/// words, u32 surfaces; classes × classes i16 connection costs (row: the class before); then the surfaces in order, each u8 letters shared
/// with the one before, u8 further letters, u8 readings, the letters as u16, and per reading u8 class, i16 cost, u16 lemma.
struct WordTable: Sendable {
  struct Reading: Sendable {
    var kind: UInt8
    var cost: Int16
    var lemma: UInt16
  }

  let classes: Int
  let boundary: UInt8
  let unknown: UInt8
  private let connections: [Int16]
  private let readings: [Reading]
  /// Open addressing by the hash of the surface; a slot's readings are `first ..< first + count`, count 0 where it is free.
  private let slots: [Slot]

  private struct Slot {
    var hash: UInt64 = 0
    var first: UInt32 = 0
    var count: UInt8 = 0
  }

  static let longest = 8

  init(_ data: Data) throws {
    var reader = ByteReader(data)
    guard try reader.take(8) == Array("OSUWORDS".utf8) else { throw WordTableError.malformed(offset: 0, problem: "not a word file") }
    let size = Int(try reader.u16())
    let (boundary, unknown) = (try reader.u16(), try reader.u16())
    let count = Int(try reader.u32())
    guard (1...255).contains(size), Int(boundary) < size, Int(unknown) < size, count <= 1 << 20 else {
      throw WordTableError.malformed(offset: 8, problem: "impossible counts")
    }
    (classes, self.boundary, self.unknown) = (size, UInt8(boundary), UInt8(unknown))
    var connections: [Int16] = []
    for _ in 0..<size * size { connections.append(Int16(bitPattern: try reader.u16())) }
    self.connections = connections
    var slots = [Slot](repeating: Slot(), count: Self.capacity(count))
    var readings: [Reading] = []
    var letters: [UInt16] = []
    for _ in 0..<count {
      let (shared, more, many) = (Int(try reader.u8()), Int(try reader.u8()), try reader.u8())
      guard shared <= letters.count, shared + more <= Self.longest, shared + more > 0, many > 0 else {
        throw WordTableError.malformed(offset: reader.offset, problem: "impossible word")
      }
      letters.removeLast(letters.count - shared)
      for _ in 0..<more { letters.append(try reader.u16()) }
      let first = UInt32(readings.count)
      for _ in 0..<many {
        let reading = Reading(kind: try reader.u8(), cost: Int16(bitPattern: try reader.u16()), lemma: try reader.u16())
        guard reading.kind < size else { throw WordTableError.malformed(offset: reader.offset, problem: "unknown class") }
        readings.append(reading)
      }
      var hash = Self.seed
      for letter in letters { hash = Self.extend(hash, UInt32(letter)) }
      var place = Int(hash & UInt64(slots.count - 1))
      while slots[place].count != 0 { place = (place + 1) & (slots.count - 1) }
      slots[place] = Slot(hash: hash, first: first, count: many)
    }
    (self.slots, self.readings) = (slots, readings)
  }

  /// A power of two, at most half full.
  private static func capacity(_ count: Int) -> Int {
    var size = 16
    while size < count * 2 { size *= 2 }
    return size
  }

  // FNV-1a over letters, so that a word's hash extends that of its beginning; the file has no two words of one hash.
  static let seed: UInt64 = 0xcbf2_9ce4_8422_2325
  static func extend(_ hash: UInt64, _ letter: UInt32) -> UInt64 {
    let mixed = (hash ^ UInt64(letter)) &* 0x100_0000_01b3
    return mixed ^ (mixed >> 32)
  }

  func readings(_ hash: UInt64) -> ArraySlice<Reading> {
    var place = Int(hash & UInt64(slots.count - 1))
    while slots[place].count != 0 {
      if slots[place].hash == hash { return readings[Int(slots[place].first)..<Int(slots[place].first) + Int(slots[place].count)] }
      place = (place + 1) & (slots.count - 1)
    }
    return []
  }

  func connection(_ before: UInt8, _ after: UInt8) -> Int32 { Int32(connections[Int(before) * classes + Int(after)]) }
}

/// Reads little-endian numbers and throws where the file ends early.
private struct ByteReader {
  private let bytes: [UInt8]
  private(set) var offset = 0

  init(_ data: Data) { bytes = Array(data) }

  mutating func take(_ count: Int) throws -> [UInt8] {
    guard offset + count <= bytes.count else { throw WordTableError.malformed(offset: offset, problem: "ends early") }
    defer { offset += count }
    return Array(bytes[offset..<offset + count])
  }

  mutating func u8() throws -> UInt8 {
    guard offset < bytes.count else { throw WordTableError.malformed(offset: offset, problem: "ends early") }
    defer { offset += 1 }
    return bytes[offset]
  }

  mutating func u16() throws -> UInt16 { UInt16(try u8()) | UInt16(try u8()) << 8 }
  mutating func u32() throws -> UInt32 { UInt32(try u16()) | UInt32(try u16()) << 16 }
}
