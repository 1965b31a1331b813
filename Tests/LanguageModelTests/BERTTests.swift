import LanguageModel
import Testing

/// The encoder on small random weights against arithmetic in double precision.
@Suite struct BERTTests {
  static let shapes = [
    BERTShape(vocabulary: 50, positions: 80, width: 64, heads: 2, inner: 96, layers: 3),
    BERTShape(vocabulary: 20, positions: 40, width: 96, heads: 1, inner: 160, layers: 2),
    // Query, key and value together wider than the inner layer, whose place in the scratch memory they share.
    BERTShape(vocabulary: 20, positions: 40, width: 64, heads: 2, inner: 32, layers: 2),
  ]

  static func texts(_ shape: BERTShape, _ lengths: [Int]) -> [[Int32]] {
    lengths.map { length in (0..<length).map { _ in Int32.random(in: 0..<Int32(shape.vocabulary)) } }
  }

  @Test(arguments: SIMDLevel.available, shapes.indices) func vectorsAreThoseOfTheDefinition(level: SIMDLevel, index: Int) throws {
    let shape = Self.shapes[index]
    let naive = NaiveBERT.random(shape, seed: UInt64(index + 1))
    let model = BERT(try BERTWeights(shape, level: level) { name, _ in naive.tensors[name]! }, keeping: [1])
    let texts = Self.texts(shape, [1, 2, 7, 13, 33, shape.positions])
    for (text, vectors) in zip(texts, model.forward(texts)) {
      let expected = naive.forward(text)
      for (own, right) in [(vectors.layers, expected[0]), (vectors.sentence, expected[shape.layers - 1])] {
        let worst = zip(own, right).map { abs(Double($0) - $1) }.max()!
        // A component is about 0.1; bf16 keeps eight binary digits.
        #expect(worst < (level == .avx512bf16 ? 5e-3 : 2e-5), "\(text.count) tokens: \(worst)")
      }
    }
  }

  @Test(arguments: SIMDLevel.available) func aTextsVectorsDoNotDependOnItsNeighbours(level: SIMDLevel) throws {
    let shape = Self.shapes[0]
    let naive = NaiveBERT.random(shape, seed: 9)
    let model = BERT(try BERTWeights(shape, level: level) { name, _ in naive.tensors[name]! }, keeping: [2])
    for _ in 0..<20 {
      let texts = Self.texts(shape, (0..<Int.random(in: 1...12)).map { _ in Int.random(in: 1...shape.positions) })
      for (text, together) in zip(texts, model.forward(texts)) {
        let alone = model.forward([text])[0]
        let differences = zip(alone.sentence + alone.layers, together.sentence + together.layers).map { abs($0 - $1) }
        #expect(differences.max()! < 1e-5)
      }
    }
  }

  @Test func noTextsGiveNoVectors() throws {
    let shape = Self.shapes[0]
    let naive = NaiveBERT.random(shape, seed: 3)
    let model = BERT(try BERTWeights(shape, level: .best) { name, _ in naive.tensors[name]! }, keeping: [])
    #expect(model.forward([]).isEmpty)
  }

  @Test func anErrorOfATensorEndsTheLoading() {
    let naive = NaiveBERT.random(Self.shapes[0], seed: 4)
    struct Missing: Error {}
    #expect(throws: Missing.self) {
      _ = try BERTWeights(Self.shapes[0], level: .best) { name, _ in
        guard name != "encoder.layer.2.output.dense.bias" else { throw Missing() }
        return naive.tensors[name]!
      }
    }
  }
}
