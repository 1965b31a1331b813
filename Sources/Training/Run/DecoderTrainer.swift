import LanguageModel

/// Trains a decoder, or something light beside it, on a corpus of tokens.
///
///     let model = try TrainableDecoder(shape, tokenizer: tokenizer, seed: 1)
///     let trainer = try DecoderTrainer(model, corpus: corpus, heldOut: heldOut, settings: settings, options: options)
///     let report = try trainer.run { print($0.step, $0.loss, $0.secondsLeft) }
///     try trainer.export(to: "model.gguf", name: "films", type: .q8_0)
///
/// The same model, corpus and settings give the same weights to the bit on any number of threads, also where a run was ended by a kill or a
/// cancelled task in between and goes on from its checkpoint. Not for use from several threads at once.
public final class DecoderTrainer {
  public let model: TrainableDecoder
  public let adaptation: Adaptation
  private let corpus: TokenizedCorpus
  private let loop: TrainingLoop
  private let objective: NextTokenObjective

  /// Updates done so far.
  public var step: Int { loop.state.step }
  public var curve: LearningCurve { loop.state.curve }
  /// Whether all steps are done, or the held-out loss has stalled.
  public var isFinished: Bool { loop.isFinished }

  /// - Parameters:
  ///   - heldOut: documents whose loss is measured but not learned from.
  /// - Throws: `TrainingError`, also for a checkpoint under `options.checkpoint` that is damaged or of another run.
  public init(
    _ model: TrainableDecoder, adaptation: Adaptation = .full, corpus: TokenizedCorpus, heldOut: TokenizedCorpus? = nil,
    settings: TrainingSettings, options: TrainingOptions = TrainingOptions()
  ) throws(TrainingError) {
    let shape = model.shape
    try settings.check(longest: shape.contextLength, hasHeldOut: heldOut != nil)
    try adaptation.check(shape)
    for (name, corpus) in [("the corpus", corpus), ("the held-out corpus", heldOut)] {
      guard let corpus else { continue }
      guard corpus.count > 0 else { throw .emptyCorpus(name) }
      guard corpus.vocabularySize <= shape.vocabularySize else {
        throw .invalid(setting: "the vocabulary of \(name)", value: "\(corpus.vocabularySize)", expected: "\(shape.vocabularySize) at most")
      }
    }
    (self.model, self.adaptation, self.corpus) = (model, adaptation, corpus)
    let identity = TrainingCheckpoint.Identity(
      model: model.digest.description, corpus: corpus.digest.description, heldOut: heldOut?.digest.description ?? "none",
      objective: "\(adaptation)", settings: "\(settings)")
    let layout = adaptation.layout(model)
    let parameters = adaptation == .full ? model.weights : try FloatBuffer(layout.count, for: "the trained weights")
    adaptation.initialize(parameters, layout, model, seed: settings.seed)
    loop = try TrainingLoop(parameters, layout, settings: settings, options: options)
    objective = try NextTokenObjective(model, adaptation, loop, corpus, heldOut)
    try loop.begin(objective, identity)
  }

  /// Trains until the run is finished.
  /// - Parameter progress: is told of each step.
  /// - Throws: `CancellationError` if the task is cancelled, after writing the checkpoint; `TrainingError` if the loss diverges or the
  ///   checkpoint cannot be written.
  public func run(progress: (TrainingProgress) -> Void = { _ in }) throws -> TrainingReport {
    try loop.run(progress: progress)
    return loop.report(
      architecture: model.shape.summary, trained: adaptation.summary, parameters: model.parameterCount,
      corpus: CorpusSummary(
        examples: corpus.count, tokens: corpus.tokenCount, learnedTokens: corpus.learnedCount, digest: corpus.digest.description))
  }

  /// Nats a learned token of the held-out documents with the weights as they are; nil if there are none.
  public func heldOutLoss() throws(TrainingError) -> Float? { try objective.heldOutLoss() }

  /// Writes the checkpoint now, if the options name one.
  public func save() throws(TrainingError) { try loop.save() }

  /// Writes what was trained: the whole model, or the adapter or soft prompt beside it.
  /// - Parameters:
  ///   - path: the GGUF file, which appears or is replaced only when everything is written.
  ///   - name: `general.name`.
  ///   - type: of the matrices: F32, F16, Q8_0 or Q4_0 for a model, F32 or F16 for what stands beside one.
  public func export(to path: String, name: String, type: TensorType = .f32) throws {
    if adaptation == .full { return try model.export(to: path, name: name, type: type) }
    try AdapterExport(adaptation: adaptation, layout: loop.layout, values: loop.parameters).write(to: path, name: name, type: type)
  }
}

/// The mean cross entropy of the tokens that are learned.
private final class NextTokenObjective: TrainingObjective {
  private let pass: TrainingPass
  private let heldOut: [PackedBatch]
  private var packer: BatchPacker
  private let passes: Int
  var taken: Int { packer.taken }
  var epochs: Double { packer.epochs }

  init(
    _ model: TrainableDecoder, _ adaptation: Adaptation, _ loop: TrainingLoop, _ corpus: TokenizedCorpus, _ heldOut: TokenizedCorpus?
  ) throws(TrainingError) {
    let settings = loop.settings
    func packer(_ corpus: TokenizedCorpus) -> BatchPacker {
      BatchPacker(
        corpus, capacity: settings.passPositions, longest: model.shape.contextLength, prefix: adaptation.prefix, seed: settings.seed)
    }
    self.packer = packer(corpus)
    self.heldOut = heldOut.map { packer($0).all() } ?? []
    passes = settings.passes
    pass = try TrainingPass(
      model, Trained(adaptation: adaptation, layout: loop.layout, values: loop.parameters, gradient: loop.gradient), loop.kernels,
      capacity: settings.passPositions)
  }

  func resume(at taken: Int) { packer.resume(at: taken) }

  func learn() throws(TrainingError) -> (loss: Float, positions: Int) {
    let batches = (0..<passes).map { _ in packer.next() }
    let learned = batches.reduce(0) { $0 + $1.learnedCount }
    var sum = 0.0
    for batch in batches { sum += try pass.learn(batch, scale: 1 / Float(learned)) }
    return (Float(sum / Double(learned)), batches.reduce(0) { $0 + $1.count })
  }

  func heldOutLoss() throws(TrainingError) -> Float? {
    guard !heldOut.isEmpty else { return nil }
    var sum = 0.0
    for batch in heldOut { sum += try pass.loss(batch) }
    return Float(sum / Double(heldOut.reduce(0) { $0 + $1.learnedCount }))
  }
}
