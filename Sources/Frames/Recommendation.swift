/// Why an item is shown: the evidence that was really used.
public struct Reason: Codable, Sendable, Hashable {
  /// One line for a person, in the language of the turn.
  public var text: String
  /// Graph path or constraint behind it: node and predicate ids in turn, e.g. `["person:x", "created_by^-1", "work:y", ...]`.
  public var path: [String]
  /// Share of the item's score that this evidence gave, 0...1.
  public var share: Double

  public init(text: String, path: [String], share: Double = 0) {
    self.text = text
    self.path = path
    self.share = share
  }
}

/// One recommended item as it goes over the wire and into history.
public struct RecommendedItem: Codable, Sendable, Hashable {
  public var id: String
  public var name: String
  public var score: Double
  public var reasons: [Reason]
  /// Facts of the pack that the reply may state, as `[predicate, object]` text in the language of the turn.
  public var facts: [String]

  public init(id: String, name: String, score: Double, reasons: [Reason], facts: [String]) {
    self.id = id
    self.name = name
    self.score = score
    self.reasons = reasons
    self.facts = facts
  }
}

/// Milliseconds spent in each stage of a turn.
public struct Timing: Codable, Sendable, Hashable {
  public var understand: Double
  public var retrieve: Double
  public var rank: Double
  public var respond: Double
  public var record: Double

  public init(
    understand: Double = 0, retrieve: Double = 0, rank: Double = 0, respond: Double = 0, record: Double = 0
  ) {
    self.understand = understand
    self.retrieve = retrieve
    self.rank = rank
    self.respond = respond
    self.record = record
  }
}

/// The standing request and what the conversation has shown: what a conversation needs to resume after a restart.
public struct ConversationState: Codable, Sendable, Hashable {
  public var constraints: [Constraint]
  /// Graph nodes the request is about (areas, people, works ...).
  public var topics: [String]
  /// Free words of the request, for lexical and dense retrieval.
  public var query: String
  public var language: String
  /// Items of the last list in the order shown.
  public var shown: [String]
  /// Everything shown in this conversation: not shown again unless asked.
  public var seen: [String]
  public var liked: [String]
  public var rejected: [String]
  public var known: [String]
  public var chosen: [String]
  /// The item that was last talked about since the last list: what "it" and 「それ」 mean.
  public var focus: String?
  /// The node that the last answer was about or led to: whom "he" and 「その人」 mean.
  public var mentioned: String?

  public init() {
    constraints = []
    topics = []
    query = ""
    language = ""
    shown = []
    seen = []
    liked = []
    rejected = []
    known = []
    chosen = []
  }
}

/// Everything one turn produced: the result of `chat.send` and the unit that history records.
public struct TurnRecord: Codable, Sendable, Hashable {
  public var conversation: String
  /// 1 for the first turn of a conversation.
  public var turn: Int
  public var pack: String
  public var user: String
  public var text: String
  public var reply: String
  public var frame: Frame
  public var items: [RecommendedItem]
  public var state: ConversationState
  public var timing: Timing

  public init(
    conversation: String, turn: Int, pack: String, user: String, text: String, reply: String, frame: Frame,
    items: [RecommendedItem], state: ConversationState, timing: Timing
  ) {
    self.conversation = conversation
    self.turn = turn
    self.pack = pack
    self.user = user
    self.text = text
    self.reply = reply
    self.frame = frame
    self.items = items
    self.state = state
    self.timing = timing
  }
}

/// An explicit or implicit signal about an item.
public enum FeedbackKind: String, Codable, Sendable, CaseIterable {
  case like, dislike, known, chosen, rating, impression, open, dwell, skip
}
