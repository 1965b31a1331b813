import Frames
import Foundation
import Knowledge

/// What a turn gets to work with.
public struct TurnInput: Sendable {
  public var text: String
  /// Context features, e.g. `weather: rain`.
  public var context: [String: String]
  /// How many items to show at most.
  public var limit: Int

  public init(text: String, context: [String: String] = [:], limit: Int = 5) {
    self.text = text
    self.context = context
    self.limit = limit
  }
}

/// What a turn produced, before it is recorded.
public struct TurnOutcome: Sendable {
  public var frame: Frame
  public var items: [RecommendedItem]
  public var reply: String
  public var state: ConversationState
  public var timing: Timing
}
