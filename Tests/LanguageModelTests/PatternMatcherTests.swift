import LanguageModel
import Testing

@Suite struct PatternMatcherTests {
  @Test func aTextIsFollowedPieceByPiece() throws {
    var matcher = try PatternMatcher(.grammar(try Grammar("root ::= \"あ\" [0-9]{2,3}")))
    #expect(!matcher.isComplete)
    // The last bytes leave the pattern, and what has left it stays outside.
    let pieces: [([UInt8], Bool, Bool)] = [
      ([0xE3], true, false), ([0x81, 0x82], true, false), ([0x31], true, false), ([0x32], true, true), ([], true, true),
      ([0x78], false, false), ([0x31], false, false), ([], false, false),
    ]
    for (piece, isPrefix, isText) in pieces {
      let accepted = matcher.accept(piece)
      #expect(accepted == isPrefix && matcher.isComplete == isText, "\(piece)")
    }
  }

  /// More states than one automaton holds.
  @Test func aLongTextGoesOnInNewAutomata() throws {
    var matcher = try PatternMatcher(.grammar(try Grammar("root ::= \"a\"{10000} \"b\"{10000}")))
    let accepted = ["a", "b"].map { matcher.accept(String(repeating: $0, count: 10_000).utf8) }
    #expect(accepted == [true, true] && matcher.isComplete)
    let more = matcher.accept("b".utf8)
    #expect(!more)
  }
}

extension TextPattern {
  /// Whether `text` is one of the pattern's texts.
  func matches(_ text: String) throws -> Bool {
    var matcher = try PatternMatcher(self)
    return matcher.accept(text.utf8) && matcher.isComplete
  }
}
