import Knowledge
import Understanding

/// Which examples a model never sees, so that generalisation is what is measured: whole wordings, and whole entities.
///
/// Both are chosen by hash, so that a row or an item stays on its side when others are added.
public struct HoldOut: Sendable, Hashable, Codable {
  /// Share of the wordings (utterances and reply examples); all substitutions of a wording are on its side.
  public var wordings: Double
  /// Share of the items and of the graph nodes that slots name.
  public var entities: Double

  public init(wordings: Double = 0.04, entities: Double = 0.04) {
    self.wordings = wordings
    self.entities = entities
  }

  /// For the weights that ship: everything is learned from, and the pack's eval files alone measure.
  public static let nothing = HoldOut(wordings: 0, entities: 0)

  /// Case, width and punctuation make no wording of its own.
  public func holdsOut(wording: String) -> Bool {
    let folded = FoldedText.fold(wording).unicodeScalars.filter { $0.properties.isAlphabetic || $0.properties.numericType != nil }
    return StableHash.fraction(of: "wording " + String(String.UnicodeScalarView(folded))) < wordings
  }

  /// - Parameter entity: an item's id or `type:id`.
  public func holdsOut(entity: String) -> Bool { StableHash.fraction(of: "entity " + entity) < entities }
}

/// On which side of the held-out lines an example lies.
public enum CorpusSplit: String, Sendable, Codable, CaseIterable {
  case training
  /// A wording that training never shows, about entities that it does.
  case unseenWording
  /// An entity that training never names, in a wording that it does.
  case unseenEntity
}
