import Foundation
import Testing

@testable import LanguageModel

/// The scanners against the regular expressions that they stand for, run by Foundation.
@Suite struct PreTokenizerTests {
  private static func expression(_ preTokenizer: PreTokenizer) -> NSRegularExpression {
    let contractions = "'[sS]|'[tT]|'[rR][eE]|'[vV][eE]|'[mM]|'[lL][lL]|'[dD]"
    func llama(_ digits: String) -> String {
      #"(?:\#(contractions))|[^\r\n\p{L}\p{N}]?\p{L}+|\#(digits)| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"#
    }
    let pattern =
      switch preTokenizer {
      case .gpt2: #"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+"#
      case .llama3: llama(#"\p{N}{1,3}"#)
      case .qwen2: llama(#"\p{N}"#)
      }
    // ICU's \s lacks U+000B and U+0085.
    let unicode = pattern.replacingOccurrences(of: #"\s"#, with: #"\p{White_Space}"#)
      .replacingOccurrences(of: #"\S"#, with: #"\P{White_Space}"#)
    return try! NSRegularExpression(pattern: unicode)
  }

  private func words(_ text: String, _ preTokenizer: PreTokenizer) -> [[UInt8]] {
    Array(text.utf8).withUnsafeBufferPointer { bytes in
      var words: [[UInt8]] = []
      var start = 0
      while start < bytes.count {
        let end = preTokenizer.wordEnd(in: bytes, from: start)
        #expect(end > start && end <= bytes.count)
        words.append(Array(bytes[start..<end]))
        start = end
      }
      return words
    }
  }

  private func expectSame(_ text: String, _ preTokenizer: PreTokenizer, _ expression: NSRegularExpression) {
    let matches = expression.matches(in: text, range: NSRange(location: 0, length: text.utf16.count))
    let expected = matches.map { Array((text as NSString).substring(with: $0.range).utf8) }
    #expect(words(text, preTokenizer) == expected, "\(text.debugDescription)")
  }

  @Test(arguments: PreTokenizer.allCases) func randomTextsAreCutAsTheExpressionCuts(_ preTokenizer: PreTokenizer) {
    var random = SplitMix(1)
    let expression = Self.expression(preTokenizer)
    let letters = Array(" \n\r\t'sSrRelEL1½.a\u{B}\u{85}\u{3000}ーが\u{300}😀".unicodeScalars)
    for _ in 0..<3000 {
      var text = String.UnicodeScalarView()
      for _ in 0..<Int.random(in: 0...12, using: &random) { text.append(letters.randomElement(using: &random)!) }
      expectSame(String(text), preTokenizer, expression)
    }
    for text in PeerVocabulary.mixedTexts { expectSame(text, preTokenizer, expression) }
  }

  @Test func spacesGoWithTheWordThatFollows() {
    func cut(_ text: String, _ preTokenizer: PreTokenizer) -> [String] {
      words(text, preTokenizer).map { String(decoding: $0, as: UTF8.self) }
    }
    #expect(cut("a   b", .gpt2) == ["a", "  ", " b"])
    #expect(cut("a   ", .gpt2) == ["a", "   "])
    #expect(cut("a \n\n b", .gpt2) == ["a", " \n\n", " b"])
    #expect(cut("a \n\n  b", .llama3) == ["a", " \n\n", " ", " b"])
    #expect(cut("I'LL 12345.\n", .llama3) == ["I", "'LL", " ", "123", "45", ".\n"])
    #expect(cut("I'LL 12", .gpt2) == ["I", "'", "LL", " 12"])
    #expect(cut("12 (x)", .qwen2) == ["1", "2", " (", "x", ")"])
    #expect(cut("\t東京!", .qwen2) == ["\t東京", "!"])
  }

  @Test func namesOfFilesAreKnown() {
    #expect(PreTokenizer(name: "llama-bpe") == .llama3)
    #expect(PreTokenizer(name: "qwen2") == .qwen2)
    #expect(PreTokenizer(name: "gpt-2") == .gpt2)
    #expect(PreTokenizer(name: "default") == nil)
    #expect(PreTokenizer.allCases.allSatisfy { PreTokenizer(name: $0.name) == $0 })
  }
}
