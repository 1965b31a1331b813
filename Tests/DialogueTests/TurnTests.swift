import Composition
import Dialogue
import Foundation
import Frames
import Knowledge
import Replies
import Testing
import Understanding

@Suite struct TurnTests {
  private let engine: TurnEngine
  private var pack: Pack { engine.runtime.pack }

  init() throws { engine = TurnEngine(runtime: try Shipped.tokyo()) }

  private func talk(_ texts: String...) throws -> [TurnOutcome] {
    var state = ConversationState()
    return try texts.map { text in
      let outcome = try engine.turn(TurnInput(text: text), state: state)
      state = outcome.state
      return outcome
    }
  }

  @Test func nothingComesBackUnasked() throws {
    let outcomes = try talk("Any temples to see?", "What else is there?", "More please", "anything else?")
    var seen = Set<String>()
    for outcome in outcomes {
      #expect(!outcome.items.isEmpty)
      #expect(seen.isDisjoint(with: outcome.items.map(\.id)))
      seen.formUnion(outcome.items.map(\.id))
    }
  }

  @Test func hardConstraintsHold() throws {
    let outcome = try #require(try talk("I'm looking for a shrine in Asakusa").last)
    if outcome.relaxed == 0 {
      for item in outcome.items {
        let found = try #require(pack.item(item.id))
        #expect(found.kind == "shrine" && found.attributes["area"] == [.text("asakusa")])
      }
    }
  }

  @Test func whatIsGivenUpIsSaid() throws {
    // No zoo stands in Tsukiji: something must go, and the reply must say what.
    let outcome = try #require(try talk("A zoo in Tsukiji please").last)
    #expect(outcome.relaxed > 0)
    #expect(outcome.reply.contains("let go of “zoo”"))
  }

  @Test func reasonsNameWhatTheItemReallyMeets() throws {
    for text in ["Somewhere quiet and free in Yanaka", "雨の日でも子どもが楽しめるところ", "Where did Natsume Soseki go?"] {
      for item in try #require(try talk(text).last).items {
        #expect(!item.reasons.isEmpty)
        for reason in item.reasons where pack.manifest.slot(reason.path[0]) != nil {
          let values = pack.item(item.id)?.attributes[reason.path[0]]?.compactMap(\.text) ?? []
          if pack.manifest.slot(reason.path[0])?.type == .enum { #expect(!Set(values).isDisjoint(with: reason.path.dropFirst())) }
        }
        for reason in item.reasons where reason.path.count >= 3 && reason.path[1].contains("_") {
          #expect(holds(reason.path), "\(reason.path)")
        }
      }
    }
  }

  /// Every step of a path is a fact of the graph, in its direction.
  private func holds(_ path: [String]) -> Bool {
    stride(from: 0, to: path.count - 2, by: 2).allSatisfy { index in
      let backwards = path[index + 1].hasSuffix("^-1")
      let predicate = backwards ? String(path[index + 1].dropLast(3)) : path[index + 1]
      let (subject, object) = backwards ? (path[index + 2], path[index]) : (path[index], path[index + 2])
      return pack.graph.facts(about: subject).contains { $0.predicate == predicate && $0.object == object }
    }
  }

  @Test func rejectedItemsStayAway() throws {
    let first = try #require(try talk("Any good gardens?").first)
    var state = first.state
    state.rejected = [first.items[0].id]
    state.seen = []
    let again = try engine.turn(TurnInput(text: "Any good gardens?"), state: state)
    #expect(!again.items.map(\.id).contains(first.items[0].id))
  }

  @Test func theReplyIsInTheUsersLanguage() throws {
    let outcomes = try talk("Somewhere for coffee", "もっと安いところ")
    #expect(outcomes[0].frame.language == "en")
    #expect(outcomes[1].frame.language == "ja")
    #expect(outcomes[1].items.allSatisfy { pack.item($0.id)?.name["ja"] == $0.name })
  }

  @Test func whatThePackDoesNotHoldIsUnknown() throws {
    let outcome = try #require(try talk("Does Senso-ji have free wifi?").last)
    if outcome.frame.goal == .inform { #expect(outcome.saysUnknown) }
  }

  @Test func aClaimWithoutEvidenceIsCaught() throws {
    let checker = engine.runtime.checker
    let name = try #require(pack.items.first?.name["en"])
    let invented = Reply(["It was built in 1432 by \(name)."], evidence: [])
    #expect(checker.unsupported(invented, userText: "") == [name, "1432"])
    let supported = Reply(["It was built in 1432 by \(name)."], evidence: ["\(name), built in 1432"])
    #expect(checker.unsupported(supported, userText: "").isEmpty)
    #expect(checker.unsupported(Reply(["1. one\n2. two"]), userText: "").isEmpty)
  }
}
