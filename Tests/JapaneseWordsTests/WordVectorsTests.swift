import Foundation
import JapaneseWords
import Testing

@Suite struct WordVectorsTests {
  private let words = try! JapaneseWords.standard.get()
  private let vectors = try! WordVectors.standard.get()

  private func vector(_ word: String) -> [Float] {
    var sum = [Float](repeating: 0, count: vectors.dimension)
    for case let lemma? in words.words(Array(word.unicodeScalars)).map(\.lemma) { vectors.add(lemma: lemma, to: &sum) }
    return sum
  }

  private func cosine(_ a: String, _ b: String) -> Float {
    let (x, y) = (vector(a), vector(b))
    func dot(_ p: [Float], _ q: [Float]) -> Float { zip(p, q).reduce(0) { $0 + $1.0 * $1.1 } }
    return dot(x, y) / max(1e-9, (dot(x, x) * dot(y, y)).squareRoot())
  }

  @Test(arguments: [("疲れる", "しんどい", "安い"), ("雨", "雪", "寿司"), ("静か", "穏やか", "高い")])
  func wordsOfLikeMeaningAreNear(_ word: String, _ near: String, _ far: String) {
    #expect(cosine(word, near) > 0.35, "\(cosine(word, near))")
    #expect(cosine(word, near) > cosine(word, far) + 0.2, "\(cosine(word, near)) against \(cosine(word, far))")
  }

  @Test func aLemmaWithoutAVectorAddsNothing() {
    var sum = [Float](repeating: 0, count: vectors.dimension)
    #expect(!vectors.add(lemma: 1 << 20, to: &sum))
    #expect(!vectors.add(lemma: -1, to: &sum))
    #expect(sum.allSatisfy { $0 == 0 })
  }

  @Test func refusesBrokenFiles() throws {
    var good = Data("OSUVECTS".utf8)
    good.append(contentsOf: [2, 0, 1, 0, 0, 0])  // two dimensions, one lemma
    good.append(contentsOf: [5, 0, 255, 0, 0, 128, 63, 3, 0xFD])  // lemma 5, weight 1, scale 1, (3, -3)
    let table = try WordVectors(good)
    var sum: [Float] = [1, 1]
    let known = table.add(lemma: 5, to: &sum)
    #expect(known)
    #expect(sum == [4, -2])
    #expect(!table.add(lemma: 4, to: &sum))
    for length in 0..<good.count { #expect(throws: WordTableError.self) { try WordVectors(good.prefix(length)) } }
    // Not the magic, no dimension, more lemmas than there are, a scale that is no number.
    for (place, byte) in [(0, UInt8(0)), (8, 0), (12, 1), (20, 0x7F)] {
      var bad = good
      bad[place] = byte
      if place == 20 { bad[19] = 0x80 }
      #expect(throws: WordTableError.self, "byte \(place)") { try WordVectors(bad) }
    }
  }
}
