import JapaneseWords
import LanguageModel

/// Japanese sentences as means of their words' vectors, weighed by how seldom a word is (Arora, Liang, Ma 2017): likeness in meaning
/// without word order, in microseconds.
public struct JapaneseEncoder: SentenceEncoder {
  private let words: JapaneseWords
  private let vectors: WordVectors
  /// Japanese says at the end what is done with it all; so many words there have a vector of their own.
  private static let closingWords = 4

  public init() throws {
    words = try JapaneseWords.standard.get()
    vectors = try WordVectors.standard.get()
  }

  public var dimension: Int { vectors.dimension }

  public func analyse(_ text: String) throws -> TextVectors {
    let letters = FoldedText(text).scalars
    let lemmas = letters.split { !FoldedText.isJapanese($0) && !FoldedText.isLatin($0) }.flatMap { words.words(Array($0)).map(\.lemma) }
    return TextVectors(sentence: mean(lemmas[...]), layers: mean(lemmas.suffix(Self.closingWords)))
  }

  /// `[dimension]`, of length 1, or all zero where no word is known.
  private func mean(_ lemmas: ArraySlice<Int?>) -> [Float] {
    var sum = [Float](repeating: 0, count: dimension)
    for case let lemma? in lemmas { vectors.add(lemma: lemma, to: &sum) }
    let size = sum.reduce(0) { $0 + $1 * $1 }.squareRoot()
    return size > 0 ? sum.map { $0 / size } : sum
  }
}
