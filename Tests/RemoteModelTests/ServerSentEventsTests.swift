import Testing

@testable import RemoteModel

@Suite struct ServerSentEventsTests {
  private func read(_ pieces: [[UInt8]], limit: Int = 1 << 20) throws -> [String] {
    var events = ServerSentEvents(limit: limit)
    return try pieces.flatMap { try events.append($0) }.map { String(decoding: $0, as: UTF8.self) }
  }

  @Test(arguments: [
    ("data: a\n\ndata: b\n\n", ["a", "b"]),
    ("data: a\r\n\r\ndata: b\r\rdata:c\n\r\n", ["a", "b", "c"]),
    ("\u{FEFF}data: a\n\n", ["a"]),
    (": comment\ndata: a\n:\ndata: b\n\n", ["a\nb"]),
    ("event: x\nid: 1\nretry: 5\ndata: a\n\nevent: y\n\n", ["a"]),
    ("data\n\ndata:\n\ndata:  two\n\n", ["", "", " two"]),
    ("data: unfinished\n", []),
    ("database: x\ndata: 例え😀\n\n", ["例え😀"]),
  ])
  func eventsAreWhatTheStandardSays(_ text: String, _ expected: [String]) throws {
    #expect(try read([Array(text.utf8)]) == expected)
    // However the bytes are cut, also within characters and line ends.
    #expect(try read(text.utf8.map { [$0] }) == expected)
  }

  @Test func whatIsTooLongIsRefused() {
    #expect(throws: ServerSentEvents.Fault.tooLong(limit: 10)) { try read([Array("data: 123456".utf8)], limit: 10) }
    #expect(throws: ServerSentEvents.Fault.tooLong(limit: 10)) {
      try read([Array("data: 1234\ndata: 1234\ndata: 1\n".utf8)], limit: 10)
    }
  }

  /// Any bytes, cut anywhere, give the same events as in one piece, and those of a naive reader of lines.
  @Test func fuzz() throws {
    var random = SystemRandomNumberGenerator()
    let pieces = ["data", ":", " ", "\n", "\r", "\r\n", "\n\n", "x", "é", "\u{FEFF}", "{\"a\":1}", "event: q", "[DONE]"]
    for _ in 0..<3_000 {
      let bytes = (0..<Int.random(in: 0...40, using: &random)).flatMap { _ -> [UInt8] in
        if Int.random(in: 0...9, using: &random) == 0 { return [UInt8.random(in: 0...255, using: &random)] }
        return Array((pieces.randomElement(using: &random) ?? "").utf8)
      }
      var cuts: [[UInt8]] = []
      var rest = bytes[...]
      while !rest.isEmpty {
        let length = Int.random(in: 1...min(9, rest.count), using: &random)
        cuts.append(Array(rest.prefix(length)))
        rest = rest.dropFirst(length)
      }
      let whole = try read([bytes])
      #expect(try read(cuts) == whole)
      #expect(naive(bytes) == whole, "\(bytes)")
    }
  }

  private func naive(_ bytes: [UInt8]) -> [String] {
    // A scalar for each byte, so that lines split as bytes do.
    var text = String(String.UnicodeScalarView(bytes.map { Unicode.Scalar($0) })).unicodeScalars.map { $0 }
    if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { text.removeFirst(3) }
    var lines: [[Unicode.Scalar]] = [[]]
    var index = 0
    while index < text.count {
      if text[index] == "\r" || text[index] == "\n" {
        if text[index] == "\r", index + 1 < text.count, text[index + 1] == "\n" { index += 1 }
        lines.append([])
      } else {
        lines[lines.count - 1].append(text[index])
      }
      index += 1
    }
    lines.removeLast()
    var events: [String] = []
    var data: [[UInt8]] = []
    for line in lines {
      let bytes = line.map { UInt8($0.value) }
      let colon = bytes.firstIndex(of: 0x3A) ?? bytes.count
      if bytes.isEmpty {
        if !data.isEmpty { events.append(String(decoding: Array(data.joined(separator: [0x0A])), as: UTF8.self)) }
        data = []
      } else if bytes[..<colon].elementsEqual("data".utf8) {
        let value = bytes.dropFirst(colon + 1)
        data.append(Array(value.first == 0x20 ? value.dropFirst() : value))
      }
    }
    return events
  }
}
