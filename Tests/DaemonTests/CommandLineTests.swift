import Foundation
import Frames
import Testing

@Suite(.serialized) struct CommandLineTests {
  @Test func pipedLinesAreAnswered() async throws {
    let daemon = try await Shared.daemon()
    let result = try RunningDaemon.osusume([], data: daemon.data, input: "Have you been to Shibuya?\n/why 1\n")
    #expect(result.status == 0)
    #expect(result.out.contains("I'm a program"))
    #expect(result.out.contains("1. "))
    #expect(result.out.contains("Why "))
    #expect(result.err.isEmpty)
  }

  @Test func aCommandStartsTheDaemonItNeeds() throws {
    let data = URL(fileURLWithPath: "/tmp/osu-\(UUID().uuidString.prefix(8))")
    defer { try? FileManager.default.removeItem(at: data) }
    #expect(try RunningDaemon.osusume(["status"], data: data).status == 3)
    let asked = try RunningDaemon.osusume(["ask", "Hello", "--json"], data: data)
    #expect(asked.status == 0, "\(asked.err)")
    let answer = try JSONDecoder().decode(JSONValue.self, from: Data(asked.out.utf8))
    #expect(answer["frame"]?["goal"] == .string("social"))
    #expect(try RunningDaemon.osusume(["status"], data: data).status == 0)
    #expect(try RunningDaemon.osusume(["stop"], data: data).status == 0)
    #expect(try RunningDaemon.osusume(["stop"], data: data).status == 3)
  }

  @Test(arguments: [
    (["frobnicate", "x", "--nope"], 2), (["history", "forget"], 2), (["history", "show", "nope"], 1),
    (["pack", "check", "/nonexistent"], 1),
    (["--help"], 0), (["--version"], 0), (["explain", "no-such-item"], 1),
  ]) func exitCodesAreAContract(_ arguments: [String], _ status: Int) async throws {
    let daemon = try await Shared.daemon()
    let result = try RunningDaemon.osusume(arguments, data: daemon.data, input: "")
    #expect(result.status == Int32(status), "\(result.out)\(result.err)")
  }

  @Test func dataOnStandardOutputIsJSONWhereAsked() async throws {
    let daemon = try await Shared.daemon()
    for arguments in [["understand", "It's pouring"], ["recommend", "coffee"], ["history", "list"], ["pack", "list"], ["status"]] {
      let result = try RunningDaemon.osusume(arguments + ["--json"], data: daemon.data)
      #expect(result.status == 0)
      #expect(throws: Never.self) { try JSONDecoder().decode(JSONValue.self, from: Data(result.out.utf8)) }
    }
  }
}
