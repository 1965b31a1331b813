import Evaluation
import Foundation
import Frames
import Knowledge
import OsusumeClient
import Testing

/// Replays `conversations/` against a real daemon.
@Suite(.serialized) struct ConversationTests {
  struct Named: Sendable, CustomTestStringConvertible {
    var file: String
    var script: ConversationScript
    var testDescription: String { "\(file): \(script.name)" }
  }

  static let all: [Named] = {
    let folder = RunningDaemon.root.appendingPathComponent("conversations")
    let names = ((try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []).filter { $0.hasSuffix(".jsonl") }.sorted()
    return names.flatMap { name in
      let text = (try? String(contentsOf: folder.appendingPathComponent(name), encoding: .utf8)) ?? ""
      return ((try? ConversationScript.parse(text)) ?? []).map { Named(file: name, script: $0) }
    }
  }()

  @Test func everyFileCanBeRead() throws {
    let folder = RunningDaemon.root.appendingPathComponent("conversations")
    for name in try FileManager.default.contentsOfDirectory(atPath: folder.path) {
      #expect(throws: Never.self, "\(name)") {
        try ConversationScript.parse(String(contentsOf: folder.appendingPathComponent(name), encoding: .utf8))
      }
    }
    #expect(Self.all.count >= 30)
    #expect(Set(Self.all.map(\.script.name)).count == Self.all.count)
  }

  @Test(arguments: all) func replays(_ named: Named) async throws {
    let client = try await Shared.daemon().client()
    let pack = try PackReader.read(RunningDaemon.root.appendingPathComponent("domains/\(named.script.pack)"))
    let failures = try await Self.replay(named.script, client, ScriptCheck(pack: pack))
    #expect(failures.isEmpty, "\(failures.joined(separator: "\n"))")
  }

  static func replay(_ script: ConversationScript, _ client: OsusumeClient, _ check: ScriptCheck) async throws -> [String] {
    // A user of its own: what another conversation taught must not change this one.
    let opened = try await client.call("chat.open", ["pack": .string(script.pack), "user": .string("replay-\(UUID().uuidString)")])
    let id = opened["conversation"] ?? .null
    var seen = Set<String>()
    var failures: [String] = []
    for step in script.steps {
      var params: [String: JSONValue] = ["conversation": id, "text": .string(step.say)]
      if let context = step.context { params["context"] = .object(context.mapValues { .string($0) }) }
      let answer = try await client.call("chat.send", params)
      failures += try check.failures(step, answer: answer, seen: seen).map { "\"\(step.say)\": \($0)" }
      seen.formUnion((answer["items"]?.array ?? []).compactMap { $0["id"]?.string })
    }
    return failures
  }

  /// A conversation that was had, exported, replays with the same goals and the same items.
  @Test func anExportedConversationIsATest() async throws {
    let daemon = try await RunningDaemon()
    let chatted = try RunningDaemon.osusume(["chat"], data: daemon.data, input: "Any quiet gardens?\nWhat else is there?\nThank you\n")
    #expect(chatted.status == 0, "\(chatted.err)")
    let exported = try RunningDaemon.osusume(["history", "export", "--all"], data: daemon.data)
    let scripts = try ConversationScript.parse(exported.out)
    #expect(scripts.count == 1 && scripts[0].steps.count == 3)
    let check = ScriptCheck(pack: try PackReader.read(RunningDaemon.root.appendingPathComponent("domains/tokyo")))
    #expect(try await Self.replay(scripts[0], daemon.client(), check).isEmpty)
  }
}
