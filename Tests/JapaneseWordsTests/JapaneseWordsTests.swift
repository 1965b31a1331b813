import Foundation
import JapaneseWords
import Testing

@Suite struct JapaneseWordsTests {
  private let words = try! JapaneseWords.standard.get()

  private func split(_ text: String) -> [String] {
    let letters = Array(text.unicodeScalars)
    return words.words(letters).map { word in String(String.UnicodeScalarView(letters[word.range])) }
  }

  @Test(arguments: [
    ("しぶやに行ったことある?", "行っ|た|こと|ある"), ("足が棒になっちゃった", "足|が|棒|に|なっ|ちゃっ|た"), ("今夜は何を食べようか", "今夜|は|何|を|食べよ|う|か"),
    ("静かな店がいいです", "静か|な|店|が|いい|です"),
  ])
  func splitsWhereAReaderWould(_ text: String, _ expected: String) {
    #expect(split(text).joined(separator: "|").contains(expected), "\(split(text))")
  }

  @Test func inflectedFormsShareTheirLemma() {
    func lemma(_ text: String, _ surface: String) -> Int? {
      let letters = Array(text.unicodeScalars)
      return words.words(letters).first { String(String.UnicodeScalarView(letters[$0.range])) == surface }?.lemma
    }
    let base = lemma("本を読む", "読む")
    #expect(base != nil)
    #expect(base == lemma("本を読んだ", "読ん"))
    #expect(base == lemma("本を読みたい", "読み"))
    #expect(base != lemma("本を書く", "書く"))
  }

  /// Whatever comes in, the words cover it once and in order.
  @Test func coversEveryLetter() {
    var state: UInt64 = 3
    let alphabet = Array("あいうかがきんっゃ。、?!行食見人日本東京駅abc12😀 ー々".unicodeScalars)
    for _ in 0..<300 {
      var letters: [Unicode.Scalar] = []
      state = state &* 6_364_136_223_846_793_005 &+ 1
      for _ in 0..<Int(state >> 58) {
        state = state &* 6_364_136_223_846_793_005 &+ 1
        letters.append(alphabet[Int(state >> 33) % alphabet.count])
      }
      var next = 0
      for word in words.words(letters) {
        #expect(word.range.lowerBound == next && !word.range.isEmpty)
        next = word.range.upperBound
      }
      #expect(next == letters.count)
    }
  }

  @Test func refusesBrokenFiles() throws {
    var good = Data("OSUWORDS".utf8)
    good.append(contentsOf: [1, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0])  // one class, one surface, its connection
    good.append(contentsOf: [0, 1, 1, 0x42, 0x30, 0, 10, 0, 7, 0])  // あ
    let table = try JapaneseWords(good)
    #expect(table.words(["\u{3042}"]).map(\.lemma) == [7])
    for length in 0..<good.count {
      #expect(throws: WordTableError.self) { try JapaneseWords(good.prefix(length)) }
    }
    for (place, byte) in [(0, UInt8(0)), (8, 0), (10, 9), (12, 9), (20, 3), (21, 9), (22, 0), (25, 5)] {
      var bad = good
      bad[place] = byte
      #expect(throws: WordTableError.self, "byte \(place)") { try JapaneseWords(bad) }
    }
  }
}
