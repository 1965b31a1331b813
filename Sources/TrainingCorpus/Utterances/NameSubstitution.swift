import Frames
import Knowledge
import LanguageModel
import Understanding

/// Names in labelled utterances for which another would do: an utterance that names one area can name another, and a question about one
/// museum can be about another museum.
///
/// A name is replaced only where the label goes with it: a node that is the value of a constraint; a kind, a dish or a genre called by
/// its own label that is the only thing of its group asked for; the one item named in an utterance without constraints.
public struct NameSubstitution: Sendable {
  /// A name in an utterance that can be replaced.
  struct Site: Sendable, Hashable {
    enum Meaning: Sendable, Hashable {
      case value(constraint: Int, value: Int)
      case item(String)
    }
    var range: Range<Int>
    var meaning: Meaning
  }

  private let pack: Pack
  private let language: String
  /// Names of nodes and labels of values → `type:id`, an item's id or `slot=value`.
  private let table: PhraseTable<String>
  private let kinds: [String: [String]]
  /// Slot → values that items have, for node slots.
  private let held: [String: [String]]

  public init(pack: Pack, language: String) {
    (self.pack, self.language) = (pack, language)
    var table = PhraseTable<String>()
    for (node, labels) in pack.graph.labels {
      for name in Set([labels[language]].compactMap { $0 } + (pack.graph.aliases[node]?[language] ?? [])) { table.add(name, node) }
    }
    for slot in pack.manifest.slots {
      for value in slot.values {
        for name in Set([value.label[language]].compactMap { $0 } + (value.synonyms[language] ?? [])) {
          table.add(name, "\(slot.name)=\(value.id)")
        }
      }
    }
    self.table = table
    kinds = Dictionary(grouping: pack.items.map(\.id)) { pack.item($0)?.kind ?? "" }.mapValues { $0.sorted() }
    held = Dictionary(
      uniqueKeysWithValues: pack.manifest.slots.filter { $0.type == .node }.map { slot in
        (slot.name, Set(pack.items.flatMap { $0.values(of: slot.name) }).sorted())
      })
  }

  /// Ids of the nodes and items that an utterance names or asks for.
  func entities(of utterance: LabelledUtterance) -> Set<String> {
    var result = Set(table.matches(in: FoldedText(utterance.text), forgiving: false).flatMap(\.payloads).filter { !$0.contains("=") })
    for constraint in utterance.constraints {
      if let type = pack.manifest.slot(constraint.slot)?.nodeType { result.formUnion(constraint.value.map { "\(type):\($0)" }) }
    }
    return result
  }

  func sites(in utterance: LabelledUtterance) -> [Site] {
    let text = FoldedText(utterance.text)
    let matches = table.matches(in: text, forgiving: false)
    var sites: [Site] = []
    for (index, constraint) in utterance.constraints.enumerated() {
      guard let slot = pack.manifest.slot(constraint.slot) else { continue }
      let found = constraint.value.enumerated().compactMap { place, value -> Site? in
        guard let name = name(of: value, slot) else { return nil }
        let named = matches.filter { $0.payloads.contains(name) }
        guard named.count == 1, let range = named.first.map({ ownName($0.range, in: text) }), stands(range, in: text) else { return nil }
        if slot.type == .enum {
          guard isAlone(constraint, slot, in: utterance), text.string(range) == label(of: value, slot).map({ FoldedText.fold($0) })
          else { return nil }
        }
        return Site(range: range, meaning: .value(constraint: index, value: place))
      }
      // One word may stand for several values: 「谷根千」 is three areas.
      if found.count == constraint.value.count { sites += found }
    }
    if utterance.constraints.isEmpty {
      let items = matches.filter { $0.payloads.contains { pack.itemIndex[$0] != nil } }
      let named = Set(items.flatMap(\.payloads).filter { pack.itemIndex[$0] != nil })
      if items.count == 1, named.count == 1, let match = items.first, let id = named.first {
        let range = ownName(match.range, in: text)
        if stands(range, in: text) { sites.append(Site(range: range, meaning: .item(id))) }
      }
    }
    // One name that stands for two values (an area and its ward) cannot be two names.
    return Set(sites.map(\.range)).count == sites.count ? sites : []
  }

  /// Whether the site names something that can be held out.
  func isEntity(_ site: Site, of utterance: LabelledUtterance) -> Bool {
    switch site.meaning {
    case .item: true
    case .value(let constraint, _): pack.manifest.slot(utterance.constraints[constraint].slot)?.type == .node
    }
  }

  /// The utterance with other names, or nil if there are none.
  /// - Parameter allowed: which node (`type:id`) or item may take the place.
  func substituted(
    _ utterance: LabelledUtterance, _ sites: [Site], allowed: (String) -> Bool, _ random: inout RandomSource
  ) -> LabelledUtterance? {
    var result = utterance
    var scalars = Array(utterance.text.unicodeScalars)
    // From the end, so that the earlier ranges stay true.
    for site in sites.sorted(by: { $0.range.lowerBound > $1.range.lowerBound }) {
      let taken = Set((utterance.constraints + result.constraints).flatMap(\.value))
      let label: String?
      switch site.meaning {
      case .value(let constraint, let place):
        guard let slot = pack.manifest.slot(result.constraints[constraint].slot) else { return nil }
        let old = self.label(of: utterance.constraints[constraint].value[place], slot) ?? ""
        let choices = (slot.type == .node ? held[slot.name] ?? [] : slot.values.map(\.id)).filter { value in
          guard !taken.contains(value), let label = self.label(of: value, slot) else { return false }
          return slot.nodeType.map { allowed("\($0):\(value)") } ?? isOfOneForm(label, old)
        }
        guard let value = random.pick(choices) else { return nil }
        result.constraints[constraint].value[place] = value
        label = self.label(of: value, slot)
      case .item(let id):
        let choices = (kinds[pack.item(id)?.kind ?? ""] ?? []).filter { $0 != id && allowed($0) }
        label = random.pick(choices).flatMap { pack.item($0)?.name[language] }
      }
      guard let label else { return nil }
      replace(site.range, by: label, in: &scalars)
    }
    var view = String.UnicodeScalarView()
    view.append(contentsOf: scalars)
    result.text = String(view)
    return result
  }

  /// The name without the "'s" behind it.
  private func ownName(_ range: Range<Int>, in text: FoldedText) -> Range<Int> {
    text.string(range).hasSuffix("'s") && range.count > 2 ? range.lowerBound..<range.upperBound - 2 : range
  }

  private func name(of value: String, _ slot: Slot) -> String? {
    switch slot.type {
    case .node: "\(slot.nodeType ?? ""):\(value)"
    case .enum where slot.hard && slot.group != nil: "\(slot.name)=\(value)"
    case .enum, .ordered, .number: nil
    }
  }

  /// The label in this language alone: a name in another is no substitute.
  private func label(of value: String, _ slot: Slot) -> String? {
    if let type = slot.nodeType { return pack.graph.labels["\(type):\(value)"]?[language] }
    return slot.values.first { $0.id == value }?.label[language]
  }

  /// Whether one common noun fits where another stood: "eel" for "ramen", not "a building worth seeing" or "parfaits".
  private func isOfOneForm(_ one: String, _ other: String) -> Bool {
    func form(_ label: String) -> [Int] {
      [
        label.split(separator: " ").count, label.split(separator: "・").count, label.hasSuffix("s") ? 1 : 0,
        label.first?.isUppercase == true ? 1 : 0,
      ]
    }
    return form(one) == form(other)
  }

  private func isAlone(_ constraint: Constraint, _ slot: Slot, in utterance: LabelledUtterance) -> Bool {
    constraint.value.count == 1 && utterance.constraints.filter { pack.manifest.slot($0.slot)?.group == slot.group }.count == 1
  }

  /// Whether the name stands for itself and is no part of another: not "Ueno Station", not 「上野動物園」.
  private func stands(_ range: Range<Int>, in text: FoldedText) -> Bool {
    let before = range.lowerBound > 0 ? text.original[range.lowerBound - 1] : " "
    if language == "ja" {
      let after = text.original[range.upperBound...].first ?? "。"
      return !Self.isNameLike(before) && (!Self.isNameLike(after) || Self.following.contains(after))
    }
    let rest = text.original[range.upperBound...]
    let next = rest.drop { $0 == " " }.first ?? "."
    return !(rest.first == "-" || rest.first == " " && next.properties.isUppercase) && before != "-"
  }

  private static func isNameLike(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.value {
    case 0x4E00...0x9FFF, 0x3005, 0x30A1...0x30FA, 0x30FC: true
    default: false
    }
  }

  /// Kanji that may follow a name and do not belong to it: 周辺, 近く, 方面, 以外, 出身, 監督, 出演, 映画, 作品.
  private static let following = Set("周近辺方以界内発着付行監出映作主前後散観".unicodeScalars)

  private func replace(_ range: Range<Int>, by label: String, in scalars: inout [Unicode.Scalar]) {
    let old = String(String.UnicodeScalarView(scalars[range]))
    var new = label
    let cased = old.contains { $0.isCased }
    if cased, old == old.lowercased() { new = new.lowercased() } else if cased, old == old.uppercased() { new = new.uppercased() }
    if old.first?.isUppercase == true, range.lowerBound == 0 { new = new.prefix(1).uppercased() + new.dropFirst() }
    var start = range.lowerBound
    if language == "en" {
      // "a museum" → "an aquarium".
      let before = String(String.UnicodeScalarView(scalars[..<start])).split(separator: " ", omittingEmptySubsequences: false).suffix(2)
      if before.count == 2, before.last == "", let article = before.first, ["a", "an"].contains(article.lowercased()) {
        start -= article.count + 1
        let correct = IndefiniteArticle.before(new)
        new = (article.first?.isUppercase == true ? correct.prefix(1).uppercased() + correct.dropFirst() : correct) + " " + new
      }
    }
    scalars.replaceSubrange(start..<range.upperBound, with: new.unicodeScalars)
  }
}
