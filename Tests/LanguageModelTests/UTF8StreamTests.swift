import LanguageModel
import Testing

@Suite struct UTF8StreamTests {
  @Test func charactersComeWhole() {
    var stream = UTF8Stream()
    #expect(stream.append([0xE3]) == "")
    #expect(stream.append([0x81]) == "")
    #expect(stream.append([0x82, 0x41]) == "あA")
    #expect(stream.append([0xF0, 0x9F, 0x8D]) == "")
    #expect(stream.append([0xA3]) == "🍣")
    #expect(stream.append([0xC3]) == "")
    #expect(stream.finish() == "\u{FFFD}")
    #expect(stream.finish() == "")
  }

  @Test func whatCanNeverBecomeACharacterIsNotHeldBack() {
    var stream = UTF8Stream()
    for bytes: [UInt8] in [[0xFF], [0x80], [0xC0], [0xF5], [0xC1]] { #expect(stream.append(bytes) == "\u{FFFD}") }
    // An overlong form and a surrogate, whose second byte is already wrong.
    #expect(stream.append([0xE0, 0x80]) == "\u{FFFD}\u{FFFD}")
    #expect(stream.append([0xED, 0xA0]) == "\u{FFFD}\u{FFFD}")
    #expect(stream.append([0xF4, 0x90]) == "\u{FFFD}\u{FFFD}")
  }

  @Test func anyCutGivesTheTextOfTheWhole() {
    var random = SplitMix(9)
    let telling: [UInt8] = [0x41, 0x80, 0x8F, 0x90, 0x9F, 0xA0, 0xBF, 0xC2, 0xE0, 0xE3, 0xED, 0xEF, 0xF0, 0xF1, 0xF4, 0xF5, 0xFF]
    for _ in 0..<5000 {
      let bytes: [UInt8] =
        Bool.random(using: &random)
        ? Array(randomText(upTo: 8, using: &random).utf8)
        : (0..<Int.random(in: 0...12, using: &random)).map { _ in telling.randomElement(using: &random)! }
      var stream = UTF8Stream()
      var text = ""
      var place = 0
      while place < bytes.count {
        let end = Int.random(in: place...min(bytes.count, place + 3), using: &random)
        text += stream.append(bytes[place..<end])
        place = end
      }
      text += stream.finish()
      #expect(text.unicodeScalars.elementsEqual(String(decoding: bytes, as: UTF8.self).unicodeScalars), "\(bytes)")
    }
  }

  @Test func tokensOfAModelStreamWhole() {
    let tokenizer = PeerVocabulary.gpt2.tokenizer
    for text in PeerVocabulary.mixedTexts.prefix(200) {
      var stream = UTF8Stream()
      var parts: [String] = []
      for token in tokenizer.encode(text, special: false) { parts.append(stream.append(tokenizer.bytes(of: token))) }
      #expect(parts.joined().unicodeScalars.elementsEqual(text.unicodeScalars))
      #expect(text.contains("\u{FFFD}") || !parts.contains { $0.contains("\u{FFFD}") })
      #expect(stream.finish() == "")
    }
  }
}
