import Frames

/// How one language says what is not a fact of the pack: greetings, transitions, questions back.
public protocol Wording: Sendable {
  /// Between two sentences: a space, or nothing in Japanese.
  var space: String { get }
  var comma: String { get }
  func sentence(_ clause: String) -> String
  func list(_ names: [String], or: Bool) -> String
  func quoted(_ name: String) -> String

  func lead(noun: String, topic: String?, seed: Int) -> String
  func more(noun: String, seed: Int) -> String
  func refined(_ wishes: [String]) -> String
  /// The literal answer to a question about the listener's own life.
  func ownExperience(_ question: OwnQuestion) -> String
  func relaxed(_ wishes: [String], noun: String) -> String
  func exhausted(noun: String) -> String
  func clarify(_ goals: [Goal], noun: String, topic: String?) -> String
  func plan(noun: String, stops: Int) -> String
  func stop(_ index: Int) -> String
  func walk(metres: Int) -> String
  /// - Parameter ways: whether there are ways between the stops that are not counted in.
  func total(minutes: Int, ways: Bool) -> String
  func better(_ name: String, _ slot: String, _ value: String) -> String
  func compareNeedsTwo(noun: String) -> String
  func same(_ slot: String, _ value: String) -> String
  /// Which of the items on screen have a property: all, some or none of them.
  func sifted(_ wish: String, having: [String], of count: Int, noun: String) -> String
  func why(_ name: String) -> String
  func nothingToExplain() -> String
  func unknown(_ subject: String?) -> String
  func known(_ subject: String) -> String
  func yes() -> String
  func no() -> String
  func feedback(_ sentiment: Sentiment, _ names: [String]) -> String
  func instead(noun: String) -> String
  func social(_ act: Act, _ kind: SocialKind, packName: String, noun: String, seed: Int) -> String
  func meta(_ kind: MetaKind, packName: String, noun: String, description: String) -> String
  func outOfDomain(packName: String, noun: String) -> String
}

/// A question about the listener: "Have you been…?", "Have you seen…?", "Do you like…?"
public enum OwnQuestion: Sendable { case been, seen, tasted, like, know, other }

public enum SocialKind: Sendable { case greeting, howAreYou, thanks, goodbye, praise, smallTalk }

public enum MetaKind: Sendable { case help, history, forget, restart, language, pack, about }

/// The wording of a language, English for one we do not have.
public func wording(for language: String) -> any Wording {
  language.hasPrefix("ja") ? JapaneseWording() : EnglishWording()
}
