import Frames
import Knowledge

/// All that the pack holds of one item, as lines that a model is shown and a reply is checked against.
public struct ItemDossier: Sendable {
  public let id: String
  public let name: String
  /// What it is, what it is like, what is known of it; one statement a line.
  public let statements: [String]

  /// - Parameter item: nil for one that is talked of without having been ranked, which has no reasons.
  public init?(_ id: String, item: RecommendedItem? = nil, pack: Pack, language: String) {
    guard let known = pack.item(id) else { return nil }
    let lines = ItemLines(pack: pack, language: language, words: wording(for: language))
    self.id = id
    name = known.name(in: language)
    var statements: [String] = []
    if !known.kind.isEmpty { statements.append(pack.valueLabel(known.kind, slot: "kind", language: language)) }
    if let about = known.description[language] { statements.append(about) }
    statements += pack.manifest.slots.filter { $0.name != "kind" && $0.name != "popularity" }.compactMap { lines.clause(of: $0, known) }
    let own = pack.manifest.slotPredicates
    statements +=
      item?.facts
      ?? pack.graph.facts(about: id).filter { !own.contains($0.predicate) }.prefix(6).compactMap {
        pack.sentence(subject: $0.subject, predicate: $0.predicate, object: $0.object, literal: $0.isLiteral, language: language)
      }
    self.statements = statements
  }

  public var text: String { "\(name): " + statements.joined(separator: "; ") }
}
