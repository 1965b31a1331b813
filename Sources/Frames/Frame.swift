/// The literal dialogue act of an utterance: what was said.
public enum Act: String, Codable, Sendable, CaseIterable {
  case question, statement, request, answer, greeting, thanks, goodbye
}

/// What is wanted, whatever was said.
public enum Goal: String, Codable, Sendable, CaseIterable {
  case recommend, refine, inform, compare, explain, plan, feedback, social, meta
  case outOfDomain = "out_of_domain"
}

/// What a feedback utterance says about an item or an experience.
public enum Sentiment: String, Codable, Sendable, CaseIterable {
  case positive, negative, known, chosen
}

/// How a constraint compares an item's slot with its value.
public enum ConstraintOperator: String, Codable, Sendable, CaseIterable {
  case `is`, `in`, near, lt, le, gt, ge, between
}

public enum Polarity: String, Codable, Sendable {
  case positive = "+"
  case negative = "-"
}

public enum Strength: String, Codable, Sendable {
  case must, prefer
}

/// One condition on the wanted item: `{slot, op, value, polarity, strength}` of the Frame.
public struct Constraint: Codable, Sendable, Hashable {
  public var slot: String
  public var op: ConstraintOperator
  /// One value, or several for `in` and `between`. Numbers are written as decimal text.
  public var value: [String]
  public var polarity: Polarity
  public var strength: Strength

  public init(
    slot: String, op: ConstraintOperator = .is, value: [String], polarity: Polarity = .positive,
    strength: Strength = .must
  ) {
    self.slot = slot
    self.op = op
    self.value = value
    self.polarity = polarity
    self.strength = strength
  }
}

/// A knowledge-graph node that the text names. `start` and `end` count Unicode scalars of the text, half open.
public struct EntityMention: Codable, Sendable, Hashable {
  public var id: String
  public var surface: String
  public var start: Int
  public var end: Int

  public init(id: String, surface: String, start: Int, end: Int) {
    self.id = id
    self.surface = surface
    self.start = start
    self.end = end
  }
}

/// A runner-up goal with its calibrated probability.
public struct Alternative: Codable, Sendable, Hashable {
  public var goal: Goal
  public var probability: Double

  public init(goal: Goal, probability: Double) {
    self.goal = goal
    self.probability = probability
  }
}

/// What was said and what is wanted, as semantic tokens (DESIGN: "The Frame").
public struct Frame: Codable, Sendable, Hashable {
  public var act: Act
  public var goal: Goal
  /// True when act and goal differ in force: a hint, a complaint, a question about oneself.
  public var indirect: Bool
  /// The request said directly, in the language of the user.
  public var rewrite: String
  public var entities: [EntityMention]
  public var constraints: [Constraint]
  /// Ids of items shown earlier that the text points at.
  public var references: [String]
  public var sentiment: Sentiment?
  /// BCP 47.
  public var language: String
  /// Calibrated probability of `goal`, 0...1.
  public var confidence: Double
  public var alternatives: [Alternative]

  public init(
    act: Act, goal: Goal, indirect: Bool = false, rewrite: String = "", entities: [EntityMention] = [],
    constraints: [Constraint] = [], references: [String] = [], sentiment: Sentiment? = nil,
    language: String, confidence: Double = 1, alternatives: [Alternative] = []
  ) {
    self.act = act
    self.goal = goal
    self.indirect = indirect
    self.rewrite = rewrite
    self.entities = entities
    self.constraints = constraints
    self.references = references
    self.sentiment = sentiment
    self.language = language
    self.confidence = confidence
    self.alternatives = alternatives
  }
}
