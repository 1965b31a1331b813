import Frames

/// Text per language: BCP 47 primary tag → text.
public typealias LocalizedText = [String: String]

/// How the values of a slot behave.
public enum SlotType: String, Codable, Sendable, CaseIterable {
  /// A closed list of words.
  case `enum`
  /// A closed list with an order, first value lowest.
  case ordered
  /// A decimal number.
  case number
  /// The id of a graph node; the item property holds the id without its type prefix.
  case node
}

/// One value of an enumerated or ordered slot, with the words people use for it.
public struct SlotValue: Sendable, Hashable {
  public var id: String
  public var label: LocalizedText
  /// Phrases that name the value, per language, lower case.
  public var synonyms: [String: [String]]
  /// Phrases that hold one of those words and do not mean the value: "free time" is no price.
  public var except: [String: [String]]

  public init(id: String, label: LocalizedText, synonyms: [String: [String]], except: [String: [String]] = [:]) {
    self.id = id
    self.label = label
    self.synonyms = synonyms
    self.except = except
  }
}

/// A stretch of a number slot that people have words for: at most 5 minutes from the station is "close to the station".
public struct SlotRange: Sendable, Hashable {
  public var id: String
  /// `le` or `ge`.
  public var op: ConstraintOperator
  public var bound: Double
  public var label: LocalizedText
  /// Phrases that name the range, per language, lower case.
  public var synonyms: [String: [String]]

  public init(id: String, op: ConstraintOperator, bound: Double, label: LocalizedText, synonyms: [String: [String]]) {
    self.id = id
    self.op = op
    self.bound = bound
    self.label = label
    self.synonyms = synonyms
  }

  public func contains(_ number: Double) -> Bool { op == .le ? number <= bound : number >= bound }
}

/// One slot of the pack: a property of items that a request can constrain.
public struct Slot: Sendable, Hashable {
  public var name: String
  public var type: SlotType
  /// Dotted path of the property in `items.jsonl`, e.g. `address.area`.
  public var property: String
  /// For `node` slots: the type prefix of the nodes, e.g. `area`.
  public var nodeType: String?
  /// For `node` slots: the predicate under which the item's value is a fact of the graph.
  public var predicate: String?
  public var label: LocalizedText
  /// In order for `ordered` slots.
  public var values: [SlotValue]
  /// Named stretches of a `number` slot, in order.
  public var ranges: [SlotRange] = []
  /// What an extracted constraint on this slot weighs when the user did not say.
  public var hard: Bool
  /// A wish on it outlives a change of topic: who is in Yanaka and now wants coffee wants it in Yanaka.
  public var lasting = false
  /// Slots of one group answer the same question ("where", "what"): naming one anew replaces the others.
  public var group: String?
  /// Phrases by which people ask for it, per language, lower case.
  public var asked: [String: [String]] = [:]
  /// Sentence part used in reasons, with `{v}` for the value's label, per language.
  public var reason: LocalizedText

  public init(
    name: String, type: SlotType, property: String, nodeType: String? = nil, predicate: String? = nil,
    label: LocalizedText, values: [SlotValue] = [], hard: Bool = false, reason: LocalizedText = [:]
  ) {
    self.name = name
    self.type = type
    self.property = property
    self.nodeType = nodeType
    self.predicate = predicate
    self.label = label
    self.values = values
    self.hard = hard
    self.reason = reason
  }

  /// The range that a constraint on this slot names, if it names one.
  public func range(of constraint: Constraint) -> SlotRange? {
    ranges.first { $0.op == constraint.op && Double(constraint.value.first ?? "") == $0.bound }
  }

  /// What lies on the other side of a range: what is not famous is little known.
  public func opposite(of range: SlotRange) -> SlotRange? { ranges.first { $0.op != range.op } }
}

/// A predicate of the graph and how it is said and asked about.
public struct Relation: Sendable, Hashable {
  public var predicate: String
  /// Sentence per language with `{s}` and `{o}`, e.g. `{s} was designed by {o}`.
  public var sentence: LocalizedText
  /// Phrases by which people ask for it, per language, lower case.
  public var asked: [String: [String]]
  /// Weight of one hop along it in graph retrieval, 0...1; 0 = never walked.
  public var weight: Double
  /// True when the graph lists every object a subject has, so that what is not listed is not so.
  public var complete: Bool

  public init(
    predicate: String, sentence: LocalizedText, asked: [String: [String]], weight: Double, complete: Bool = false
  ) {
    self.complete = complete
    self.predicate = predicate
    self.sentence = sentence
    self.asked = asked
    self.weight = weight
  }
}

/// How a pack ranks.
public struct RankingPolicy: Codable, Sendable, Hashable {
  /// 0 = popular first, 1 = hidden gems first.
  public var niche: Double
  /// 0...1, weight of diversity against score in the top of the list.
  public var diversity: Double
  /// Slot whose repetition the diversity step avoids first.
  public var diversitySlots: [String]

  public init(niche: Double = 0.4, diversity: Double = 0.3, diversitySlots: [String] = ["kind"]) {
    self.niche = niche
    self.diversity = diversity
    self.diversitySlots = diversitySlots
  }
}

/// Which language model a pack is served with.
public struct ModelChoice: Sendable, Hashable {
  /// A GGUF file of the pack (`models/own.gguf`), or the name of a model of the installation (`osusume-base`).
  public var language: String
  /// A LoRA adapter of the pack for it (`models/adapter.gguf`).
  public var adapter: String?

  public init(language: String, adapter: String? = nil) { (self.language, self.adapter) = (language, adapter) }
}

/// `pack.yaml`: everything about a field that is not an item, a fact or an utterance.
public struct Manifest: Sendable, Hashable {
  public var id: String
  public var version: String
  public var name: LocalizedText
  public var description: LocalizedText
  public var languages: [String]
  public var licence: String
  public var slots: [Slot]
  public var relations: [Relation]
  /// Names of the context features a turn may carry, e.g. `weather`.
  public var context: [String]
  public var ranking: RankingPolicy
  /// What one item is called, per language, e.g. `place` / `場所`.
  public var itemNoun: LocalizedText
  /// Reply wordings by key, per language: see PACKS.md.
  public var phrases: [String: [String: [String]]]
  /// The numeric slot that says how many minutes an item takes, for plans.
  public var durationSlot: String?
  /// Below this probability of the goal the reply asks back.
  public var clarifyBelow: Double
  /// Nil for a pack whose replies have the plain wording.
  public var models: ModelChoice?

  public init(
    id: String, version: String, name: LocalizedText, description: LocalizedText = [:], languages: [String],
    licence: String, slots: [Slot] = [], relations: [Relation] = [], context: [String] = [],
    ranking: RankingPolicy = RankingPolicy(), itemNoun: LocalizedText = [:],
    phrases: [String: [String: [String]]] = [:], clarifyBelow: Double = 0.5
  ) {
    self.id = id
    self.version = version
    self.name = name
    self.description = description
    self.languages = languages
    self.licence = licence
    self.slots = slots
    self.relations = relations
    self.context = context
    self.ranking = ranking
    self.itemNoun = itemNoun
    self.phrases = phrases
    self.clarifyBelow = clarifyBelow
  }

  public func slot(_ name: String) -> Slot? { slots.first { $0.name == name } }
  /// Predicates under which the items' own node slots are facts.
  public var slotPredicates: Set<String> { Set(slots.compactMap(\.predicate)) }
  public func relation(_ predicate: String) -> Relation? { relations.first { $0.predicate == predicate } }
}
