import Foundation
import LanguageModel
import NIOHTTP1
import Testing

@testable import RemoteModel
@testable import ServerFixture

@Suite struct RemoteModelTests {
  static let request = TextRequest([ChatMessage(.system, "Be brief."), ChatMessage(.user, "こんにちは \"x\"")], maximumTokens: 9)
  static let quick = RetryPolicy(attempts: 3, firstDelay: .milliseconds(2), longestDelay: .milliseconds(20))

  private func model(
    _ server: ScriptedServer, dialect: RemoteModelConfiguration.Dialect = .openAI, key: String? = nil, firstText: Duration = .seconds(20),
    silence: Duration = .seconds(20), textLimit: Int = 1 << 20
  ) throws -> RemoteModel {
    try RemoteModel(
      RemoteModelConfiguration(
        baseURL: server.baseURL, model: "m", dialect: dialect, key: key, firstTextLimit: firstText, silenceLimit: silence,
        retries: Self.quick, textLimit: textLimit))
  }

  @Test func aTextIsStreamedAsItIsWritten() async throws {
    try await withServer([.completion(["あ", "さ\\u304f", " ", "\\ud83d\\ude00"])]) { server in
      let model = try model(server, key: "secret")
      let events = try await collect(model.generate(Self.request))
      #expect(events == [.text("あ"), .text("さく"), .text(" "), .text("😀"), .ended(TextEnd(.stop, promptTokens: 7, textTokens: 3))])
      let received = try #require(server.received.first)
      #expect(received.head.method == .POST && received.head.uri == "/v1/chat/completions")
      #expect(received.head.headers.first(name: "authorization") == "Bearer secret")
      let body = try #require(try JSONSerialization.jsonObject(with: Data(received.body.utf8)) as? [String: Any])
      #expect(Set(body.keys) == ["model", "messages", "max_tokens", "stream", "stream_options", "temperature", "top_p", "seed"])
      #expect((body["messages"] as? [[String: String]])?.last == ["role": "user", "content": "こんにちは \"x\""])
      #expect(body["max_tokens"] as? Int == 9 && body["stream"] as? Bool == true)
      #expect(model.counts == RemoteModel.Counts(requests: 1, retries: 0, texts: 1))
    }
  }

  @Test func eachDialectHasItsFields() async throws {
    try await withServer([.completion(["ab"])]) { server in
      var request = Self.request
      request.grammar = "root ::= \"ab\""
      request.sampling = Sampling(temperature: 0, topK: 0, minP: 0.5, repetitionPenalty: 1.25, seed: .max)
      for dialect in [RemoteModelConfiguration.Dialect.llamaServer, .vLLM] {
        _ = try await collect(try model(server, dialect: dialect).generate(request))
      }
      let bodies = try server.received.map { try JSONSerialization.jsonObject(with: Data($0.body.utf8)) as? [String: Any] ?? [:] }
      #expect(bodies[0]["grammar"] as? String == request.grammar && bodies[0]["repeat_penalty"] as? Double == 1.25)
      #expect(bodies[0]["top_k"] as? Int == 0 && bodies[0]["repeat_last_n"] as? Int == 64 && bodies[0]["seed"] as? Int == 0x7FFF_FFFF)
      #expect((bodies[1]["structured_outputs"] as? [String: String])?["grammar"] == request.grammar)
      #expect(bodies[1]["top_k"] as? Int == -1 && bodies[1]["repetition_penalty"] as? Double == 1.25)
      #expect(bodies[1]["min_p"] as? Double == 0.5)
      await #expect(throws: RemoteModelError.self) { try await collect(try model(server).generate(request)) }
      #expect(server.received.count == 2)
    }
  }

  @Test func aTextThatLeavesTheGrammarIsRefused() async throws {
    let request = TextRequest(Self.request.messages, maximumTokens: 9, grammar: "root ::= \"ab\" [0-9]")
    try await withServer([.completion(["a", "b", "c"]), .completion(["ab"]), .completion(["ab"], finish: "length")]) { server in
      let model = try model(server, dialect: .llamaServer)
      let first = await outcome(model.generate(request))
      #expect(first.text == "ab" && first.error as? RemoteModelError == .outsideGrammar(server: server.baseURL, characters: 2))
      #expect(await outcome(model.generate(request)).error as? RemoteModelError == .outsideGrammar(server: server.baseURL, characters: 2))
      #expect(await outcome(model.generate(request)).error == nil)
    }
  }

  @Test func aServerThatStumblesIsAskedAgain() async throws {
    try await withServer([
      .refusal(500, "oops"), .refusal(429, "{\"error\":{\"message\":\"slow down\"}}", headers: ["retry-after": "0"]), .completion(["ok"]),
    ]) { server in
      let model = try model(server)
      #expect(await outcome(model.generate(Self.request)).text == "ok")
      #expect(server.received.count == 3 && model.counts == RemoteModel.Counts(requests: 1, retries: 2, texts: 1))
    }
  }

  @Test func attemptsAreBoundedAndOtherRefusalsFinal() async throws {
    try await withServer([.refusal(503, "{\"error\":\"loading\"}")]) { server in
      let model = try model(server)
      let refused = await outcome(model.generate(Self.request))
      #expect(refused.error as? RemoteModelError == .refused(server: server.baseURL, status: 503, message: "loading"))
      #expect(server.received.count == 3 && model.counts.failures == ["refused": 1])
    }
    try await withServer([.refusal(400, "{\"error\":{\"message\":\"no such model\"}}")]) { server in
      let refused = await outcome(try model(server).generate(Self.request))
      #expect(refused.error as? RemoteModelError == .refused(server: server.baseURL, status: 400, message: "no such model"))
      #expect(server.received.count == 1)
    }
    // Redirections are not followed: the key stays here.
    try await withServer([.refusal(307, "", headers: ["location": "http://127.0.0.1:1/"])]) { server in
      let refused = await outcome(try model(server, key: "k").generate(Self.request))
      #expect(refused.error as? RemoteModelError == .refused(server: server.baseURL, status: 307, message: ""))
    }
  }

  @Test func aSlowServerMeetsTheDeadline() async throws {
    let slow = ScriptedServer.Script(steps: [
      .bytes(Array(ScriptedServer.Script.event("a").utf8)), .wait(.seconds(30)), .bytes(Array(ScriptedServer.Script.event("b").utf8)),
    ])
    try await withServer([slow]) { server in
      var request = Self.request
      request.deadline = .now + .milliseconds(600)
      let late = await outcome(try model(server).generate(request))
      #expect(late.text == "a" && late.error as? RemoteModelError == .deadlineExceeded(server: server.baseURL))
      request.deadline = .now
      #expect(await outcome(try model(server).generate(request)).error as? RemoteModelError == .deadlineExceeded(server: server.baseURL))
    }
  }

  @Test func aSilentServerIsNotWaitedFor() async throws {
    let beginning = Array(": ping\n\n\(ScriptedServer.Script.event("a"))".utf8)
    let never = ScriptedServer.Script(steps: [.bytes(Array(": ping\n\n".utf8)), .wait(.seconds(30))])
    try await withServer([never, ScriptedServer.Script(steps: [.bytes(beginning), .wait(.seconds(30))])]) { server in
      let model = try model(server, firstText: .milliseconds(400), silence: .milliseconds(300))
      let first = await outcome(model.generate(Self.request))
      #expect(first.text.isEmpty && first.error as? RemoteModelError == .silent(server: server.baseURL, after: .milliseconds(400)))
      let second = await outcome(model.generate(Self.request))
      #expect(second.text == "a" && second.error as? RemoteModelError == .silent(server: server.baseURL, after: .milliseconds(300)))
    }
  }

  @Test func aStreamThatIsCutIsAnErrorAndNotRepeated() async throws {
    let cut = ScriptedServer.Script(steps: [.bytes(Array(ScriptedServer.Script.event("half").utf8)), .wait(.milliseconds(20)), .cut])
    let unended = ScriptedServer.Script(steps: [.bytes(Array(ScriptedServer.Script.event("half").utf8))])
    try await withServer([cut, unended, ScriptedServer.Script(steps: [.cut]), .completion(["whole"])]) { server in
      let model = try model(server)
      for _ in 0..<2 {
        let half = await outcome(model.generate(Self.request))
        #expect(half.text == "half" && half.error as? RemoteModelError == .interrupted(server: server.baseURL, characters: 4))
      }
      #expect(server.received.count == 2)
      // Before the first text it is asked again.
      #expect(await outcome(model.generate(Self.request)).text == "whole")
      #expect(server.received.count == 4)
    }
  }

  @Test func whatIsNoCompletionIsRefused() async throws {
    func script(_ text: String, type: String = "text/event-stream; charset=utf-8") -> ScriptedServer.Script {
      ScriptedServer.Script(headers: ["content-type": type], steps: [.bytes(Array(text.utf8))])
    }
    let long = String(repeating: "x", count: 100)
    try await withServer([
      script("{}", type: "application/json"), script("data: {\"choices\":[{\"delta\":{\"content\":5}}]}\n\n"), script("data: nonsense\n\n"),
      script("data: {\"error\":{\"message\":\"out of memory\"}}\n\n"), script(ScriptedServer.Script.event(long)),
      script("data: " + String(repeating: "y", count: 2 << 20)),
    ]) { server in
      let model = try model(server, textLimit: 64)
      var reasons: [String] = []
      for _ in 0..<6 { reasons.append((await outcome(model.generate(Self.request)).error as? RemoteModelError)?.reason ?? "none") }
      #expect(reasons == ["not-an-event-stream", "malformed", "malformed", "server-fault", "too-long", "too-long"])
      #expect(server.received.count == 6)
    }
  }

  @Test func droppingTheStreamHangsUp() async throws {
    let endless = ScriptedServer.Script(
      steps: (0..<2_000).flatMap { _ in [.bytes(Array(ScriptedServer.Script.event("a").utf8)), .wait(.milliseconds(5))] })
    try await withServer([endless]) { server in
      let model = try model(server)
      for try await _ in model.generate(Self.request) { break }
      let reader = Task { try await collect(model.generate(Self.request)) }
      while server.received.count < 2 { try await Task.sleep(for: .milliseconds(2)) }
      reader.cancel()
      _ = await reader.result
      var rounds = 0
      while server.abandoned < 2, rounds < 2_000 {
        try await Task.sleep(for: .milliseconds(2))
        rounds += 1
      }
      #expect(server.abandoned == 2)
    }
  }

  @Test(arguments: ["", "localhost", "ftp://host/v1", "http://", "http://user:pw@host/v1", "http://host/v1?x=1"])
  func anAddressThatIsNoneIsRefused(_ url: String) {
    #expect(throws: RemoteModelError.unusableURL(url)) { try RemoteModel(RemoteModelConfiguration(baseURL: url, model: "m")) }
  }
}

func collect(_ stream: AsyncThrowingStream<TextEvent, any Error>) async throws -> [TextEvent] {
  var events: [TextEvent] = []
  for try await event in stream { events.append(event) }
  return events
}

/// The text that came, and the error that ended it.
func outcome(_ stream: AsyncThrowingStream<TextEvent, any Error>) async -> (text: String, error: (any Error)?) {
  var text = ""
  do {
    for try await event in stream {
      if case .text(let piece) = event { text += piece }
    }
    return (text, nil)
  } catch {
    return (text, error)
  }
}
