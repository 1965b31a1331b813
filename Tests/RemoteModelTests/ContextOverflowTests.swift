import Foundation
import LanguageModel
import Testing

@testable import RemoteModel
@testable import ServerFixture

@Suite struct ContextOverflowTests {
  private static let messages = [
    ChatMessage(.system, "Be brief."), ChatMessage(.system, "Say where."), ChatMessage(.user, "one"), ChatMessage(.assistant, "1"),
    ChatMessage(.user, "two"), ChatMessage(.system, "Items: a, b."), ChatMessage(.assistant, "2"), ChatMessage(.user, "three"),
    ChatMessage(.system, "Items: c."),
  ]
  private static let shorter = Array(messages[..<2]) + [ChatMessage(.system, "wants cake")] + Array(messages[7...])
  private static let refusal = ScriptedServer.Script.refusal(
    400, "{\"error\":{\"code\":400,\"message\":\"the request exceeds the available context size, try increasing it\"}}")

  private func request(_ messages: [ChatMessage], summary: String? = "wants cake") -> TextRequest {
    TextRequest(messages, maximumTokens: 9, summary: summary)
  }

  @Test func theSummaryStandsForAllTurnsButTheNewest() throws {
    var whole = request(Self.messages)
    whole.grammar = "root ::= \"a\""
    let shortened = try #require(whole.shortened)
    #expect(shortened.messages == Self.shorter)
    #expect(shortened.grammar == whole.grammar && shortened.maximumTokens == 9)
    // There is nothing left to shorten.
    #expect(shortened.shortened == nil && request(Self.shorter).shortened == nil)
  }

  @Test func whatHasNothingToDropStaysAsItIs() {
    #expect(request(Self.messages, summary: nil).shortened == nil)
    #expect(request([ChatMessage(.system, "s"), ChatMessage(.user, "u"), ChatMessage(.assistant, "a")]).shortened == nil)
    #expect(request([ChatMessage(.user, "u")]).shortened == nil)
    #expect(request([ChatMessage(.system, "s")]).shortened == nil)
    #expect(request([]).shortened == nil)
  }

  @Test func refusalsForLengthAreKnown() {
    func refused(_ status: Int, _ message: String) -> Bool {
      RemoteModelError.refused(server: "s", status: status, message: message).isContextOverflow
    }
    #expect(refused(400, "This model's maximum context length is 2048 tokens. However, you requested 2050 tokens"))
    #expect(refused(400, "Context size has been exceeded."))
    #expect(!refused(400, "no such model"))
    #expect(!refused(500, "context lost"))
    #expect(!RemoteModelError.serverFault(server: "s", message: "context").isContextOverflow)
  }

  private func model(_ server: ScriptedServer, attempts: Int = 3) throws -> RemoteModel {
    let quick = RetryPolicy(attempts: attempts, firstDelay: .milliseconds(2), longestDelay: .milliseconds(20))
    return try RemoteModel(RemoteModelConfiguration(baseURL: server.baseURL, model: "m", retries: quick))
  }

  private func sent(_ server: ScriptedServer) throws -> [[ChatMessage]] {
    struct Body: Decodable {
      var messages: [ChatMessage]
    }
    return try server.received.map { try JSONDecoder().decode(Body.self, from: Data($0.body.utf8)).messages }
  }

  @Test func aConversationThatIsTooLongIsSentShortened() async throws {
    try await withServer([Self.refusal, .completion(["ok"])]) { server in
      let model = try model(server, attempts: 1)
      #expect(await outcome(model.generate(request(Self.messages))).text == "ok")
      #expect(try sent(server) == [Self.messages, Self.shorter])
      #expect(model.counts == RemoteModel.Counts(requests: 1, shortened: 1, texts: 1))
    }
  }

  @Test func aShortenedRequestIsRepeatedLikeAnother() async throws {
    try await withServer([Self.refusal, .refusal(503, "busy"), .completion(["ok"])]) { server in
      let model = try model(server)
      #expect(await outcome(model.generate(request(Self.messages))).text == "ok")
      #expect(try sent(server) == [Self.messages, Self.shorter, Self.shorter])
      #expect(model.counts == RemoteModel.Counts(requests: 1, retries: 1, shortened: 1, texts: 1))
    }
  }

  @Test func itIsShortenedOnceAndOnlyWithASummary() async throws {
    try await withServer([Self.refusal]) { server in
      let model = try model(server)
      #expect((await outcome(model.generate(request(Self.messages))).error as? RemoteModelError)?.isContextOverflow == true)
      #expect(server.received.count == 2)
      #expect((await outcome(model.generate(request(Self.messages, summary: nil))).error as? RemoteModelError)?.isContextOverflow == true)
      #expect(server.received.count == 3 && model.counts.failures == ["refused": 2])
    }
  }
}
