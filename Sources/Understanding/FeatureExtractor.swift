import Foundation
import Frames
import JapaneseWords

/// The features that are present in an utterance, hashed, in groups that are weighted apart.
struct FeatureSet: Sendable {
  /// Words or, in Japanese, character n-grams, with names masked by their type.
  var wording = Set<Int32>()
  /// Letters of words (English) or of the sentence's ends (Japanese).
  var letters = Set<Int32>()
  /// Words of Japanese by their base forms, with names masked by their type; English has them in `wording`.
  var lemmas = Set<Int32>()
  /// What was found in it: entities, slot values, marks, length.
  var structure = Set<Int32>()

  /// The groups with the length each is brought to; the lengths were chosen on the development half of Tokyo's eval set.
  var groups: [(buckets: Set<Int32>, length: Float)] { [(wording, 1), (letters, 1), (lemmas, 1.5), (structure, 0.5)] }
}

/// Turns an utterance into features. Names are masked so that wordings generalise over names.
struct FeatureExtractor: Sendable {
  /// Number of hash buckets, a power of two; wide enough that features seldom share one.
  static let buckets = 1 << 22

  /// Splits Japanese; nil leaves its words out.
  let japanese: JapaneseWords?

  func features(
    _ text: FoldedText, entities: [EntityMention], slots: [SlotLexicon.Found], pointing: Int, language: String
  ) -> FeatureSet {
    var set = FeatureSet()
    let units = Self.masked(text, entities: entities, language: language)
    let padded = ["^"] + units + ["$"]
    if language == "ja" {
      for size in 1...5 { grams(padded, size) { set.wording.insert(bucket("c:" + $0.joined())) } }
      // Japanese says its force at the end of the sentence.
      for size in 2...8 where units.count >= size { set.letters.insert(bucket("end:" + units.suffix(size).joined())) }
      for size in 2...4 where units.count >= size { set.letters.insert(bucket("head:" + units.prefix(size).joined())) }
      let lemmas = ["^"] + lemmas(text, entities: entities) + ["$"]
      for size in 1...2 { grams(lemmas, size) { set.lemmas.insert(bucket("l:" + $0.joined(separator: " "))) } }
    } else {
      for size in 1...3 { grams(padded, size) { set.wording.insert(bucket("w:" + $0.joined(separator: " "))) } }
      for gap in zip(padded, padded.dropFirst(2)) { set.wording.insert(bucket("s:" + gap.0 + "_" + gap.1)) }
      for word in units {
        let letters = Array(" " + word + " ")
        for size in 2...5 { grams(letters, size) { set.letters.insert(bucket("c:" + String($0))) } }
      }
    }
    structure(text, units.count, entities, slots, language, &set)
    // "Which of the two", "the second one": how many items on screen it points at.
    set.structure.insert(bucket("points:\(min(2, pointing))"))
    return set
  }

  /// Base forms in order, by their numbers; letters that no word covers stand for themselves, names for their type.
  private func lemmas(_ text: FoldedText, entities: [EntityMention]) -> [String] {
    guard let japanese else { return [] }
    var units: [String] = []
    Self.walk(text, entities: entities) { part in
      switch part {
      case .plain(let range):
        let letters = text.scalars[range].filter { $0 != " " }
        units += japanese.words(letters).map { word in word.lemma.map(String.init) ?? String(letters[word.range.lowerBound]) }
      case .name(let entity): units.append("<" + Self.entityType(entity.id) + ">")
      }
    }
    return units
  }

  private func structure(
    _ text: FoldedText, _ length: Int, _ entities: [EntityMention], _ slots: [SlotLexicon.Found], _ language: String,
    _ set: inout FeatureSet
  ) {
    func add(_ name: String) { set.structure.insert(bucket(name)) }
    for entity in entities { add("entity:" + Self.entityType(entity.id)) }
    for found in slots {
      let constraint = found.constraint
      add("slot:" + constraint.slot)
      add("slot:" + constraint.slot + constraint.polarity.rawValue + constraint.value.joined(separator: "|"))
    }
    let last = text.original.last.map(String.init) ?? ""
    if ["?", "？"].contains(last) { add("mark:question") }
    if ["!", "！"].contains(last) { add("mark:bang") }
    add("size:\(min(6, length / (language == "ja" ? 6 : 3)))")
    add("bias")
  }

  private func grams<T>(_ units: [T], _ size: Int, _ body: (ArraySlice<T>) -> Void) {
    guard units.count >= size else { return }
    for start in 0...(units.count - size) { body(units[start..<start + size]) }
  }

  private func bucket(_ name: String) -> Int32 { Int32(truncatingIfNeeded: Self.hash(name) & UInt64(Self.buckets - 1)) }

  static func entityType(_ id: String) -> String { id.firstIndex(of: ":").map { String(id[..<$0]) } ?? "item" }

  private enum Part {
    case plain(Range<Int>)
    case name(EntityMention)
  }

  /// The text from left to right as names and what stands between them.
  private static func walk(_ text: FoldedText, entities: [EntityMention], _ body: (Part) -> Void) {
    var position = 0
    for entity in entities.sorted(by: { $0.start < $1.start }) where entity.start >= position {
      if entity.start > position { body(.plain(position..<entity.start)) }
      body(.name(entity))
      position = entity.end
    }
    if position < text.scalars.count { body(.plain(position..<text.scalars.count)) }
  }

  /// Words (en) or letters (ja) with each name replaced by `<type>`.
  private static func masked(_ text: FoldedText, entities: [EntityMention], language: String) -> [String] {
    var units: [String] = []
    walk(text, entities: entities) { part in
      switch part {
      case .plain(let range) where language == "ja": units += text.scalars[range].filter { $0 != " " }.map { String($0) }
      case .plain(let range): units += text.words.filter { range.contains($0.lowerBound) }.map { text.string($0) }
      case .name(let entity): units.append("<" + entityType(entity.id) + ">")
      }
    }
    return units
  }

  /// FNV-1a, 64 bits.
  static func hash(_ text: String) -> UInt64 {
    var value: UInt64 = 0xcbf2_9ce4_8422_2325
    for byte in text.utf8 { value = (value ^ UInt64(byte)) &* 0x100_0000_01b3 }
    return value ^ (value >> 29)
  }
}
