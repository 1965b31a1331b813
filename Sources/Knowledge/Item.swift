/// A value of an item's slot.
public enum AttributeValue: Sendable, Hashable {
  case text(String)
  case number(Double)

  public var text: String? { if case .text(let value) = self { value } else { nil } }
  public var number: Double? { if case .number(let value) = self { value } else { nil } }
  /// The value's id, or the number as it is said.
  public var written: String {
    switch self {
    case .text(let text): text
    case .number(let number): number.plain
    }
  }
}

/// One item of the catalogue.
public struct Item: Sendable, Hashable, Identifiable {
  public var id: String
  public var kind: String
  public var name: LocalizedText
  public var alternateNames: [String: [String]]
  public var description: LocalizedText
  public var keywords: [String: [String]]
  /// By slot name; several values where the property is a list. Slots without a value are absent.
  public var attributes: [String: [AttributeValue]]
  /// Degrees, WGS 84.
  public var latitude: Double?
  public var longitude: Double?
  /// 1 (hidden gem) ... 5 (world-famous).
  public var popularity: Double

  public init(
    id: String, kind: String, name: LocalizedText, alternateNames: [String: [String]] = [:],
    description: LocalizedText = [:], keywords: [String: [String]] = [:],
    attributes: [String: [AttributeValue]] = [:], latitude: Double? = nil, longitude: Double? = nil,
    popularity: Double = 3
  ) {
    self.id = id
    self.kind = kind
    self.name = name
    self.alternateNames = alternateNames
    self.description = description
    self.keywords = keywords
    self.attributes = attributes
    self.latitude = latitude
    self.longitude = longitude
    self.popularity = popularity
  }

  /// Name in `language`, else in any language, else the id.
  public func name(in language: String) -> String { name[language] ?? name["en"] ?? name.values.sorted().first ?? id }

  /// What the item has under a slot, numbers as they are said; empty where it has nothing.
  public func values(of slot: String) -> [String] { (attributes[slot] ?? []).map(\.written) }
}
