import Frames
import Foundation
import Testing
import Wire

@Suite struct LineFramerTests {
  @Test func cutsLinesWhereverTheBytesBreak() {
    let text = Array("one\ntwo\r\n\n三\nlast".utf8)
    for size in 1...text.count {
      var framer = LineFramer()
      var lines: [LineFramer.Output] = []
      var start = 0
      while start < text.count {
        lines += framer.push(text[start..<min(text.count, start + size)])
        start += size
      }
      lines += framer.finish()
      #expect(lines == ["one", "two", "三", "last"].map { .line(Array($0.utf8)) })
    }
  }

  @Test func skipsALineThatIsTooLongAndGoesOn() {
    var framer = LineFramer(limit: 10)
    let output = framer.push(Array("0123456789\n01234567890123\nok\n".utf8))
    #expect(output == [.line(Array("0123456789".utf8)), .tooLong, .line(Array("ok".utf8))])
  }
}

@Suite struct RequestTests {
  @Test func roundTrip() throws {
    let request = Request(id: .string("a"), method: "chat.send", params: ["text": .string("雨\n\"x\""), "limit": .number(3)])
    #expect(try Request.parse(Array(try request.line().utf8)) == request)
  }

  @Test(arguments: [
    ("{", "invalid_json"), ("[]", "batch"), ("3", "not_an_object"), (#"{"jsonrpc":"1.0","method":"x"}"#, "bad_version"),
    (#"{"jsonrpc":"2.0"}"#, "no_method"), (#"{"jsonrpc":"2.0","method":"x","id":[]}"#, "bad_id"),
    (#"{"jsonrpc":"2.0","method":"x","params":[1]}"#, "params_not_an_object"),
    (#"{"jsonrpc":"2.0","method":"x","extra":1}"#, "unknown_member"),
  ]) func faultsHaveReasons(_ line: String, _ reason: String) {
    let error = #expect(throws: RPCError.self) { try Request.parse(Array(line.utf8)) }
    #expect(error?.reason == reason)
    #expect(error?.hint.isEmpty == false)
  }

  @Test func badUTF8IsAParseError() {
    let error = #expect(throws: RPCError.self) { try Request.parse([0x7B, 0xFF, 0x7D]) }
    #expect(error?.code == RPCError.Code.parse.rawValue)
  }

  @Test func fuzzNeverCrashes() throws {
    let good = Array(try Request(id: .number(1), method: "m", params: ["a": .array([.null, .bool(true), .number(1.5)])]).line().utf8)
    for _ in 0..<2000 {
      var bytes = good
      for _ in 0..<Int.random(in: 1...4) { bytes[Int.random(in: 0..<bytes.count)] = UInt8.random(in: 0...255) }
      _ = try? Request.parse(bytes)
    }
  }

  @Test func parametersNotReadAreErrors() throws {
    var params = Params(Request(id: nil, method: "m", params: ["a": .string("x"), "b": .number(1)]))
    #expect(try params.text("a") == "x")
    let error = #expect(throws: RPCError.self) { try params.finish() }
    #expect(error?.reason == "unknown_param")
    #expect(try params.optionalInteger("b", in: 0...2) == 1)
    try params.finish()
    #expect(throws: RPCError.self) { _ = try params.flag("a") }
    #expect(throws: RPCError.self) { _ = try params.text("c") }
  }
}

@Suite struct PlacesTests {
  @Test func dataMovesEverything() {
    let places = Places(data: "/x/y", socket: nil, environment: ["XDG_RUNTIME_DIR": "/run/user/1", "HOME": "/h"])
    #expect(places.socket.path == "/x/y/osusume.sock")
    #expect(places.history.path == "/x/y/history.sqlite")
  }

  @Test func otherwiseTheXDGFoldersAreUsed() {
    let places = Places(data: nil, socket: nil, environment: ["XDG_RUNTIME_DIR": "/run/user/1", "HOME": "/h"])
    #expect(places.socket.path == "/run/user/1/osusume/osusume.sock")
    #expect(places.data.path == "/h/.local/state/osusume")
    #expect(Places(data: nil, socket: nil, environment: ["OSUSUME_HOME": "/o", "HOME": "/h"]).socket.path == "/o/osusume.sock")
  }
}
