import LanguageModel
import Testing

@testable import RemoteModel
@testable import ServerFixture

/// Says one thing.
private struct Parrot: TextGenerator {
  var text: String

  func generate(_ request: TextRequest) -> AsyncThrowingStream<TextEvent, any Error> {
    AsyncThrowingStream { continuation in
      continuation.yield(.text(text))
      continuation.yield(.ended(TextEnd(.stop)))
      continuation.finish()
    }
  }
}

@Suite struct FallbackGeneratorTests {
  private func remote(_ url: String) throws -> RemoteModel {
    try RemoteModel(RemoteModelConfiguration(baseURL: url, model: "m", firstTextLimit: .seconds(20), retries: RemoteModelTests.quick))
  }

  @Test func aServerThatIsDownIsReplacedCountedAndLeftAloneForAWhile() async throws {
    // A port that was free a moment ago.
    let closed = try await ScriptedServer([])
    await closed.close()
    let model = try remote(closed.baseURL)
    let generator = FallbackGenerator(primary: model, fallback: Parrot(text: "local"), failureLimit: 2)
    for _ in 0..<5 { #expect(await outcome(generator.generate(RemoteModelTests.request)).text == "local") }
    #expect(generator.counts == FallbackGenerator.Counts(requests: 5, fallback: 5, skipped: 3, reasons: ["unreachable": 2]))
    #expect(model.counts.requests == 2 && model.counts.retries == 4 && model.counts.failures == ["unreachable": 2])
  }

  @Test func theServerIsUsedAgainAfterTheRest() async throws {
    let down = ScriptedServer.Script.refusal(500, "")
    try await withServer([.refusal(401, "no"), down, down, down, .completion(["remote"])]) { server in
      let generator = FallbackGenerator(
        primary: try remote(server.baseURL), fallback: Parrot(text: "local"), failureLimit: 1, rest: .milliseconds(60))
      // A key that is refused is no outage.
      #expect(await outcome(generator.generate(RemoteModelTests.request)).text == "local")
      #expect(await outcome(generator.generate(RemoteModelTests.request)).text == "local")
      #expect(generator.counts.skipped == 0 && generator.counts.reasons == ["refused": 2])
      try await Task.sleep(for: .milliseconds(80))
      #expect(await outcome(generator.generate(RemoteModelTests.request)).text == "remote")
      #expect(generator.counts.primary == 1 && generator.counts.fallback == 2)
    }
  }

  @Test func aTextThatWasBegunIsNotBegunAnew() async throws {
    let cut = ScriptedServer.Script(steps: [.bytes(Array(ScriptedServer.Script.event("half").utf8)), .wait(.milliseconds(20)), .cut])
    try await withServer([cut]) { server in
      let generator = FallbackGenerator(primary: try remote(server.baseURL), fallback: Parrot(text: "local"))
      let half = await outcome(generator.generate(RemoteModelTests.request))
      #expect(half.text == "half" && half.error as? RemoteModelError == .interrupted(server: server.baseURL, characters: 4))
      #expect(generator.counts.interrupted == 1 && generator.counts.fallback == 0)
    }
  }

  @Test func nothingFollowsTheDeadline() async throws {
    try await withServer([ScriptedServer.Script(steps: [.wait(.seconds(30))])]) { server in
      var request = RemoteModelTests.request
      request.deadline = .now + .milliseconds(60)
      let generator = FallbackGenerator(primary: try remote(server.baseURL), fallback: Parrot(text: "local"))
      let late = await outcome(generator.generate(request))
      #expect(late.text.isEmpty && late.error as? RemoteModelError == .deadlineExceeded(server: server.baseURL))
      #expect(generator.counts.fallback == 0 && generator.counts.reasons == ["deadline-exceeded": 1])
    }
  }

  @Test func aGrammarThatTheServerCannotTakeGoesToTheLocalModel() async throws {
    try await withServer([.completion(["remote"])]) { server in
      let generator = FallbackGenerator(primary: try remote(server.baseURL), fallback: Parrot(text: "local"), failureLimit: 1)
      var request = RemoteModelTests.request
      request.grammar = "root ::= \"local\""
      #expect(await outcome(generator.generate(request)).text == "local")
      #expect(await outcome(generator.generate(RemoteModelTests.request)).text == "remote")
      #expect(generator.counts.reasons == ["grammar-not-sent": 1] && generator.counts.skipped == 0)
    }
  }
}
