import Testing

@testable import LanguageModel

@Suite struct ExactJSONTests {
  private func parse(_ text: String) throws(ModelFileError) -> ExactJSON { try ExactJSON(Array(text.utf8), file: "a.json") }

  @Test func valuesAreRead() throws {
    let json = try parse(#" {"a": [1, -2.5, 1e3, true, false, null], "b": {"c": "d"}, "n": null, "big": 18446744073709551616} "#)
    #expect(json["a"]?.array?.map(\.double) == [1, -2.5, 1000, nil, nil, nil])
    #expect(json["a"]?.array?[0].integer == 1 && json["a"]?.array?[1].integer == nil)
    #expect(json["a"]?.array?[3].bool == true && json["a"]?.array?[4].bool == false)
    #expect(json["b"]?["c"]?.string == "d")
    #expect(json["n"] == nil && json["nothing"] == nil && json["a"]?["c"] == nil)
    #expect(json["big"]?.integer == nil && json["big"]?.double == 18_446_744_073_709_551_616)
    #expect(json.members?.map(\.key) == ["a", "b", "n", "big"])
  }

  @Test func stringsAreExact() throws {
    let text = try parse(#""\"\\\/\b\f\n\r\tお\u304A\uD83D\uDE00\uD83Dx\uDE00""#).string
    #expect(text == "\"\\/\u{8}\u{C}\n\r\tおお😀\u{FFFD}x\u{FFFD}")
    // Composed and decomposed forms are one string to Swift, and two tokens to a model.
    let keys = try parse("{\"\u{E9}\": 1, \"e\u{301}\": 2}").members?.map { Array($0.key.utf8) }
    #expect(keys == [[0xC3, 0xA9], [0x65, 0xCC, 0x81]])
  }

  @Test func whatIsNoJSONIsRefused() {
    for text in [
      "", "{", "[1,]", "[1 2]", "{\"a\" 1}", "{a: 1}", "tru", "\"", "\"\\", "\"\\u12\"", "\"\\u+123\"", "\"\\x\"", "1 2", "-", "NaN",
      "\"\n\"",
      String(repeating: "[", count: 100_000), "1e999",
    ] {
      #expect(throws: ModelFileError.self, "\(text.prefix(20))") { try parse(text) }
    }
  }

  @Test func damageNeverCrashes() {
    let text = Array(#"{"a": [1, -2.5, 1e3, true, "\u304A\uD83D\uDE00\n", {"b": null}], "vocab": {"x": 1}}"#.utf8)
    for length in 0..<text.count { #expect(throws: ModelFileError.self) { try ExactJSON(text[..<length], file: "a.json") } }
    var random = SplitMix(13)
    for _ in 0..<20_000 {
      var bytes = text
      for _ in 0..<Int.random(in: 1...4, using: &random) {
        bytes[Int.random(in: 0..<bytes.count, using: &random)] = .random(in: 0...255, using: &random)
      }
      _ = try? ExactJSON(bytes, file: "a.json")
    }
  }
}
