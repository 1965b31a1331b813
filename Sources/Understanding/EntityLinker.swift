import Frames
import Knowledge

/// Finds the graph nodes and items that a text names: labels, aliases, kana and romaji writings, one-letter typos.
public struct EntityLinker: Sendable {
  private var table = PhraseTable<String>(fuzzyLength: 6)
  /// Earlier = preferred where one name has several nodes: an area before the station called after it.
  private let typeOrder: [String: Int]
  /// A word that people of this field say is never a misspelt name.
  private let vocabulary: FieldVocabulary

  /// Knows the words of the field from the pack's labelled utterances.
  public init(pack: Pack) { self.init(pack: pack, vocabulary: FieldVocabulary(pack.utterances)) }

  init(pack: Pack, vocabulary: FieldVocabulary) {
    self.vocabulary = vocabulary
    var order: [String: Int] = [:]
    for slot in pack.manifest.slots {
      if let type = slot.nodeType, order[type] == nil { order[type] = order.count }
    }
    typeOrder = order
    // A name that is also an everyday word of the pack ("Novel", "Shrine") would drown the slot it belongs to.
    var everyday = Set(pack.manifest.itemNoun.values.map { FoldedText.fold($0) })
    for slot in pack.manifest.slots {
      for value in slot.values {
        for words in value.synonyms.values { everyday.formUnion(words.map { FoldedText.fold($0) }) }
        everyday.formUnion(value.label.values.map { FoldedText.fold($0) })
      }
    }
    for (node, labels) in pack.graph.labels {
      var names = Array(labels.values)
      for (_, others) in pack.graph.aliases[node] ?? [:] { names += others }
      for name in Set(names) where Self.isLinkable(name, everyday: everyday) { table.add(name, node) }
    }
    for (surname, person) in Self.surnames(pack.graph) where Self.isLinkable(surname, everyday: everyday) { table.add(surname, person) }
  }

  /// The last part of a person's name ("Hitchcock", 「ヒッチコック」), where it names nothing else: people are seldom called by all of it.
  private static func surnames(_ graph: KnowledgeGraph) -> [(String, String)] {
    var taken = Set<String>()
    var owners: [String: Set<String>] = [:]
    for (node, labels) in graph.labels {
      let names = Array(labels.values) + (graph.aliases[node] ?? [:]).values.flatMap { $0 }
      taken.formUnion(names.map { FoldedText.fold($0) })
      guard KnowledgeGraph.type(of: node) == "person" else { continue }
      for name in names {
        let parts = name.split(whereSeparator: { $0 == " " || $0 == "・" })
        guard parts.count > 1, let last = parts.last, last.count >= 4 || last.unicodeScalars.allSatisfy(FoldedText.isJapanese) else {
          continue
        }
        owners[String(last), default: []].insert(node)
      }
    }
    return owners.filter { $0.value.count == 1 && !taken.contains(FoldedText.fold($0.key)) && !functionWords.contains($0.key.lowercased()) }
      .map { ($0.key, $0.value.first ?? "") }
  }

  /// Words of every sentence that are also somebody's name or a film's title: "You", "Her", "Them".
  private static let functionWords: Set<String> = [
    "you", "her", "him", "his", "she", "they", "them", "their", "who", "what", "when", "where", "why", "how", "this", "that", "these",
    "those",
    "the", "and", "but", "for", "not", "all", "any", "some", "none", "one", "two", "can", "may", "will", "would", "have", "has", "had",
    "are", "was", "were", "with", "from", "about", "into", "over", "out", "off", "more", "most", "less", "very", "yes", "our", "your",
    "its", "let", "get", "see", "now", "then", "here", "there", "too", "just", "also", "please", "anything", "something", "nothing",
  ]

  static func isLinkable(_ name: String, everyday: Set<String>) -> Bool {
    let folded = FoldedText.fold(name)
    if everyday.contains(folded) { return false }
    let scalars = folded.unicodeScalars
    if scalars.contains(where: { $0.value >= 0x4E00 && $0.value <= 0x9FFF }) { return scalars.count >= 2 }
    return scalars.count >= 3
  }

  /// Mentions in text order, longest first where names overlap.
  /// - Parameter forgiving: whether one wrong letter in a long name is forgiven.
  public func link(_ text: FoldedText, forgiving: Bool = true) -> [EntityMention] {
    table.matches(in: text, forgiving: forgiving).compactMap { match in
      // A typo is only forgiven in a word that starts like a name or is long enough not to be another word.
      let surface = text.originalString(match.range)
      let latin = FoldedText.isLatin(text.scalars[match.range.lowerBound])
      if latin, Self.functionWords.contains(surface.lowercased()),
        surface.first?.isLowercase == true || match.range.lowerBound == text.words.first?.lowerBound
      {
        return nil
      }
      if match.edits > 0, vocabulary.knows(surface) { return nil }
      if latin, match.edits == 0, match.range.count <= 6, surface.first?.isLowercase == true,
        !match.payloads.contains(where: { typeOrder[KnowledgeGraph.type(of: $0) ?? ""] != nil })
      {
        return nil
      }
      guard let best = match.payloads.min(by: { rank($0) < rank($1) }) else { return nil }
      return EntityMention(id: best, surface: surface, start: match.range.lowerBound, end: match.range.upperBound)
    }
  }

  private func rank(_ node: String) -> (Int, Int, String) {
    guard let type = KnowledgeGraph.type(of: node) else { return (1, 0, node) }
    if let order = typeOrder[type] { return (0, order, node) }
    return (2, 0, node)
  }
}
