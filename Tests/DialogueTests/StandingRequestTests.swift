import Dialogue
import Foundation
import Frames
import Knowledge
import Testing

@Suite struct StandingRequestTests {
  private let standing: StandingRequest

  init() {
    var manifest = Manifest(id: "t", version: "1", name: ["en": "T"], languages: ["en"], licence: "x")
    func slot(_ name: String, group: String? = nil, node: String? = nil) -> Slot {
      var slot = Slot(name: name, type: node == nil ? .enum : .node, property: name, nodeType: node, label: ["en": name])
      slot.group = group
      return slot
    }
    manifest.slots = [
      slot("area", group: "where", node: "area"), slot("station", group: "where", node: "station"), slot("kind", group: "what"),
      slot("cuisine", group: "what"), slot("weather"), slot("price"),
    ]
    manifest.context = ["weather"]
    standing = StandingRequest(
      pack: Pack(
        folder: URL(fileURLWithPath: "/"), manifest: manifest, items: [Item(id: "x", kind: "", name: ["en": "x"])],
        graph: KnowledgeGraph(), utterances: []))
  }

  private func frame(_ goal: Goal, _ constraints: String, indirect: Bool = false, entities: [String] = []) throws -> Frame {
    Frame(
      act: .statement, goal: goal, indirect: indirect, rewrite: "rewritten",
      entities: entities.map { EntityMention(id: $0, surface: $0, start: 0, end: 1) },
      constraints: try ConstraintSyntax.parse(constraints, manifest: nil), language: "en")
  }

  /// The sum of what is said, one utterance after the other.
  private func sum(_ frames: [Frame]) -> ConversationState {
    frames.reduce(ConversationState()) { standing.merge($0, $1, text: "said") }
  }

  @Test func laterConstraintsReplaceEarlierOnesOfTheirGroup() throws {
    let state = sum([try frame(.recommend, "kind=temple;price=free"), try frame(.refine, "cuisine=ramen")])
    #expect(ConstraintSyntax.print(state.constraints) == "price=free;cuisine=ramen")
  }

  @Test func anythingButSubtracts() throws {
    let state = sum([try frame(.recommend, "kind=temple|shrine"), try frame(.refine, "kind!=temple")])
    #expect(ConstraintSyntax.print(state.constraints) == "kind=shrine;kind!=temple")
    let back = standing.merge(state, try frame(.refine, "kind=temple"), text: "said")
    #expect(ConstraintSyntax.print(back.constraints) == "kind=temple")
  }

  @Test func aNewTopicKeepsCircumstancesOnly() throws {
    let state = sum([try frame(.recommend, "weather=rain;kind=temple;price=free"), try frame(.recommend, "kind=bar")])
    #expect(ConstraintSyntax.print(state.constraints) == "weather=rain;kind=bar")
  }

  @Test func aHintAddsToWhatStands() throws {
    let state = sum([try frame(.recommend, "kind=temple"), try frame(.recommend, "weather=rain?", indirect: true)])
    #expect(ConstraintSyntax.print(state.constraints) == "kind=temple;weather=rain?")
  }

  @Test func anotherPlaceReplacesThePlace() throws {
    let state = sum([
      try frame(.recommend, "area=ueno", entities: ["area:ueno"]), try frame(.refine, "station=ebisu", entities: ["station:ebisu"]),
    ])
    #expect(ConstraintSyntax.print(state.constraints) == "station=ebisu")
    #expect(state.topics == ["station:ebisu"])
  }

  @Test func anExcludedPlaceIsNoTopic() throws {
    let state = sum([
      try frame(.recommend, "area=ueno", entities: ["area:ueno"]), try frame(.refine, "area!=ueno", entities: ["area:ueno"]),
    ])
    #expect(state.topics.isEmpty)
    #expect(ConstraintSyntax.print(state.constraints) == "area!=ueno")
  }

  @Test func talkThatWantsNothingChangesNothing() throws {
    let before = sum([try frame(.recommend, "kind=temple")])
    let after = standing.merge(before, try frame(.social, "kind=bar"), text: "thanks")
    #expect(after == before.withLanguage("en"))
  }

  @Test func theQueryStaysBounded() throws {
    var state = sum([try frame(.recommend, "")])
    for _ in 0..<100 { state = standing.merge(state, try frame(.refine, ""), text: String(repeating: "more ", count: 10)) }
    #expect(state.query.count <= 400)
  }
}

extension ConversationState {
  fileprivate func withLanguage(_ language: String) -> ConversationState {
    var copy = self
    copy.language = language
    return copy
  }
}
