import Foundation
import LanguageModel
import Testing

@testable import Training

@Suite struct DecoderTrainerTests {
  private static func settings(_ steps: Int, precision: TrainingSettings.Precision = .float32) -> TrainingSettings {
    TrainingSettings(
      steps: steps, batchPositions: 128, passPositions: 64, learningRate: 1e-2, warmUpSteps: min(5, steps), weightDecay: 0.01,
      precision: precision,
      seed: 7)
  }

  private func trainer(
    _ steps: Int, adaptation: Adaptation = .full, options: TrainingOptions = TrainingOptions(), corpus: TokenizedCorpus? = nil,
    seed: UInt64 = 3, settings: TrainingSettings? = nil
  ) throws -> DecoderTrainer {
    try DecoderTrainer(
      .tiny(seed: seed), adaptation: adaptation, corpus: corpus ?? .copies(24, seed: 1), heldOut: .copies(5, seed: 2),
      settings: settings ?? Self.settings(steps), options: options)
  }

  @Test(arguments: TrainingSettings.Precision.allCases) func learnsByHeart(precision: TrainingSettings.Precision) throws {
    let trainer = try trainer(150, settings: Self.settings(150, precision: precision))
    var steps: [TrainingProgress] = []
    let report = try trainer.run { steps.append($0) }
    #expect(steps.map(\.step) == Array(1...150))
    let first = try #require(steps.first)
    #expect(abs(first.loss - log(20)) < 0.3, "random weights know nothing")
    #expect(report.loss < 0.1, "\(report.loss)")
    #expect(steps.allSatisfy { $0.tokensPerSecond > 0 && $0.seconds >= 0 && $0.secondsLeft >= 0 })
    #expect(steps.last?.secondsLeft == 0)
    #expect(report.heldOutLoss == report.curve.heldOut.last?.loss && report.curve.heldOut.map(\.step) == [100, 150])
    // Every document has 12 positions, five of which fit a pass of 64.
    #expect(report.positions == 150 * 120)
  }

  @Test func sameSeedSameWeights() throws {
    func weights(_ options: TrainingOptions, seed: UInt64 = 3) throws -> [Float] {
      let trainer = try trainer(12, options: options, seed: seed)
      _ = try trainer.run()
      return Array(trainer.model.weights.values)
    }
    let once = try weights(TrainingOptions())
    #expect(try weights(TrainingOptions()) == once)
    #expect(try weights(TrainingOptions(threads: 1)) == once)
    #expect(try weights(TrainingOptions(), seed: 4) != once)
  }

  @Test(arguments: [Adaptation.full, .lora(rank: 2, alpha: 4), .softPrompt(count: 4)])
  func resumesToTheBit(adaptation: Adaptation) async throws {
    let folder = try TemporaryFolder()
    let path = folder.file("run.gguf")
    let whole = try trainer(20, adaptation: adaptation)
    let report = try whole.run()
    try whole.export(to: folder.file("whole.gguf"), name: "x")
    // Ended twice, by cancellation, then once more from the finished state.
    for last in [6, 13] {
      await #expect(throws: CancellationError.self) {
        try await Task {
          let part = try trainer(20, adaptation: adaptation, options: TrainingOptions(checkpoint: path))
          _ = try part.run { if $0.step == last { withUnsafeCurrentTask { $0?.cancel() } } }
        }.value
      }
      #expect(try trainer(20, adaptation: adaptation, options: TrainingOptions(checkpoint: path)).step == last)
    }
    for _ in 0..<2 {
      let rest = try trainer(20, adaptation: adaptation, options: TrainingOptions(checkpoint: path))
      let resumed = try rest.run()
      try rest.export(to: folder.file("resumed.gguf"), name: "x")
      #expect(FileManager.default.contentsEqual(atPath: folder.file("resumed.gguf"), andPath: folder.file("whole.gguf")))
      #expect(resumed.curve == report.curve)
      #expect(resumed.positions == report.positions)
    }
  }

  /// What a kill leaves is the last checkpoint, whatever was computed since.
  @Test func resumesAfterAKill() throws {
    let folder = try TemporaryFolder()
    let path = folder.file("run.gguf")
    let whole = try trainer(15)
    _ = try whole.run()
    let options = TrainingOptions(checkpoint: path, checkpointInterval: 0)
    var saved: Data?
    _ = try trainer(15, options: options).run { if $0.step == 9 { saved = FileManager.default.contents(atPath: path) } }
    try #require(saved).write(to: URL(fileURLWithPath: path))
    let rest = try trainer(15, options: options)
    #expect(rest.step == 9)
    _ = try rest.run()
    #expect(Array(rest.model.weights.values) == Array(whole.model.weights.values))
  }

  @Test func refusesCheckpointsOfOthers() throws {
    let folder = try TemporaryFolder()
    let options = TrainingOptions(checkpoint: folder.file("run.gguf"))
    _ = try trainer(4, options: options).run()
    func refusal(_ body: () throws -> DecoderTrainer) -> String {
      do {
        _ = try body()
        return "none"
      } catch {
        return "\(error)"
      }
    }
    #expect(refusal { try trainer(4, options: options) } == "none")
    #expect(refusal { try trainer(4, options: options, seed: 5) }.contains("another model"))
    #expect(refusal { try trainer(4, options: options, corpus: .copies(25, seed: 1)) }.contains("another corpus"))
    #expect(refusal { try trainer(5, options: options) }.contains("another settings"))
    #expect(refusal { try trainer(4, adaptation: .softPrompt(count: 2), options: options) }.contains("another objective"))
  }

  @Test func refusesDamagedCheckpoints() throws {
    let folder = try TemporaryFolder()
    let path = folder.file("run.gguf")
    let options = TrainingOptions(checkpoint: path)
    _ = try trainer(4, options: options).run()
    let sound = try Data(contentsOf: URL(fileURLWithPath: path))
    func problem(_ data: Data) throws -> TrainingError.CheckpointProblem? {
      try data.write(to: URL(fileURLWithPath: path))
      do {
        _ = try trainer(4, options: options)
        return nil
      } catch TrainingError.checkpoint(_, let problem) {
        return problem
      }
    }
    #expect(try problem(sound) == nil)
    #expect(try problem(Data("hello, this is a text".utf8)) == .foreign("it is no GGUF file"))
    for end in [10, 200, sound.count / 2, sound.count - 200] {
      guard case .corrupt? = try problem(sound.prefix(end)) else { return #expect(Bool(false), "cut at \(end)") }
    }
    var random = RandomSource(seed: 1)
    for _ in 0..<60 {
      var damaged = sound
      damaged[Int.random(in: 0..<sound.count, using: &random)] ^= UInt8.random(in: 1...255, using: &random)
      #expect(try problem(damaged) != nil || damaged.isPaddingAlone(against: sound))
    }
    let model = folder.file("model.gguf")
    try trainer(1).export(to: model, name: "x")
    #expect(try problem(Data(contentsOf: URL(fileURLWithPath: model))) == .foreign("its general.type is model"))
  }

  /// Documents of noise can only be learned by heart, which makes the held-out loss worse and worse.
  @Test func keepsTheBestWeights() throws {
    let folder = try TemporaryFolder()
    var settings = Self.settings(200)
    (settings.evaluationInterval, settings.selection) = (5, .lowestHeldOutLoss(patience: 4))
    let corpus = try TokenizedCorpus.random(10, seed: 1)
    let options = TrainingOptions(checkpoint: folder.file("run.gguf"))
    let trainer = try trainer(200, options: options, corpus: corpus, settings: settings)
    let report = try trainer.run()
    let best = try #require(report.curve.best)
    #expect(report.steps == best.step + 20 && report.steps < 200 && trainer.isFinished)
    #expect(try #require(report.curve.heldOut.last).loss > best.loss && report.heldOutLoss == best.loss)
    #expect(try trainer.heldOutLoss() == best.loss)
    // What is finished stays so.
    let again = try self.trainer(200, options: options, corpus: corpus, settings: settings)
    #expect(try again.isFinished && again.run().heldOutLoss == best.loss && again.heldOutLoss() == best.loss)
    #expect(throws: TrainingError.self) { try DecoderTrainer(.tiny(), corpus: corpus, settings: settings) }
  }

  @Test func divergenceIsAnError() throws {
    var settings = Self.settings(50)
    (settings.learningRate, settings.warmUpSteps, settings.clipping) = (1e30, 0, 1e30)
    #expect(throws: TrainingError.self) { try trainer(50, settings: settings).run() }
  }

  @Test func refusesImpossibleSettings() throws {
    func refused(_ change: (inout TrainingSettings) -> Void) -> Bool {
      var settings = Self.settings(10)
      change(&settings)
      do {
        _ = try trainer(10, settings: settings)
        return false
      } catch {
        return "\(error)".contains("expected")
      }
    }
    #expect(!refused { _ in })
    #expect(refused { $0.steps = 0 })
    #expect(refused { $0.passPositions = 16 })
    #expect(refused { $0.batchPositions = 100 })
    #expect(refused { $0.learningRate = .nan })
    #expect(refused { $0.warmUpSteps = 11 })
    #expect(refused { $0.beta2 = 1 })
    #expect(refused { $0.epsilon = 0 })
    #expect(refused { $0.clipping = 0 })
    #expect(throws: TrainingError.self) { try trainer(10, adaptation: .lora(rank: 0, alpha: 1)) }
    #expect(throws: TrainingError.self) { try trainer(10, adaptation: .lora(rank: 1, alpha: 1, matrices: [])) }
    #expect(throws: TrainingError.self) { try trainer(10, adaptation: .softPrompt(count: 31)) }
    #expect(throws: TrainingError.self) { try trainer(10, corpus: TokenizedCorpus(vocabularySize: 20)) }
    #expect(throws: TrainingError.self) { try trainer(10, corpus: .copies(3, vocabulary: 21, seed: 1)) }
    var shape = DecoderShape.tiny()
    shape.headWidth = 12
    #expect(throws: TrainingError.self) { try TrainableDecoder.tiny(shape) }
  }
}

extension Data {
  /// Whether what differs is a byte between tensors, which means nothing.
  fileprivate func isPaddingAlone(against sound: Data) -> Bool { indices.allSatisfy { self[$0] == sound[$0] || sound[$0] == 0 } }
}
