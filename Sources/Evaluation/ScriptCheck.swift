import Foundation
import Frames
import Knowledge
import Retrieval

/// Holds an answer of `chat.send` against what a step expects.
public struct ScriptCheck: Sendable {
  private let pack: Pack
  private let matcher: ConstraintMatcher

  public init(pack: Pack) {
    self.pack = pack
    matcher = ConstraintMatcher(pack: pack)
  }

  /// What does not hold, in words; empty when all holds.
  /// - Parameter seen: ids shown earlier in the conversation.
  public func failures(_ step: ConversationScript.Step, answer: JSONValue, seen: Set<String>) throws -> [String] {
    var failures: [String] = []
    guard let frame = try answer["frame"]?.decode(Frame.self) else { return ["the answer has no frame"] }
    let items = try answer["items"]?.decode([RecommendedItem].self) ?? []
    let reply = answer["reply"]?.string ?? ""
    if let expected = step.frame { check(expected, frame, &failures) }
    if let expected = step.items { try check(expected, items, seen, &failures) }
    for text in step.reply?.contains ?? [] where !reply.contains(text) { failures.append("the reply lacks \"\(text)\": \(reply)") }
    for text in step.reply?.lacks ?? [] where reply.contains(text) { failures.append("the reply holds \"\(text)\": \(reply)") }
    return failures
  }

  private func check(_ expected: ConversationScript.FrameExpectation, _ frame: Frame, _ failures: inout [String]) {
    func equal<T: Equatable>(_ name: String, _ wanted: T?, _ got: T?) {
      if let wanted, wanted != got { failures.append("\(name) is \(got.map { "\($0)" } ?? "none"), not \(wanted)") }
    }
    equal("act", expected.act, frame.act)
    equal("goal", expected.goal, frame.goal)
    equal("indirect", expected.indirect, frame.indirect)
    equal("language", expected.language, frame.language)
    equal("sentiment", expected.sentiment, frame.sentiment)
    for id in expected.entities ?? [] where !frame.entities.contains(where: { $0.id == id }) {
      failures.append("entity \(id) is not among \(frame.entities.map(\.id))")
    }
    for id in expected.references ?? [] where !frame.references.contains(id) {
      failures.append("reference \(id) is not among \(frame.references)")
    }
    let found = ConstraintSyntax.print(frame.constraints).split(separator: ";").map { String($0).replacing("?", with: "") }
    for text in expected.constraints ?? [] where !found.contains(text) { failures.append("constraint \(text) is not among \(found)") }
  }

  private func check(
    _ expected: ConversationScript.ItemExpectation, _ items: [RecommendedItem], _ seen: Set<String>, _ failures: inout [String]
  ) throws {
    let ids = items.map(\.id)
    if let least = expected.least, ids.count < least { failures.append("\(ids.count) items, fewer than \(least)") }
    if let most = expected.most, ids.count > most { failures.append("\(ids.count) items, more than \(most)") }
    for condition in expected.all ?? [] {
      for id in ids where try !meets(id, condition) { failures.append("\(id) does not meet \(condition)") }
    }
    for condition in expected.some ?? [] where try !ids.contains(where: { try meets($0, condition) }) {
      failures.append("none of \(ids) meets \(condition)")
    }
    if let any = expected.any, Set(any).isDisjoint(with: ids) { failures.append("none of \(any) is among \(ids)") }
    for id in expected.none ?? [] where ids.contains(id) { failures.append("\(id) is shown") }
    if expected.fresh == true { for id in ids where seen.contains(id) { failures.append("\(id) was shown before") } }
    if let exact = expected.ids, exact != ids { failures.append("items are \(ids), not \(exact)") }
  }

  private func meets(_ id: String, _ condition: String) throws -> Bool {
    guard let index = pack.itemIndex[id] else { return false }
    return try ConstraintSyntax.parse(condition, manifest: pack.manifest).allSatisfy { matcher.meets(index, $0) == true }
  }
}
