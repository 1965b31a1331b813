import LanguageModel
import Testing

@Suite struct PatternMatcherTests {
  @Test func aTextIsFollowedPieceByPiece() throws {
    var matcher = try PatternMatcher(.grammar(try Grammar("root ::= \"あ\" [0-9]{2,3}")))
    #expect(!matcher.isComplete)
    for piece: [UInt8] in [[0xE3], [0x81, 0x82], [0x31]] {
      #expect(matcher.accept(piece))
      #expect(!matcher.isComplete)
    }
    #expect(matcher.accept("2".utf8) && matcher.isComplete)
    #expect(!matcher.accept("x".utf8) && !matcher.isComplete)
    // What has left the pattern stays outside.
    #expect(!matcher.accept("1".utf8) && !matcher.accept([]) && !matcher.isComplete)
  }

  /// More states than one automaton holds.
  @Test func aLongTextGoesOnInNewAutomata() throws {
    var matcher = try PatternMatcher(.grammar(try Grammar("root ::= \"a\"{10000} \"b\"{10000}")))
    for letter in ["a", "b"] { #expect(matcher.accept(String(repeating: letter, count: 10_000).utf8)) }
    #expect(matcher.isComplete && !matcher.accept("b".utf8))
  }
}

extension TextPattern {
  /// Whether `text` is one of the pattern's texts.
  func matches(_ text: String) throws -> Bool {
    var matcher = try PatternMatcher(self)
    return matcher.accept(text.utf8) && matcher.isComplete
  }
}
