import LanguageModel

/// Trains a sentence encoder: towards the vectors of a teacher, and to bring together what belongs together.
///
///     let student = try TrainableEncoder(shape, tokenizer: tokenizer, seed: 1)
///     let trainer = try EncoderTrainer(student, corpus: corpus, heldOut: heldOut, settings: settings)
///     let report = try trainer.run { print($0.step, $0.loss) }
///     try trainer.export(to: "encoder.gguf", name: "films", type: .q8_0)
///
/// `settings.passPositions` tokens at most are computed at once, and so are all a step's: the texts of a batch are what the others of a pair
/// are told apart from. Results are the same to the bit as `DecoderTrainer`'s are. Not for use from several threads at once.
public final class EncoderTrainer {
  public let model: TrainableEncoder
  private let corpus: EncoderCorpus
  private let loop: TrainingLoop
  private let learning: VectorObjective

  /// Updates done so far.
  public var step: Int { loop.state.step }
  public var curve: LearningCurve { loop.state.curve }
  /// Whether all steps are done, or the held-out loss has stalled.
  public var isFinished: Bool { loop.isFinished }

  /// - Parameter heldOut: examples whose loss is measured but not learned from.
  /// - Throws: `TrainingError`, also for a checkpoint under `options.checkpoint` that is damaged or of another run.
  public init(
    _ model: TrainableEncoder, corpus: EncoderCorpus, heldOut: EncoderCorpus? = nil, objective: EncoderObjective = EncoderObjective(),
    settings: TrainingSettings, options: TrainingOptions = TrainingOptions()
  ) throws(TrainingError) {
    let shape = model.shape
    try objective.check()
    for (name, corpus) in [("the corpus", corpus), ("the held-out corpus", heldOut)] {
      guard let corpus else { continue }
      guard corpus.count > 0 else { throw .emptyCorpus(name) }
      guard corpus.vocabularySize <= shape.vocabularySize, corpus.width == shape.width else {
        throw .invalid(
          setting: "\(name)'s vocabulary and width", value: "\(corpus.vocabularySize) and \(corpus.width)",
          expected: "\(shape.vocabularySize) at most and \(shape.width)")
      }
      guard corpus.longest <= shape.positions else {
        throw .invalid(setting: "the longest text of \(name)", value: "\(corpus.longest) tokens", expected: "\(shape.positions) at most")
      }
    }
    // Two texts of a pair have to fit.
    try settings.check(longest: 2 * max(corpus.longest, heldOut?.longest ?? 0), hasHeldOut: heldOut != nil)
    guard settings.passes == 1 else {
      throw .invalid(setting: "batchPositions", value: "\(settings.batchPositions)", expected: "passPositions")
    }
    (self.model, self.corpus) = (model, corpus)
    let identity = TrainingCheckpoint.Identity(
      model: model.digest.description, corpus: corpus.digest.description, heldOut: heldOut?.digest.description ?? "none",
      objective: "\(objective)", settings: "\(settings)")
    loop = try TrainingLoop(model.weights, model.layout, settings: settings, options: options)
    learning = try VectorObjective(model, objective, loop, corpus, heldOut)
    try loop.begin(learning, identity)
  }

  /// Trains until the run is finished.
  /// - Throws: as `DecoderTrainer.run` does.
  public func run(progress: (TrainingProgress) -> Void = { _ in }) throws -> TrainingReport {
    try loop.run(progress: progress)
    return loop.report(
      architecture: model.shape.summary, trained: "all of them", parameters: model.parameterCount,
      corpus: CorpusSummary(
        examples: corpus.count, tokens: corpus.tokenCount, learnedTokens: corpus.tokenCount, digest: corpus.digest.description))
  }

  /// The mean loss of the held-out examples with the weights as they are; nil if there are none.
  public func heldOutLoss() throws(TrainingError) -> Float? { try learning.heldOutLoss() }

  /// The vectors that texts have with the weights as they are, each of length 1.
  /// - Parameter texts: tokens in frames, as `BERTEncoder` would have them, each within the model's positions.
  public func vectors(_ texts: [[Int32]]) throws(TrainingError) -> [[Float]] { try learning.vectors(texts) }

  /// Writes the checkpoint now, if the options name one.
  public func save() throws(TrainingError) { try loop.save() }

  /// Writes the model.
  /// - Parameter type: of the matrices; F32, F16, Q8_0 or Q4_0.
  public func export(to path: String, name: String, type: TensorType = .f32) throws {
    try model.export(to: path, name: name, type: type)
  }
}

/// The mean loss of examples' vectors.
private final class VectorObjective: TrainingObjective {
  private let objective: EncoderObjective
  private let corpus: EncoderCorpus
  private let heldOut: EncoderCorpus?
  private let pass: EncoderPass
  private let kernels: TrainingKernels
  private let shape: EncoderShape
  private let capacity: Int
  private let seed: UInt64
  private(set) var taken = 0
  private var epoch = -1
  private var order: [Int32] = []
  var epochs: Double { Double(taken) / Double(corpus.count) }

  init(
    _ model: TrainableEncoder, _ objective: EncoderObjective, _ loop: TrainingLoop, _ corpus: EncoderCorpus, _ heldOut: EncoderCorpus?
  ) throws(TrainingError) {
    (self.objective, self.corpus, self.heldOut, kernels) = (objective, corpus, heldOut, loop.kernels)
    (shape, capacity, seed) = (model.shape, loop.settings.passPositions, loop.settings.seed)
    pass = try EncoderPass(model, gradient: loop.gradient, loop.kernels, capacity: capacity)
  }

  func resume(at taken: Int) { self.taken = taken }

  /// The next examples in shuffled order, as many as fit.
  private func next() -> EncoderBatch {
    var batch = EncoderBatch()
    while true {
      if taken / corpus.count != epoch {
        epoch = taken / corpus.count
        order = DocumentPieces.permutation(corpus.count, seed: seed, epoch: epoch)
      }
      let example = corpus.examples[Int(order[taken % corpus.count])]
      // A text twice among the others of its own batch would be told apart from itself.
      if batch.tokens.count + corpus.positions(of: example) > capacity || batch.examples == corpus.count { return batch }
      batch.append(example, of: corpus, heads: shape.heads)
      taken += 1
    }
  }

  func learn() throws(TrainingError) -> (loss: Float, positions: Int) {
    let batch = next()
    let vectors = try pass.forward(batch)
    let (sum, slopes) = objective.loss(vectors, batch, corpus, scale: 1 / Float(batch.examples), kernels)
    pass.backward(batch, vectors, slopes)
    return (Float(sum / Double(batch.examples)), batch.tokens.count)
  }

  func heldOutLoss() throws(TrainingError) -> Float? {
    guard let heldOut else { return nil }
    var sum = 0.0
    var batch = EncoderBatch()
    func measure() throws(TrainingError) {
      sum += objective.loss(try pass.forward(batch), batch, heldOut, scale: 0, kernels).sum
      batch = EncoderBatch()
    }
    for example in heldOut.examples {
      if batch.tokens.count + heldOut.positions(of: example) > capacity { try measure() }
      batch.append(example, of: heldOut, heads: shape.heads)
    }
    try measure()
    return Float(sum / Double(heldOut.count))
  }

  func vectors(_ texts: [[Int32]]) throws(TrainingError) -> [[Float]] {
    var found: [[Float]] = []
    var batch = EncoderBatch()
    func compute() throws(TrainingError) {
      let vectors = try pass.forward(batch)
      found += (0..<batch.texts).map { Array(vectors[$0]) }
      batch = EncoderBatch()
    }
    for text in texts {
      guard (1...min(capacity, shape.positions)).contains(text.count), text.allSatisfy((0..<Int32(shape.vocabularySize)).contains) else {
        throw .document(index: found.count + batch.texts, problem: "it is empty, too long or of tokens that the model does not have")
      }
      if batch.tokens.count + text.count > capacity { try compute() }
      batch.append(text[...], shape.heads)
    }
    if batch.texts > 0 { try compute() }
    return found
  }
}
