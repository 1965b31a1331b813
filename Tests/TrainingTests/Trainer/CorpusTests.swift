import LanguageModel
import Testing

@testable import Training

@Suite struct CorpusTests {
  @Test func refusesWhatCannotBeLearned() throws {
    var corpus = TokenizedCorpus(vocabularySize: 10)
    #expect(throws: TrainingError.self) { try corpus.append([1]) }
    #expect(throws: TrainingError.self) { try corpus.append([]) }
    #expect(throws: TrainingError.self) { try corpus.append([1, 10]) }
    #expect(throws: TrainingError.self) { try corpus.append([1, -1]) }
    #expect(throws: TrainingError.self) { try corpus.append([1, 2], learned: [true]) }
    #expect(throws: TrainingError.self) { try corpus.append([1, 2], learned: [true, false]) }
    #expect(corpus.count == 0 && corpus.tokenCount == 0)
    try corpus.append([1, 2, 3], learned: [true, false, true])
    #expect(corpus.count == 1 && corpus.tokenCount == 3 && corpus.learnedCount == 1)
  }

  @Test func digestTellsCorporaApart() throws {
    func digest(_ documents: [[Int32]], learned: Bool = true) throws -> Digest {
      var corpus = TokenizedCorpus(vocabularySize: 10)
      for document in documents { try corpus.append(document, learned: document.indices.map { learned || $0 > 0 }) }
      return corpus.digest
    }
    let digests = [
      try digest([[1, 2, 3, 4]]), try digest([[1, 2], [3, 4]]), try digest([[1, 2, 4, 3]]), try digest([[1, 2, 3, 4]], learned: false),
      try digest([]),
    ]
    #expect(Set(digests.map(\.description)).count == 5)
    #expect(try digest([[1, 2, 3, 4]]) == digests[0])
  }

  @Test func piecesCoverEveryPrediction() throws {
    let corpus = try TokenizedCorpus.random(40, lengths: 2...50, seed: 3)
    for longest in [1, 7, 64] {
      let pieces = DocumentPieces(corpus, longest: longest, seed: 1)
      #expect(pieces.ranges.allSatisfy { $0.count <= longest })
      let predicted = pieces.ranges.joined().filter { corpus.learned[$0 + 1] }.map { $0 + 1 }
      let expected = (0..<corpus.count).flatMap { corpus.range(of: $0).dropFirst().filter { corpus.learned[$0] } }
      #expect(predicted == expected)
    }
  }

  @Test func everyEpochTakesAllInAnotherOrder() throws {
    let corpus = try TokenizedCorpus.random(50, seed: 3)
    var pieces = DocumentPieces(corpus, longest: 64, seed: 1)
    let epochs = (0..<3).map { epoch in (0..<50).map { pieces.shuffled(epoch * 50 + $0).lowerBound } }
    #expect(epochs.allSatisfy { $0.sorted() == pieces.ranges.map(\.lowerBound) })
    #expect(Set(epochs + [pieces.ranges.map(\.lowerBound)]).count == 4)
    var again = DocumentPieces(corpus, longest: 64, seed: 1)
    #expect(again.shuffled(117).lowerBound == epochs[2][17])
    var other = DocumentPieces(corpus, longest: 64, seed: 2)
    #expect((0..<50).map { other.shuffled($0).lowerBound } != epochs[0])
  }

  @Test func batchesArePacked() throws {
    let corpus = try TokenizedCorpus.random(60, seed: 8)
    var packer = BatchPacker(corpus, capacity: 64, longest: 32, prefix: 2, seed: 1)
    for _ in 0..<20 {
      let batch = packer.next()
      #expect(batch.count <= 64 && batch.count > 32)
      for row in 0..<batch.count {
        #expect(Int(batch.starts[row] + batch.positions[row]) == row)
        // The prefix, then tokens; what is learned is the token that stands next.
        #expect(batch.tokens[row] == -1 - batch.positions[row] || batch.positions[row] >= 2 && batch.tokens[row] >= 0)
        let continues = row + 1 < batch.count && batch.starts[row + 1] == batch.starts[row]
        #expect(batch.targets[row] < 0 || !continues || batch.targets[row] == batch.tokens[row + 1])
      }
      #expect(batch.learnedCount == batch.targets.count { $0 >= 0 })
    }
    #expect(packer.all().reduce(0) { $0 + $1.learnedCount } == corpus.learnedCount)
  }

  @Test func resumesWhereItWas() throws {
    let corpus = try TokenizedCorpus.random(30, seed: 8)
    var whole = BatchPacker(corpus, capacity: 64, longest: 32, prefix: 0, seed: 1)
    for _ in 0..<12 { _ = whole.next() }
    var rest = BatchPacker(corpus, capacity: 64, longest: 32, prefix: 0, seed: 1)
    rest.resume(at: whole.taken)
    for _ in 0..<5 { #expect(rest.next().tokens == whole.next().tokens) }
  }
}
