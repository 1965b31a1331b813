import Frames
import Foundation

/// Turns an utterance into sparse hashed n-grams, with names masked by their type so that wordings generalise over names.
struct FeatureExtractor: Sendable {
  /// Number of hash buckets, a power of two.
  static let buckets = 1 << 15

  static func sparse(_ text: FoldedText, entities: [EntityMention], slots: [SlotLexicon.Found], language: String) -> [Int32] {
    var features = Set<Int32>()
    func add(_ name: String) { features.insert(Int32(truncatingIfNeeded: hash(name) & UInt64(buckets - 1))) }
    let units = masked(text, entities: entities, language: language)
    if language == "ja" {
      let padded = ["^"] + units + ["$"]
      for size in 1...5 where padded.count >= size {
        for start in 0...(padded.count - size) { add("c:" + padded[start..<start + size].joined()) }
      }
      // Japanese says its force at the end of the sentence.
      for size in 2...8 where units.count >= size { add("end:" + units.suffix(size).joined()) }
      for size in 2...4 where units.count >= size { add("head:" + units.prefix(size).joined()) }
    } else {
      let padded = ["^"] + units + ["$"]
      for size in 1...3 where padded.count >= size {
        for start in 0...(padded.count - size) { add("w:" + padded[start..<start + size].joined(separator: " ")) }
      }
      for word in units where word.count > 3 {
        let letters = Array("<" + word + ">")
        for size in 3...4 where letters.count >= size {
          for start in 0...(letters.count - size) { add("c:" + String(letters[start..<start + size])) }
        }
      }
      for gap in zip(padded, padded.dropFirst(2)) { add("s:" + gap.0 + "_" + gap.1) }
    }
    for entity in entities { add("entity:" + entityType(entity.id)) }
    for found in slots {
      add("slot:" + found.constraint.slot)
      add("slot:" + found.constraint.slot + found.constraint.polarity.rawValue + found.constraint.value.joined(separator: "|"))
    }
    let last = text.original.last.map(String.init) ?? ""
    if ["?", "？"].contains(last) { add("mark:question") }
    if ["!", "！"].contains(last) { add("mark:bang") }
    add("size:\(min(6, units.count / (language == "ja" ? 6 : 3)))")
    add("bias")
    return features.sorted()
  }

  static func entityType(_ id: String) -> String { id.firstIndex(of: ":").map { String(id[..<$0]) } ?? "item" }

  /// Words (en) or scalars (ja) with each name replaced by `<type>`.
  private static func masked(_ text: FoldedText, entities: [EntityMention], language: String) -> [String] {
    var units: [String] = []
    var position = 0
    func plain(_ range: Range<Int>) {
      if language == "ja" {
        units += text.scalars[range].filter { $0 != " " }.map { String($0) }
      } else {
        units += text.words.filter { range.contains($0.lowerBound) }.map { text.string($0) }
      }
    }
    for entity in entities.sorted(by: { $0.start < $1.start }) where entity.start >= position {
      plain(position..<entity.start)
      units.append("<" + entityType(entity.id) + ">")
      position = entity.end
    }
    plain(position..<text.scalars.count)
    return units
  }

  /// FNV-1a, 64 bits.
  static func hash(_ text: String) -> UInt64 {
    var value: UInt64 = 0xcbf2_9ce4_8422_2325
    for byte in text.utf8 { value = (value ^ UInt64(byte)) &* 0x100_0000_01b3 }
    return value ^ (value >> 29)
  }
}
