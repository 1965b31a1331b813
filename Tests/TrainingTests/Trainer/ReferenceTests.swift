import Foundation
import LanguageModel
import Testing

@testable import Training

/// What PyTorch computes for a tiny model (Scripts/make-training-fixtures.py).
struct TrainingReference: Decodable {
  struct Document: Decodable {
    let tokens: [Int32]
    let learned: [Bool]
  }

  let documents: [Document]
  let rates: [Float]
  let decay: Float
  let clipping: Float
  let losses: [Double]
  /// Of the first gradient.
  let norm: Float
  /// Some numbers of each tensor: their place and value.
  let gradient: [String: [[Float]]]
  let after: [String: [[Float]]]

  static func path(_ name: String) throws -> String {
    try #require(Bundle.module.resourcePath) + "/Fixtures/" + name
  }

  static func load(_ name: String) throws -> TrainingReference {
    try JSONDecoder().decode(TrainingReference.self, from: Data(contentsOf: URL(fileURLWithPath: path("\(name).json"))))
  }

  func batch(vocabulary: Int) throws -> PackedBatch {
    var corpus = TokenizedCorpus(vocabularySize: vocabulary)
    for document in documents { try corpus.append(document.tokens, learned: document.learned) }
    return corpus.batch()
  }
}

@Suite struct ReferenceTests {
  private func largestError(_ found: FloatBuffer, _ expected: [String: [[Float]]], _ layout: ParameterLayout) throws -> Float {
    try expected.reduce(0) { largest, tensor in
      let entry = try #require(layout[tensor.key])
      return tensor.value.reduce(largest) { max($0, abs(found.base[entry.offset + Int($1[0])] - $1[1])) }
    }
  }

  @Test(arguments: ["llama-tied", "llama"]) func agreesWithPyTorch(name: String) throws {
    let reference = try TrainingReference.load(name)
    let model = try TrainableDecoder(path: TrainingReference.path("\(name).gguf"))
    #expect(model.shape.tiesEmbeddings == (name == "llama-tied"))
    let batch = try reference.batch(vocabulary: model.shape.vocabularySize)
    let inspected = try Inspected(model)
    let settings = TrainingSettings(steps: 3, weightDecay: reference.decay, clipping: reference.clipping)
    let optimizer = try AdamW(settings, inspected.trained.layout, inspected.kernels)
    for (step, rate) in reference.rates.enumerated() {
      let loss = try inspected.pass.learn(batch, scale: 1 / Float(batch.learnedCount)) / Double(batch.learnedCount)
      #expect(abs(loss - reference.losses[step]) < 2e-5, "step \(step)")
      let norm = optimizer.norm(of: inspected.trained.gradient)
      if step == 0 {
        #expect(abs(norm - reference.norm) < 1e-4 * reference.norm)
        #expect(try largestError(inspected.trained.gradient, reference.gradient, inspected.trained.layout) < 2e-5)
      }
      optimizer.update(model.weights, inspected.trained.gradient, norm: norm, step: step, rate: rate)
    }
    #expect(try largestError(model.weights, reference.after, model.layout) < 2e-5)
  }
}
