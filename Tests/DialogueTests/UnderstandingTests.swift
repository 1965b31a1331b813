import Dialogue
import Frames
import Knowledge
import Testing
import Understanding

@Suite struct FoldedTextTests {
  @Test(arguments: [("ＡＢＣ　１２", "abc 12"), ("カタカナ", "かたかな"), ("Café", "cafe"), ("Ōmotesandō", "omotesando"), ("It’s", "it's")])
  func folds(_ text: String, _ folded: String) { #expect(FoldedText.fold(text) == folded) }

  @Test func spansOfTheFoldedTextAreSpansOfTheText() {
    let text = FoldedText("In Ōji, 王子で")
    #expect(text.originalString(text.words[1]) == "Ōji")
  }

  @Test(arguments: [("hello", "en"), ("渋谷", "ja"), ("ramen 食べたい", "ja"), ("123", "xx")])
  func languages(_ text: String, _ language: String) { #expect(detectLanguage(text, fallback: "xx") == language) }
}

@Suite struct PhraseTableTests {
  private func table() -> PhraseTable<Int> {
    var table = PhraseTable<Int>(fuzzyLength: 6)
    for (index, phrase) in ["Ueno", "Ueno Park", "Shimokitazawa", "上野", "上野公園", "しぶや"].enumerated() { table.add(phrase, index) }
    return table
  }

  @Test(
    arguments: [
      ("ueno park please", [1]), ("near Ueno's station", [0]), ("shimokitazwa", [2]), ("上野公園と上野", [4, 3]), ("シブヤ", [5]),
      ("uenos", []), ("xuenox", []),
    ] as [(String, [Int])]) func matches(_ text: String, _ payloads: [Int])
  {
    #expect(table().matches(in: FoldedText(text)).flatMap(\.payloads) == payloads)
  }

  @Test func exactMatchingForgivesNothing() {
    #expect(table().matches(in: FoldedText("shimokitazwa"), forgiving: false).isEmpty)
  }

  @Test func fuzzNeverCrashes() {
    let letters = Array("uenoparkшしぶや上野公園 'Ō１🍜")
    for _ in 0..<500 {
      let text = String((0..<Int.random(in: 0...30)).map { _ in letters.randomElement()! })
      let folded = FoldedText(text)
      for match in table().matches(in: folded) { #expect(match.range.upperBound <= folded.scalars.count) }
    }
  }
}

/// The requests and near-misses that define the heart of the product; wordings of the issue, not of the training data.
@Suite struct IndirectRequestTests {
  private let understander: Understander

  init() throws { understander = try Shipped.tokyo().understander }

  @Test(arguments: [
    "渋谷に行ったことある？", "Have you been to Shibuya?", "My feet are killing me", "It's pouring", "We've got two kids with us",
    "I've heard Yanaka is nice", "子どもが飽きてきた",
  ]) func isARequest(_ text: String) throws {
    let frame = try understander.understand(text)
    #expect(frame.goal == .recommend && frame.indirect, "\(frame.goal) \(frame.indirect) \(frame.confidence)")
  }

  @Test(arguments: ["Have you been well?", "Thanks, that was lovely", "I went to Shibuya yesterday, it was awful", "Is Shibuya in Minato?"])
  func isNone(_ text: String) throws {
    let frame = try understander.understand(text)
    #expect(![.recommend, .refine, .plan].contains(frame.goal) && !frame.indirect, "\(frame.goal)")
  }

  @Test func senses() throws {
    #expect(try understander.understand("Have you been to Shibuya?").constraints.contains { $0.slot == "area" && $0.value == ["shibuya"] })
    #expect(try understander.understand("It's pouring").constraints.contains { $0.slot == "weather" && $0.value == ["rain"] })
    #expect(try understander.understand("子どもが飽きてきた").constraints.contains { $0.slot == "company" && $0.value == ["kids"] })
    #expect(try understander.understand("I went to Shibuya yesterday, it was awful").sentiment == .negative)
  }

  @Test(arguments: [
    ("I've got a free afternoon", false), ("is it free?", true), ("Are you free tonight, I'm free all day", false),
    ("something free, I'm free all afternoon", true),
  ]) func aWordMeansAValueUnlessItsPhraseDoesNot(_ text: String, _ isPrice: Bool) {
    let found = understander.properties(in: text, language: "en")
    #expect(found.contains { $0.slot == "price" && $0.value == ["free"] } == isPrice)
  }

  @Test(arguments: [
    ("Who designed the Burj Khalifa?", "en", "Burj Khalifa"), ("How much is it?", "en", nil),
    ("What time does it open on Sundays?", "en", nil), ("Can I go there in May, when I'm free?", "en", nil),
    ("凱旋門広場を設計したのは誰？", "ja", "凱旋門広場"), ("最寄り駅は？", "ja", nil), ("営業時間は？", "ja", nil),
  ]) func aNameThatNobodyKnows(_ text: String, _ language: String, _ name: String?) {
    #expect(understander.strangerName(in: text, language: language) == name)
  }

  @Test func aWordOfTheFieldIsNoMisspeltName() throws {
    for text in ["what is the best way", "a good place to meet"] {
      #expect(try understander.understand(text).entities.isEmpty, "\(text)")
    }
  }

  @Test(arguments: ["Shibuya", "渋谷", "しぶや", "シブヤ", "shibuya"]) func aPlaceInAnyWriting(_ name: String) throws {
    #expect(try understander.understand("\(name) ?").entities.map(\.id) == ["area:shibuya"])
  }

  @Test func numbersPointAtTheList() throws {
    let shown = ["nezu-shrine", "ueno-zoo", "yanaka-ginza"]
    #expect(try understander.understand("tell me more about the second one", shown: shown).references == ["ueno-zoo"])
    #expect(try understander.understand("3番目について教えて", shown: shown).references == ["yanaka-ginza"])
  }
}
