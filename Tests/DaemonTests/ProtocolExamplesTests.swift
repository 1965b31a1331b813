import Foundation
import Frames
import Testing
import Wire

/// Executes the examples of PROTOCOL.md: `→` is sent, `←` must come back with at least these members, of these types.
@Suite(.serialized) struct ProtocolExamplesTests {
  @Test func examplesHoldAndNameEveryMethod() async throws {
    let daemon = try await RunningDaemon()
    let connection = try RawConnection(daemon.places.socket)
    let text = try String(contentsOf: RunningDaemon.root.appendingPathComponent("PROTOCOL.md"), encoding: .utf8)
    var conversation = ""
    var methods = Set<String>()
    for line in text.split(separator: "\n") {
      let filled = line.replacing("CONVERSATION", with: conversation).replacing(
        "DOMAINS", with: RunningDaemon.root.appendingPathComponent("domains").path)
      if filled.hasPrefix("→ ") {
        connection.send(String(filled.dropFirst(2)) + "\n")
        let sent = try JSONDecoder().decode(JSONValue.self, from: Data(filled.dropFirst(2).utf8))
        if let method = sent["method"]?.string { methods.insert(method) }
      } else if filled.hasPrefix("← ") {
        let expected = try JSONDecoder().decode(JSONValue.self, from: Data(filled.dropFirst(2).utf8))
        var answer = try #require(try connection.receive(), "no answer for \(line)")
        // Streamed pieces come before the result; one example shows one of them.
        while answer["method"] == .string("chat.delta"), expected["method"] == nil { answer = try #require(try connection.receive()) }
        let missing = differences(expected, answer, "")
        #expect(missing.isEmpty, "\(line)\n\(missing)\n\(answer)")
        if let id = answer["result"]?["conversation"]?.string { conversation = id }
      }
    }
    #expect(methods.count >= 21)
  }

  /// Members of the example that the answer lacks or has in another type; reasons and codes must be the same.
  private func differences(_ expected: JSONValue, _ got: JSONValue, _ path: String) -> [String] {
    switch (expected, got) {
    case (.object(let wanted), .object(let found)):
      return wanted.flatMap { key, value -> [String] in
        guard let other = found[key] else { return ["\(path).\(key) is missing"] }
        if ["code", "reason", "goal", "method", "jsonrpc", "id"].contains(key),
          path.hasSuffix("error") || path.hasSuffix("data") || path.isEmpty, value != other
        {
          return ["\(path).\(key) is \(other)"]
        }
        return differences(value, other, "\(path).\(key)")
      }
    case (.array(let wanted), .array(let found)):
      guard let first = wanted.first else { return [] }
      guard let other = found.first else { return ["\(path) is empty"] }
      return differences(first, other, path + "[]")
    case (.string, .string), (.number, .number), (.bool, .bool), (.null, .null): return []
    default: return ["\(path) has another type"]
    }
  }
}
