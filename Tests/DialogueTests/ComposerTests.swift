import Composition
import Dialogue
import Frames
import Knowledge
import LanguageModel
import Retrieval
import Synchronization
import Testing

/// A model that writes what a test says, in pieces of three characters.
private struct ScriptedModel: TextGenerator {
  struct Down: Error {}

  var text: String
  /// Characters after which it fails; nil for never.
  var failsAfter: Int?
  var seen: @Sendable ([ChatMessage]) -> Void = { _ in }

  func generate(_ request: TextRequest) -> AsyncThrowingStream<TextEvent, any Error> {
    seen(request.messages)
    let (text, limit) = (text, failsAfter)
    return AsyncThrowingStream { continuation in
      var rest = Substring(limit.map { text.prefix($0) } ?? text[...])
      while !rest.isEmpty {
        continuation.yield(.text(String(rest.prefix(3))))
        rest = rest.dropFirst(3)
      }
      if limit == nil {
        continuation.yield(.ended(TextEnd(.stop)))
        continuation.finish()
      } else {
        continuation.finish(throwing: Down())
      }
    }
  }
}

@Suite struct ComposerTests {
  private let engine: TurnEngine
  private let tally = CompositionTally()

  init() throws { engine = TurnEngine(runtime: try Shipped.tokyo()) }

  private func compose(
    _ text: String, with model: ScriptedModel, state: ConversationState = ConversationState()
  ) async throws -> (outcome: TurnOutcome, plain: TurnOutcome, emitted: String) {
    let runtime = engine.runtime
    let composer = ReplyComposer(
      model, pack: runtime.pack, understander: runtime.understander, matcher: runtime.retriever.matcher, tally: tally)
    let emitted = Emitted()
    let outcome = try await engine.turn(TurnInput(text: text), state: state, composer: composer, transcript: []) { await emitted.add($0) }
    return (outcome, try engine.turn(TurnInput(text: text), state: state), await emitted.text)
  }

  private actor Emitted {
    var text = ""
    func add(_ part: String) { text += part }
  }

  private func first(_ text: String) throws -> Item {
    let outcome = try engine.turn(TurnInput(text: text), state: ConversationState())
    return try #require(outcome.items.first.flatMap { engine.runtime.pack.item($0.id) })
  }

  @Test func supportedSentencesStandBeforeTheList() async throws {
    let question = "I'm looking for a shrine in Asakusa"
    let item = try first(question)
    let name = item.name(in: "en")
    let sentence = "For a shrine in Asakusa, \(name) comes to mind. "
    let (outcome, plain, emitted) = try await compose(question, with: ScriptedModel(text: "<think>Which?\n</think>\n\n" + sentence))
    #expect(outcome.reply.contains("For a shrine in Asakusa, \(name) comes to mind."))
    #expect(!outcome.reply.contains("think"))
    #expect(outcome.reply.contains("1. \(name) (shrine)\n"))
    #expect(emitted == outcome.reply && outcome.parts.joined() == outcome.reply)
    #expect(outcome.items == plain.items && outcome.state == plain.state && outcome.unsupportedClaims.isEmpty)
    #expect(tally.counts.written == 1 && tally.counts.refusedSentences == 0)
  }

  @Test(arguments: [
    "It has 73 stone lanterns.", "Nobody knows the Velvet Lantern Shrine nearby.", "Tokyo Tower stands right behind it.",
    "It is an aquarium.",
  ])
  func aSentenceThatStatesMoreIsNotSent(_ lie: String) async throws {
    let question = "I'm looking for a shrine in Asakusa"
    let name = try first(question).name(in: "en")
    let (outcome, _, emitted) = try await compose(question, with: ScriptedModel(text: "\(name) is a shrine. \(lie) More of that."))
    #expect(outcome.reply.hasPrefix("\(name) is a shrine."))
    #expect(!outcome.reply.contains(lie) && !outcome.reply.contains("More of that"))
    #expect(outcome.reply.contains("1. \(name)"))
    #expect(emitted == outcome.reply)
    #expect(tally.counts.refusedSentences == 1 && tally.counts.partly == 1)
  }

  @Test(arguments: ["その神社には73基の灯籠があります。", "近くの「月影堂」もよいです。", "東京タワーの隣です。", "水族館です。"])
  func japaneseSentencesAreHeldToTheSame(_ lie: String) async throws {
    let question = "浅草で神社を探しています"
    let name = try first(question).name(in: "ja")
    let (outcome, _, _) = try await compose(question, with: ScriptedModel(text: "\(name)は浅草の神社です。\(lie)"))
    #expect(outcome.reply.hasPrefix("\(name)は浅草の神社です。"))
    #expect(!outcome.reply.contains(lie))
    #expect(tally.counts.refusedSentences == 1)
  }

  @Test func aModelThatFailsLeavesThePlainWording() async throws {
    let question = "Somewhere quiet with my mother"
    let model = ScriptedModel(text: "It broke", failsAfter: 5)
    let (outcome, plain, _) = try await compose(question, with: model)
    #expect(outcome.items == plain.items && !outcome.reply.contains("It br"))
    for item in plain.items { #expect(outcome.reply.contains(item.name)) }
    #expect(tally.counts.failed == 1 && tally.counts.plain == 1)
    let (silent, _, _) = try await compose(question, with: ScriptedModel(text: " \n"))
    #expect(silent.reply.contains("1. ") && tally.counts.empty == 1)
  }

  @Test func anAnswerIsTheModelsWhereItIsSupported() async throws {
    let asked = "Which station is Zojoji near?"
    let (outcome, plain, _) = try await compose(asked, with: ScriptedModel(text: "Zojoji is near Shibakoen Station."))
    #expect(plain.frame.goal == .inform)
    #expect(outcome.reply == "Zojoji is near Shibakoen Station.")
    let (refused, _, _) = try await compose(asked, with: ScriptedModel(text: "Zojoji is near Ueno Station."))
    #expect(refused.reply == plain.reply)
  }

  @Test func smallTalkNeedsNoModel() async throws {
    let (outcome, plain, emitted) = try await compose("thank you!", with: ScriptedModel(text: "You are welcome to Mars."))
    #expect(outcome.reply == plain.reply && emitted == plain.reply && tally.counts.requested == 0)
  }

  @Test func theModelIsShownTheFactsAndToldWhatMatters() async throws {
    let messages = Seen()
    var model = ScriptedModel(text: "")
    model.seen = { list in messages.add(list) }
    let (outcome, _, _) = try await compose("雨だけど子どもと楽しめるところある？", with: model)
    let prompt = try #require(messages.all.last)
    let item = try #require(outcome.items.first.flatMap { engine.runtime.pack.item($0.id) })
    #expect(messages.all.first?.role == .system)
    #expect(prompt.role == .user && prompt.content.hasPrefix("雨だけど"))
    #expect(prompt.content.contains(try #require(item.description["ja"])))
  }
}

private final class Seen: Sendable {
  private let messages = Mutex<[ChatMessage]>([])
  var all: [ChatMessage] { messages.withLock { $0 } }
  func add(_ list: [ChatMessage]) { messages.withLock { $0 += list } }
}
