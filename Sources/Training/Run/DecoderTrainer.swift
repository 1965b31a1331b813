import Foundation
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
  public let settings: TrainingSettings
  public let options: TrainingOptions
  private let corpus: TokenizedCorpus
  private let heldOut: [PackedBatch]
  private let layout: ParameterLayout
  private let parameters: FloatBuffer
  private let gradient: FloatBuffer
  /// The weights of the lowest held-out loss, where those are wanted.
  private let best: FloatBuffer?
  private let optimizer: AdamW
  private let kernels: TrainingKernels
  private let pass: TrainingPass
  private let checkpoint: TrainingCheckpoint?
  private var state = TrainingCheckpoint.State()
  private var packer: BatchPacker
  private var clock = TrainingClock()

  /// Updates done so far.
  public var step: Int { state.step }
  public var curve: LearningCurve { state.curve }

  /// - Parameters:
  ///   - heldOut: documents whose loss is measured but not learned from.
  /// - Throws: `TrainingError`, also for a checkpoint under `options.checkpoint` that is damaged or of another run.
  public init(
    _ model: TrainableDecoder, adaptation: Adaptation = .full, corpus: TokenizedCorpus, heldOut: TokenizedCorpus? = nil,
    settings: TrainingSettings, options: TrainingOptions = TrainingOptions()
  ) throws(TrainingError) {
    let shape = model.shape
    try settings.check(shape)
    try adaptation.check(shape)
    for (name, corpus) in [("the corpus", corpus), ("the held-out corpus", heldOut)] {
      guard let corpus else { continue }
      guard corpus.count > 0 else { throw .emptyCorpus(name) }
      guard corpus.vocabularySize <= shape.vocabularySize else {
        throw .invalid(setting: "the vocabulary of \(name)", value: "\(corpus.vocabularySize)", expected: "\(shape.vocabularySize) at most")
      }
    }
    if settings.selection != .last, heldOut == nil {
      throw .invalid(setting: "selection", value: "\(settings.selection)", expected: "last, as there is no held-out corpus")
    }
    (self.model, self.adaptation, self.settings, self.options, self.corpus) = (model, adaptation, settings, options, corpus)
    func packer(_ corpus: TokenizedCorpus) -> BatchPacker {
      BatchPacker(
        corpus, capacity: settings.passPositions, longest: shape.contextLength, prefix: adaptation.prefix, seed: settings.seed)
    }
    self.packer = packer(corpus)
    self.heldOut = heldOut.map { packer($0).all() } ?? []
    layout = adaptation.layout(model)
    parameters = adaptation == .full ? model.weights : try FloatBuffer(layout.count, for: "the trained weights")
    gradient = try FloatBuffer(layout.count, for: "the gradient")
    best = settings.selection == .last ? nil : try FloatBuffer(layout.count, for: "the best weights")
    kernels = try TrainingKernels(threads: options.threads, level: options.level, precision: settings.precision)
    pass = try TrainingPass(
      model, Trained(adaptation: adaptation, layout: layout, values: parameters, gradient: gradient), kernels,
      capacity: settings.passPositions)
    optimizer = try AdamW(settings, layout, kernels)
    checkpoint = options.checkpoint.map { path in
      TrainingCheckpoint(path: path, identity: .init(model, adaptation, corpus, heldOut, settings))
    }
    if let checkpoint, FileManager.default.fileExists(atPath: checkpoint.path) {
      state = try checkpoint.read(into: buffers)
      self.packer.resume(at: state.taken)
    } else {
      adaptation.initialize(parameters, layout, model, seed: settings.seed)
    }
  }

  private var buffers: [FloatBuffer] { [parameters, optimizer.mean, optimizer.square] + [best].compactMap(\.self) }

  /// Whether all steps are done, or the held-out loss has stalled.
  public var isFinished: Bool {
    if case .lowestHeldOutLoss(let patience) = settings.selection, curve.hasStalled(for: patience) { return true }
    return state.step == settings.steps
  }

  /// Trains until the run is finished.
  /// - Parameter progress: is told of each step.
  /// - Throws: `CancellationError` if the task is cancelled, after writing the checkpoint; `TrainingError` if the loss diverges or the
  ///   checkpoint cannot be written.
  public func run(progress: (TrainingProgress) -> Void = { _ in }) throws -> TrainingReport {
    clock.start(after: state.seconds)
    var saved = clock.seconds
    while !isFinished {
      if Task.isCancelled {
        try save()
        throw CancellationError()
      }
      let (loss, norm) = try update()
      if state.step == settings.steps || state.step.isMultiple(of: settings.evaluationInterval) { try evaluate() }
      state.seconds = clock.seconds
      if isFinished || state.seconds - saved >= options.checkpointInterval {
        try save()
        saved = state.seconds
      }
      progress(
        TrainingProgress(
          step: state.step, steps: settings.steps, loss: loss, heldOutLoss: state.curve.heldOut.last?.loss,
          learningRate: settings.rate(state.step - 1), gradientNorm: norm, tokensPerSecond: clock.speed, epochs: packer.epochs,
          seconds: state.seconds, secondsLeft: clock.left(steps: settings.steps - state.step)))
    }
    if let best { parameters.base.update(from: best.base, count: best.count) }
    return report()
  }

  private func evaluate() throws(TrainingError) {
    guard let loss = try heldOutLoss() else { return }
    if let best, loss < curve.best?.loss ?? .infinity { best.base.update(from: parameters.base, count: best.count) }
    state.curve.heldOut.append(.init(step: state.step, loss: loss))
  }

  /// One update of the weights.
  private func update() throws(TrainingError) -> (loss: Float, norm: Float) {
    let batches = (0..<settings.passes).map { _ in packer.next() }
    let learned = batches.reduce(0) { $0 + $1.learnedCount }
    var sum = 0.0
    for batch in batches { sum += try pass.learn(batch, scale: 1 / Float(learned)) }
    let loss = Float(sum / Double(learned))
    let norm = optimizer.norm(of: gradient)
    guard loss.isFinite, norm.isFinite else { throw .diverged(step: state.step) }
    optimizer.update(parameters, gradient, norm: norm, step: state.step, rate: settings.rate(state.step))
    state.curve.training.append(.init(step: state.step, loss: loss))
    state.step += 1
    state.taken = packer.taken
    let positions = batches.reduce(0) { $0 + $1.count }
    state.positions += positions
    clock.tick(positions: positions)
    return (loss, norm)
  }

  /// Nats a learned token of the held-out documents with the weights as they are; nil if there are none.
  public func heldOutLoss() throws(TrainingError) -> Float? {
    guard !heldOut.isEmpty else { return nil }
    var sum = 0.0
    for batch in heldOut { sum += try pass.loss(batch) }
    return Float(sum / Double(heldOut.reduce(0) { $0 + $1.learnedCount }))
  }

  /// Writes the checkpoint now, if the options name one.
  public func save() throws(TrainingError) { try checkpoint?.write(state, buffers) }

  /// Writes what was trained: the whole model, or the adapter or soft prompt beside it.
  /// - Parameters:
  ///   - path: the GGUF file, which appears or is replaced only when everything is written.
  ///   - name: `general.name`.
  ///   - type: of the matrices: F32, F16, Q8_0 or Q4_0 for a model, F32 or F16 for what stands beside one.
  public func export(to path: String, name: String, type: TensorType = .f32) throws {
    let export = ModelExport(model: model)
    guard adaptation != .full else { return try export.write(to: path, name: name, type: type) }
    try export.write(adaptation, layout, parameters, to: path, name: name, type: type)
  }

  private func report() -> TrainingReport {
    let last = state.curve.training.suffix(max(1, min(50, settings.steps / 20)))
    return TrainingReport(
      shape: model.shape, adaptation: adaptation, settings: settings, parameters: model.parameterCount,
      trainedParameters: layout.entries.reduce(0) { $0 + $1.count }, documents: corpus.count, tokens: corpus.tokenCount,
      learnedTokens: corpus.learnedCount, corpusDigest: corpus.digest.description, steps: state.step, positions: state.positions,
      seconds: state.seconds, threads: kernels.threads, level: options.level.description,
      loss: last.reduce(0) { $0 + $1.loss } / Float(max(1, last.count)),
      heldOutLoss: (settings.selection == .last ? curve.heldOut.last : curve.best)?.loss, curve: curve)
  }
}

extension TrainingCheckpoint.Identity {
  init(
    _ model: TrainableDecoder, _ adaptation: Adaptation, _ corpus: TokenizedCorpus, _ heldOut: TokenizedCorpus?,
    _ settings: TrainingSettings
  ) {
    var weights = Digest()
    weights.add("\(model.shape)")
    for frequency in model.frequencies { weights.add(UInt64(frequency.bitPattern)) }
    weights.add(model.weights.values)
    self.init(
      model: weights.description, corpus: corpus.digest.description, heldOut: heldOut?.digest.description ?? "none",
      adaptation: "\(adaptation)", settings: "\(settings)")
  }
}
