import Foundation
import Frames
import OsusumeClient
import Testing

@testable import ServerFixture

/// The daemon with models: what they word is checked, and what becomes of them stands in `daemon.stats`.
@Suite(.serialized) struct DaemonModelTests {
  private func statistics(_ client: OsusumeClient) async throws -> JSONValue {
    try await client.call("daemon.stats")["languageModel"] ?? .null
  }

  @Test func withoutAModelThereIsNothingToCount() async throws {
    let daemon = try await RunningDaemon()
    #expect(try await statistics(daemon.client()) == .null)
  }

  @Test func aServersWordsAreCheckedAndCounted() async throws {
    try await withServer([.completion(["There is a temple", " for you. ", "It has 9731 bells."])]) { server in
      let daemon = try await RunningDaemon(["--model-server", server.baseURL, "--model-name", "big"])
      let client = try daemon.client()
      let answer = try await client.call("chat.send", ["text": .string("I want to see a temple"), "stream": .bool(true)])
      let reply = try #require(answer["reply"]?.string)
      #expect(reply.hasPrefix("There is a temple for you."))
      #expect(!reply.contains("9731") && reply.contains("1. "))
      let counts = try await statistics(client)
      #expect(counts["replies"]?["partly"]?.number == 1 && counts["replies"]?["refusedSentences"]?.number == 1)
      #expect(counts["remote"]?["texts"]?.number == 1)
      let sent = try #require(server.received.first?.body)
      #expect(sent.contains("I want to see a temple") && sent.contains("\"big\""))
    }
  }

  /// A server that is down and a local model of random weights, which says nothing that could be sent: the turn is answered all the same.
  @Test func aServerThatIsDownIsReplacedByTheLocalModel() async throws {
    let model = try TinyModel()
    let daemon = try await RunningDaemon([
      "--model-server", "http://127.0.0.1:9/v1", "--model-name", "gone", "--model", model.path, "--model-memory", "32",
    ])
    let client = try daemon.client()
    var conversation: JSONValue?
    for text in ["Have you been to Shibuya?", "Something quieter?", "どこか静かな庭園ある？"] {
      var params: [String: JSONValue] = ["text": .string(text)]
      params["conversation"] = conversation
      let answer = try await client.call("chat.send", params)
      conversation = answer["conversation"]
      #expect(answer["reply"]?.string?.contains("1. ") == true)
    }
    let counts = try await statistics(client)
    #expect(counts["fallback"]?["fallback"]?.number == 3)
    #expect(counts["fallback"]?["reasons"]?["unreachable"]?.number == 3)
    #expect(counts["remote"]?["failures"]?["unreachable"]?.number == 3)
    #expect(counts["replies"]?["requested"]?.number == 3)
    // The instructions are computed once for all turns of a language.
    #expect((counts["promptTokens"]?["shared"]?.number ?? 0) > 0)
  }

  @Test func aModelThatCannotBeHadIsSaidAtOnce() async throws {
    let process = RunningDaemon.daemon(["--data", "/tmp/osu-\(UUID().uuidString.prefix(8))", "--model", "/nowhere/model.gguf"])
    let err = Pipe()
    process.standardError = err
    try process.run()
    let said = String(decoding: err.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    process.waitUntilExit()
    #expect(process.terminationStatus == 1 && said.contains("/nowhere/model.gguf"))
  }
}
