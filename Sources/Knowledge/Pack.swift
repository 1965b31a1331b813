import Foundation
import Frames

/// A labelled utterance of `language/utterances.<lang>.tsv` or `eval/utterances.<lang>.tsv`.
public struct LabelledUtterance: Sendable, Hashable {
  public var text: String
  public var language: String
  public var act: Act
  public var goal: Goal
  public var indirect: Bool
  public var constraints: [Constraint]
  public var sentiment: Sentiment?
  /// Node or item ids named; only in eval files.
  public var entities: [String]
  /// `dev` or `test`; only in eval files.
  public var half: String?

  public init(
    text: String, language: String, act: Act, goal: Goal, indirect: Bool, constraints: [Constraint] = [],
    sentiment: Sentiment? = nil, entities: [String] = [], half: String? = nil
  ) {
    self.text = text
    self.language = language
    self.act = act
    self.goal = goal
    self.indirect = indirect
    self.constraints = constraints
    self.sentiment = sentiment
    self.entities = entities
    self.half = half
  }
}

/// A request with graded relevant items, of `eval/requests.<lang>.tsv`.
public struct EvalRequest: Sendable, Hashable {
  public var text: String
  public var language: String
  /// item id → gain (1 relevant, 2 ideal)
  public var relevant: [String: Int]
  public var half: String

  public init(text: String, language: String, relevant: [String: Int], half: String) {
    self.text = text
    self.language = language
    self.relevant = relevant
    self.half = half
  }
}

/// A domain pack read into memory: immutable, shared by every turn that began on it.
public struct Pack: Sendable {
  public var folder: URL
  public var manifest: Manifest
  public var items: [Item]
  public var itemIndex: [String: Int]
  /// graph.tsv plus the facts that follow from the items' node slots; item names are its labels too.
  public var graph: KnowledgeGraph
  public var utterances: [LabelledUtterance]
  /// Wordings of replies that the pack's model learns from.
  public var replies: [ReplyExample] = []
  /// The pack's benchmark; nothing is trained on it.
  public var evalUtterances: [LabelledUtterance] = []
  public var evalRequests: [EvalRequest] = []

  public init(
    folder: URL, manifest: Manifest, items: [Item], graph: KnowledgeGraph, utterances: [LabelledUtterance]
  ) {
    self.folder = folder
    self.manifest = manifest
    self.items = items
    self.itemIndex = Dictionary(items.enumerated().map { ($1.id, $0) }, uniquingKeysWith: { first, _ in first })
    self.graph = graph
    self.utterances = utterances
  }

  public func item(_ id: String) -> Item? { itemIndex[id].map { items[$0] } }
}
