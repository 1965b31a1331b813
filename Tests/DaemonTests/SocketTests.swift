import Foundation
import Frames
import OsusumeClient
import Synchronization
import Testing
import Wire

@Suite(.serialized) struct SocketTests {
  @Test(arguments: [
    ("{nonsense\n", -32700, "invalid_json"), ("[1]\n", -32600, "batch"),
    (#"{"jsonrpc":"2.0","id":1,"method":"no.such"}"# + "\n", -32601, "unknown_method"),
    (#"{"jsonrpc":"2.0","id":1,"method":"chat.send","params":{"text":"hi","txet":"x"}}"# + "\n", -32602, "unknown_param"),
    (#"{"jsonrpc":"2.0","id":1,"method":"chat.send","params":{}}"# + "\n", -32602, "missing_param"),
    (#"{"jsonrpc":"2.0","id":1,"method":"chat.send","params":{"text":"hi","conversation":"nope"}}"# + "\n", -32000, "unknown_conversation"),
    (#"{"jsonrpc":"2.0","id":1,"method":"chat.send","params":{"text":"hi","pack":"nope"}}"# + "\n", -32000, "unknown_pack"),
    (
      #"{"jsonrpc":"2.0","id":1,"method":"chat.send","params":{"text":"hi","context":{"weather":"frogs"}}}"# + "\n", -32602,
      "unknown_context"
    ),
    (#"{"jsonrpc":"2.0","id":1,"method":"feedback","params":{"item":"no-such-item","kind":"like"}}"# + "\n", -32000, "unknown_item"),
  ]) func everyFaultHasItsError(_ line: String, _ code: Int, _ reason: String) async throws {
    let connection = try RawConnection(try await Shared.daemon().places.socket)
    connection.send(line)
    let answer = try #require(try connection.receive())
    #expect(answer["error"]?["code"] == .number(Double(code)))
    #expect(answer["error"]?["data"]?["reason"] == .string(reason))
    #expect(answer["error"]?["data"]?["hint"]?.string?.isEmpty == false)
    // The connection goes on.
    connection.send(#"{"jsonrpc":"2.0","id":"next","method":"daemon.health"}"# + "\n")
    #expect(try connection.receive()?["result"]?["ready"] == .bool(true))
  }

  @Test func badBytesAndEndlessLinesHurtNobody() async throws {
    let daemon = try await Shared.daemon()
    let (bad, good) = (try RawConnection(daemon.places.socket), try RawConnection(daemon.places.socket))
    bad.send([0xFF, 0xFE, 0x0A])
    #expect(try bad.receive()?["error"]?["data"]?["reason"] == .string("invalid_utf8"))
    bad.send([UInt8](repeating: UInt8(ascii: "x"), count: (1 << 20) + 10) + [0x0A])
    #expect(try bad.receive()?["error"]?["data"]?["reason"] == .string("line_too_long"))
    bad.send(#"{"jsonrpc":"2.0","id":1,"method":"daemon.health"}"# + "\n")
    #expect(try bad.receive()?["result"]?["ready"] == .bool(true))
    good.send(#"{"jsonrpc":"2.0","id":1,"method":"daemon.health"}"# + "\n")
    #expect(try good.receive()?["result"]?["ready"] == .bool(true))
  }

  @Test func aHalfClosedClientGetsItsAnswers() async throws {
    let connection = try RawConnection(try await Shared.daemon().places.socket)
    connection.send(#"{"jsonrpc":"2.0","id":1,"method":"chat.send","params":{"text":"It's pouring"}}"# + "\n")
    // The last line has no end, which counts as its end.
    connection.send(#"{"jsonrpc":"2.0","id":2,"method":"daemon.health"}"#)
    connection.endWriting()
    var ids = Set<Double>()
    while let answer = try connection.receive() { ids.insert(answer["id"]?.number ?? 0) }
    #expect(ids == [1, 2])
  }

  @Test func aVanishedClientHurtsNobody() async throws {
    let daemon = try await Shared.daemon()
    for _ in 0..<20 {
      let connection = try RawConnection(daemon.places.socket)
      for id in 0..<10 { connection.send(#"{"jsonrpc":"2.0","id":\#(id),"method":"recommend","params":{"text":"coffee in Ueno"}}"# + "\n") }
    }
    #expect(try await daemon.client().call("daemon.health")["ready"] == .bool(true))
  }

  @Test func manyClientsWithManyRequestsInFlight() async throws {
    let daemon = try await Shared.daemon()
    try await withThrowingTaskGroup(of: Bool.self) { group in
      for number in 0..<8 {
        let client = try daemon.client()
        for request in 0..<25 {
          group.addTask {
            let answer = try await client.call("understand", ["text": .string("coffee number \(number) \(request)")])
            return answer["goal"]?.string != nil
          }
        }
      }
      var count = 0
      for try await good in group {
        #expect(good)
        count += 1
      }
      #expect(count == 200)
    }
  }

  @Test func turnsOfAConversationRunOneAfterTheOther() async throws {
    let client = try await Shared.daemon().client()
    let id = try #require(try await client.call("chat.open")["conversation"]?.string)
    let turns = try await withThrowingTaskGroup(of: Double.self) { group in
      for _ in 0..<10 {
        group.addTask {
          try await client.call("chat.send", ["conversation": .string(id), "text": .string("What else?")])["turn"]?.number ?? 0
        }
      }
      return try await group.reduce(into: Set<Double>()) { $0.insert($1) }
    }
    #expect(turns == Set((1...10).map(Double.init)))
  }

  @Test func streamedPiecesMakeTheReply() async throws {
    let connection = try RawConnection(try await Shared.daemon().places.socket)
    connection.send(#"{"jsonrpc":"2.0","id":"s","method":"chat.send","params":{"text":"My feet are killing me","stream":true}}"# + "\n")
    var pieces: [String] = []
    while let line = try connection.receive() {
      if line["method"] == .string("chat.delta") {
        #expect(line["params"]?["id"] == .string("s"))
        pieces.append(line["params"]?["text"]?.string ?? "")
        continue
      }
      #expect(pieces.count > 1)
      #expect(line["result"]?["reply"] == .string(pieces.joined()))
      break
    }
  }

  @Test func notificationsAreNotAnswered() async throws {
    let connection = try RawConnection(try await Shared.daemon().places.socket)
    connection.send(#"{"jsonrpc":"2.0","method":"no.such"}"# + "\n" + #"{"jsonrpc":"2.0","id":7,"method":"daemon.health"}"# + "\n")
    #expect(try connection.receive()?["id"] == .number(7))
  }
}

/// One daemon for all tests that leave it as it was; it ends with the test program.
enum Shared {
  private static let left = Mutex<(pid: Int32, folder: String)?>(nil)
  private static let starting = Task {
    let daemon = try await RunningDaemon()
    left.withLock { $0 = (daemon.process.processIdentifier, daemon.data.path) }
    atexit {
      guard let left = Shared.left.withLock({ $0 }) else { return }
      kill(left.pid, SIGKILL)
      try? FileManager.default.removeItem(atPath: left.folder)
    }
    return daemon
  }

  static func daemon() async throws -> RunningDaemon { try await starting.value }
}
