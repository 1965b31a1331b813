import Foundation

/// What is wrong with a file of words or of their vectors.
public enum WordTableError: Error, CustomStringConvertible, Equatable {
  case missing(String)
  case malformed(file: String, offset: Int, problem: String)

  public var description: String {
    switch self {
    case .missing(let file): "\(file) is not beside the program; build Osusume anew"
    case .malformed(let file, let offset, let problem): "\(file), byte \(offset): \(problem); build Osusume anew"
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
    var reader = ByteReader(data, file: "words-ja.bin")
    guard try reader.take(8).elementsEqual("OSUWORDS".utf8) else { throw reader.malformed("not a word file") }
    let size = Int(try reader.u16())
    let (boundary, unknown) = (try reader.u16(), try reader.u16())
    let count = Int(try reader.u32())
    guard (1...255).contains(size), Int(boundary) < size, Int(unknown) < size, count <= 1 << 20 else {
      throw reader.malformed("impossible counts")
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
        throw reader.malformed("impossible word")
      }
      letters.removeLast(letters.count - shared)
      for _ in 0..<more { letters.append(try reader.u16()) }
      let first = UInt32(readings.count)
      for _ in 0..<many {
        let reading = Reading(kind: try reader.u8(), cost: Int16(bitPattern: try reader.u16()), lemma: try reader.u16())
        guard reading.kind < size else { throw reader.malformed("unknown class") }
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
