import Foundation
import Testing

@testable import LanguageModel
@testable import Training

extension EncoderShape {
  static let tiny = EncoderShape(width: 64, layers: 2, heads: 2, hiddenWidth: 96, vocabularySize: 30, positions: 16)
}

extension TrainableEncoder {
  /// Larger weights than training begins with, so that every part has an effect.
  static func strong(seed: UInt64 = 3) throws -> TrainableEncoder {
    let model = try TrainableEncoder(.tiny, tokenizer: GGUFMetadata(), seed: seed)
    var random = NormalSource(seed: seed &+ 1)
    for entry in model.layout.entries {
      for place in entry.range {
        model.weights.base[place] = model.weights.base[place] * (entry.shape.count > 1 ? 6 : 1) + Float(0.1 * random.next())
      }
    }
    return model
  }
}

private func randomText(_ random: inout RandomSource, _ lengths: ClosedRange<Int> = 1...12) -> [Int32] {
  (0..<Int.random(in: lengths, using: &random)).map { _ in Int32.random(in: 0..<30, using: &random) }
}

extension EncoderCorpus {
  static func random(known: Int, pairs: Int, seed: UInt64) throws -> EncoderCorpus {
    var random = RandomSource(seed: seed)
    var normal = NormalSource(seed: seed)
    var corpus = EncoderCorpus(vocabularySize: 30, width: 64)
    for _ in 0..<known { try corpus.append(randomText(&random), target: (0..<64).map { _ in Float(normal.next()) }) }
    for _ in 0..<pairs { try corpus.append(randomText(&random), like: randomText(&random)) }
    return corpus
  }

  var batch: EncoderBatch {
    var batch = EncoderBatch()
    for example in examples { batch.append(example, of: self, heads: 2) }
    return batch
  }
}

@Suite struct EncoderTrainerTests {
  private static let settings = TrainingSettings(
    steps: 60, batchPositions: 256, passPositions: 256, learningRate: 3e-3, warmUpSteps: 5, weightDecay: 0.01, precision: .float32)

  @Test(arguments: SIMDLevel.available) func slopesAreThoseOfTheLoss(level: SIMDLevel) throws {
    let model = try TrainableEncoder.strong()
    let corpus = try EncoderCorpus.random(known: 5, pairs: 4, seed: 1)
    let objective = EncoderObjective(temperature: 0.5, pairWeight: 0.7)
    let gradient = try FloatBuffer(model.layout.count, for: "a test")
    let kernels = try TrainingKernels(threads: 2, level: level, precision: .float32)
    let pass = try EncoderPass(model, gradient: gradient, kernels, capacity: 256)
    let batch = corpus.batch
    func lossNow() throws -> Double { objective.loss(try pass.forward(batch), batch, corpus, scale: 0, kernels).sum }
    let vectors = try pass.forward(batch)
    pass.backward(batch, vectors, objective.loss(vectors, batch, corpus, scale: 1, kernels).slopes)
    var random = NormalSource(seed: 17)
    for entry in model.layout.entries {
      let before = Array(model.weights[entry.range])
      let direction = before.map { _ in Float(random.next()) }
      let length = direction.reduce(0) { $0 + $1 * $1 }.squareRoot()
      let expected = zip(direction, entry.range).reduce(0.0) { $0 + Double($1.0 / length) * Double(gradient.base[$1.1]) }
      func loss(at step: Float) throws -> Double {
        for (index, place) in entry.range.enumerated() { model.weights.base[place] = before[index] + step * direction[index] / length }
        return try lossNow()
      }
      let step: Float = 0.02
      let wide = (try loss(at: step) - loss(at: -step)) / Double(2 * step)
      let narrow = (try loss(at: step / 2) - loss(at: -step / 2)) / Double(step)
      let found = (4 * narrow - wide) / 3
      _ = try loss(at: 0)
      #expect(abs(found - expected) < 2e-3 * max(0.1, abs(expected)) + 2e-4, "\(entry.name): \(found), expected \(expected)")
    }
  }

  /// A student of another seed comes near a teacher's vectors of texts that it did not see.
  @Test func learnsFromATeacher() throws {
    let teacher = try EncoderTrainer(.strong(seed: 8), corpus: .random(known: 1, pairs: 0, seed: 1), settings: Self.settings)
    var random = RandomSource(seed: 5)
    // One token decides each text, so that there is something to find out.
    let texts = (0..<300).map { _ in
      [Int32](repeating: Int32.random(in: 0..<30, using: &random), count: Int.random(in: 2...6, using: &random))
    }
    func corpus(_ range: Range<Int>) throws -> EncoderCorpus {
      var corpus = EncoderCorpus(vocabularySize: 30, width: 64)
      for (text, vector) in zip(texts[range], try teacher.vectors(Array(texts[range]))) { try corpus.append(text, target: vector) }
      return corpus
    }
    let student = try EncoderTrainer(
      TrainableEncoder(.tiny, tokenizer: GGUFMetadata(), seed: 1), corpus: corpus(0..<250), heldOut: corpus(250..<300),
      settings: Self.settings)
    let before = try #require(try student.heldOutLoss())
    let report = try student.run()
    let after = try #require(report.heldOutLoss)
    #expect(before > 0.5 && after < 0.1, "\(before) before, \(after) after")
    #expect(report.architecture.hasPrefix("bert: 2 layers") && report.corpus.examples == 250)
  }

  /// Texts that say the same in two vocabularies come together.
  @Test(arguments: TrainingSettings.Precision.allCases) func bringsPairsTogether(precision: TrainingSettings.Precision) throws {
    var random = RandomSource(seed: 5)
    var corpus = EncoderCorpus(vocabularySize: 30, width: 64)
    for _ in 0..<200 {
      let one = (0..<4).map { _ in Int32.random(in: 0..<15, using: &random) }
      try corpus.append(one, like: one.map { $0 + 15 })
    }
    var settings = Self.settings
    (settings.precision, settings.steps) = (precision, 100)
    let trainer = try EncoderTrainer(
      TrainableEncoder(.tiny, tokenizer: GGUFMetadata(), seed: 1), corpus: corpus, settings: settings)
    _ = try trainer.run()
    let unseen = (0..<20).map { _ in (0..<4).map { _ in Int32.random(in: 0..<15, using: &random) } }
    let (ones, others) = (try trainer.vectors(unseen), try trainer.vectors(unseen.map { $0.map { $0 + 15 } }))
    let found = ones.indices.count { index in
      let scores = others.map { zip($0, ones[index]).reduce(Float(0)) { $0 + $1.0 * $1.1 } }
      return scores.indices.max { scores[$0] < scores[$1] } == index
    }
    #expect(found >= 17, "\(found) of 20")
  }

  @Test func resumesToTheBitOnAnyThreads() async throws {
    let folder = try TemporaryFolder()
    let corpus = try EncoderCorpus.random(known: 40, pairs: 40, seed: 2)
    func trainer(_ options: TrainingOptions) throws -> EncoderTrainer {
      var settings = Self.settings
      settings.steps = 12
      return try EncoderTrainer(
        TrainableEncoder(.tiny, tokenizer: GGUFMetadata(), seed: 1), corpus: corpus, heldOut: .random(known: 3, pairs: 3, seed: 3),
        settings: settings, options: options)
    }
    let whole = try trainer(TrainingOptions())
    let report = try whole.run()
    let options = TrainingOptions(threads: 1, checkpoint: folder.file("run.gguf"))
    await #expect(throws: CancellationError.self) {
      try await Task {
        _ = try trainer(options).run { if $0.step == 7 { withUnsafeCurrentTask { $0?.cancel() } } }
      }.value
    }
    let rest = try trainer(options)
    #expect(rest.step == 7 && !rest.isFinished)
    #expect(try rest.run().curve == report.curve && rest.isFinished)
    #expect(Array(rest.model.weights.values) == Array(whole.model.weights.values))
    var other = Self.settings
    other.steps = 12
    #expect(throws: TrainingError.self) {
      try EncoderTrainer(
        TrainableEncoder(.tiny, tokenizer: GGUFMetadata(), seed: 1), corpus: corpus, heldOut: .random(known: 3, pairs: 3, seed: 3),
        objective: EncoderObjective(temperature: 0.1), settings: other, options: options)
    }
  }

  @Test func refusesWhatCannotBeLearned() throws {
    var corpus = EncoderCorpus(vocabularySize: 30, width: 64)
    let vector = [Float](repeating: 1, count: 64)
    #expect(throws: TrainingError.self) { try corpus.append([], target: vector) }
    #expect(throws: TrainingError.self) { try corpus.append([30], target: vector) }
    #expect(throws: TrainingError.self) { try corpus.append([1], target: [1]) }
    #expect(throws: TrainingError.self) { try corpus.append([1], target: vector.map { $0 * 0 }) }
    #expect(throws: TrainingError.self) { try corpus.append([1], target: vector.map { $0 / 0 }) }
    #expect(throws: TrainingError.self) { try corpus.append([1], like: []) }
    #expect(throws: TrainingError.self) { try corpus.append([1], like: [-1]) }
    #expect(corpus.count == 0 && corpus.tokenCount == 0)
    func train(_ corpus: EncoderCorpus, _ settings: TrainingSettings = Self.settings) throws {
      _ = try EncoderTrainer(TrainableEncoder(.tiny, tokenizer: GGUFMetadata(), seed: 1), corpus: corpus, settings: settings)
    }
    #expect(throws: TrainingError.self) { try train(corpus) }
    try corpus.append([Int32](repeating: 1, count: 17), target: vector)
    #expect(throws: TrainingError.self) { try train(corpus) }
    var wide = EncoderCorpus(vocabularySize: 30, width: 2)
    try wide.append([1], target: [1, 2])
    #expect(throws: TrainingError.self) { try train(wide) }
    var settings = Self.settings
    settings.batchPositions = 512
    #expect(throws: TrainingError.self) { try train(.random(known: 1, pairs: 0, seed: 1), settings) }
    let trainer = try EncoderTrainer(.strong(), corpus: .random(known: 1, pairs: 0, seed: 1), settings: Self.settings)
    for text in [[], [30], [Int32](repeating: 1, count: 17)] { #expect(throws: TrainingError.self) { try trainer.vectors([text]) } }
  }

  // MARK: The file

  /// The engine's encoder gives the vectors that the trainer has.
  @Test func exportRuns() throws {
    let folder = try TemporaryFolder()
    let trainer = try EncoderTrainer(.strong(), corpus: .random(known: 1, pairs: 0, seed: 1), settings: Self.settings)
    var random = RandomSource(seed: 3)
    let texts = (0..<9).map { _ in randomText(&random, 1...16) }
    let expected = try trainer.vectors(texts)
    for (type, error) in [(TensorType.f32, Float(2e-5)), (.f16, 1e-3), (.q8_0, 0.02)] {
      let path = folder.file("\(type).gguf")
      try trainer.export(to: path, name: "tiny", type: type)
      let file = try BERTFile(GGUFFile(path: path))
      let level = SIMDLevel.best == .avx512bf16 ? .avx512 : SIMDLevel.best
      let encoder = BERT(try BERTWeights(file.shape, level: level, tensor: file.floats), keeping: [], pooling: try Pooling(file.file))
      let found = encoder.forward(texts).map(\.sentence)
      let difference = zip(found.joined(), expected.joined()).reduce(Float(0)) { max($0, abs($1.0 - $1.1)) }
      #expect(found.count == expected.count && difference < error, "\(type): \(difference)")
    }
  }

  @Test func comesBackWhole() throws {
    let folder = try TemporaryFolder()
    let model = try TrainableEncoder.strong()
    let path = folder.file("model.gguf")
    try model.export(to: path, name: "tiny")
    let again = try TrainableEncoder(GGUFFile(path: path))
    #expect(again.shape == model.shape && Array(again.weights.values) == Array(model.weights.values))
    let second = try TrainableEncoder(GGUFFile(path: path), layers: [1])
    #expect(second.shape.layers == 1)
    let (from, to) = (try #require(model.layout["blk.1.ffn_up.weight"]), try #require(second.layout["blk.0.ffn_up.weight"]))
    #expect(Array(second.weights[to.range]) == Array(model.weights[from.range]))
    #expect(throws: TrainingError.self) { try TrainableEncoder(GGUFFile(path: path), layers: [2]) }
    try TrainableDecoder.tiny().export(to: path, name: "x")
    #expect(throws: TrainingError.self) { try TrainableEncoder(GGUFFile(path: path)) }
  }

  /// A file's vector of the first segment becomes a part of each position's.
  @Test func segmentIsFolded() throws {
    let folder = try TemporaryFolder()
    let (model, path) = (try TrainableEncoder.strong(), folder.file("model.gguf"))
    let segments = (0..<128).map { Float($0) }
    var metadata = model.metadata
    metadata["tokenizer.ggml.token_type_count"] = .uint32(2)
    let writer = try GGUFWriter(
      path: path, metadata: metadata,
      tensors: model.layout.entries.map { .init(name: $0.name, type: .f32, shape: $0.shape) }
        + [.init(name: "token_types.weight", type: .f32, shape: [64, 2])])
    for entry in model.layout.entries { try writer.write(Array(model.weights[entry.range])) }
    try writer.write(segments)
    try writer.finish()
    let read = try TrainableEncoder(GGUFFile(path: path))
    let entry = try #require(model.layout["position_embd.weight"])
    for place in 0..<entry.count {
      #expect(read.weights.base[entry.offset + place] == model.weights.base[entry.offset + place] + segments[place % 64])
    }
  }
}
