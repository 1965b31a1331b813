import Testing

@testable import Composition

@Suite struct PiecesTests {
  private func sentences(_ pieces: [String]) -> [String] {
    var stream = SentenceStream()
    return pieces.flatMap { stream.append($0) } + [stream.finish()].compactMap { $0 }
  }

  @Test(arguments: [
    ("It costs 3.5 yen. Go early!  Or not", ["It costs 3.5 yen.", " Go early!", "  Or not"]),
    ("静かです。「夜も。」混みません！よい", ["静かです。", "「夜も。」", "混みません！", "よい"]),
    ("One line\nand another\n", ["One line\n", "and another\n"]), ("", []), (" \n ", []),
  ])
  func sentencesAreCutWhereTheyEnd(_ text: String, _ expected: [String]) {
    #expect(sentences([text]) == expected)
    // However the text comes in.
    #expect(sentences(text.map(String.init)) == expected)
  }

  @Test func thoughtsAreTakenOutHoweverTheyCome() {
    let text = "<think>\nperhaps <b>\n</think>Yes <3 of them.<think>more</think> Really."
    for size in 1...text.count {
      var filter = ThoughtFilter()
      var output = ""
      var rest = Substring(text)
      while !rest.isEmpty {
        output += filter.append(String(rest.prefix(size)))
        rest = rest.dropFirst(size)
      }
      #expect(output + filter.finish() == "Yes <3 of them. Really.")
    }
  }

  @Test func whatLooksLikeANameIsFound() {
    func names(_ text: String, _ language: String) -> [String] { NameShapes.names(in: text, language: language) { _ in false } }
    #expect(names("The tea at Velvet Lantern is “Green Moon”, they say.", "en") == ["Green Moon", "Velvet", "Lantern", "Moon"])
    #expect(names("Try this: Go on. I'm sure", "en") == [])
    #expect(names("「月影堂」の近くのカフェモカです", "ja") == ["月影堂", "カフェモカ"])
  }
}
