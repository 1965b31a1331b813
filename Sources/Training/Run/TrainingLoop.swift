import Foundation
import LanguageModel

/// What a loop trains: takes the next examples of its corpus and says which way the weights should go.
protocol TrainingObjective: AnyObject {
  /// Computes the next examples of a step, and adds their mean loss's slopes to the gradient.
  func learn() throws(TrainingError) -> (loss: Float, positions: Int)
  /// The mean loss of held-out examples with the weights as they are; nil if there are none.
  func heldOutLoss() throws(TrainingError) -> Float?
  /// Pieces of the corpus taken so far; with the seed, all that says which come next.
  var taken: Int { get }
  /// How often each was taken.
  var epochs: Double { get }
  func resume(at taken: Int)
}

/// The steps of a run: learning, clipping, AdamW, measuring, checkpoints, and going on from one. Not for use from several threads at once.
final class TrainingLoop {
  let settings: TrainingSettings
  let options: TrainingOptions
  let layout: ParameterLayout
  let parameters: FloatBuffer
  let gradient: FloatBuffer
  let kernels: TrainingKernels
  private(set) var state = TrainingCheckpoint.State()
  /// The weights of the lowest held-out loss, where those are wanted.
  private let best: FloatBuffer?
  private let optimizer: AdamW
  private var objective: (any TrainingObjective)?
  private var checkpoint: TrainingCheckpoint?
  private var clock = TrainingClock()

  init(
    _ parameters: FloatBuffer, _ layout: ParameterLayout, settings: TrainingSettings, options: TrainingOptions
  ) throws(TrainingError) {
    (self.parameters, self.layout, self.settings, self.options) = (parameters, layout, settings, options)
    gradient = try FloatBuffer(layout.count, for: "the gradient")
    best = settings.selection == .last ? nil : try FloatBuffer(layout.count, for: "the best weights")
    kernels = try TrainingKernels(threads: options.threads, level: options.level, precision: settings.precision)
    optimizer = try AdamW(settings, layout, kernels)
  }

  /// Takes the objective, and goes on from the checkpoint if there is one.
  func begin(_ objective: any TrainingObjective, _ identity: TrainingCheckpoint.Identity) throws(TrainingError) {
    self.objective = objective
    guard let path = options.checkpoint else { return }
    let checkpoint = TrainingCheckpoint(path: path, identity: identity)
    self.checkpoint = checkpoint
    guard FileManager.default.fileExists(atPath: path) else { return }
    state = try checkpoint.read(into: buffers)
    objective.resume(at: state.taken)
  }

  private var buffers: [FloatBuffer] { [parameters, optimizer.mean, optimizer.square] + [best].compactMap(\.self) }

  /// Whether all steps are done, or the held-out loss has stalled.
  var isFinished: Bool {
    if case .lowestHeldOutLoss(let patience) = settings.selection, state.curve.hasStalled(for: patience) { return true }
    return state.step == settings.steps
  }

  func save() throws(TrainingError) { try checkpoint?.write(state, buffers) }

  /// - Throws: `CancellationError` if the task is cancelled, after writing the checkpoint; `TrainingError`.
  func run(progress: (TrainingProgress) -> Void) throws {
    guard let objective else { return }
    clock.start(after: state.seconds)
    var saved = clock.seconds
    while !isFinished {
      if Task.isCancelled {
        try save()
        throw CancellationError()
      }
      let (loss, norm) = try update(objective)
      if state.step == settings.steps || state.step.isMultiple(of: settings.evaluationInterval) { try evaluate(objective) }
      state.seconds = clock.seconds
      if isFinished || state.seconds - saved >= options.checkpointInterval {
        try save()
        saved = state.seconds
      }
      progress(
        TrainingProgress(
          step: state.step, steps: settings.steps, loss: loss, heldOutLoss: state.curve.heldOut.last?.loss,
          learningRate: settings.rate(state.step - 1), gradientNorm: norm, tokensPerSecond: clock.speed, epochs: objective.epochs,
          seconds: state.seconds, secondsLeft: clock.left(steps: settings.steps - state.step)))
    }
    if let best { parameters.base.update(from: best.base, count: best.count) }
  }

  /// One update of the weights.
  private func update(_ objective: any TrainingObjective) throws(TrainingError) -> (loss: Float, norm: Float) {
    let (loss, positions) = try objective.learn()
    let norm = optimizer.norm(of: gradient)
    guard loss.isFinite, norm.isFinite else { throw .diverged(step: state.step) }
    optimizer.update(parameters, gradient, norm: norm, step: state.step, rate: settings.rate(state.step))
    state.curve.training.append(.init(step: state.step, loss: loss))
    state.step += 1
    state.taken = objective.taken
    state.positions += positions
    clock.tick(positions: positions)
    return (loss, norm)
  }

  private func evaluate(_ objective: any TrainingObjective) throws(TrainingError) {
    guard let loss = try objective.heldOutLoss() else { return }
    if let best, loss < state.curve.best?.loss ?? .infinity { best.base.update(from: parameters.base, count: best.count) }
    state.curve.heldOut.append(.init(step: state.step, loss: loss))
  }

  /// What the run came to, but for what only its objective knows.
  func report(architecture: String, trained: String, parameters: Int, corpus: CorpusSummary) -> TrainingReport {
    let curve = state.curve
    let last = curve.training.suffix(max(1, min(50, settings.steps / 20)))
    return TrainingReport(
      architecture: architecture, trained: trained, settings: settings, parameters: parameters,
      trainedParameters: layout.entries.reduce(0) { $0 + $1.count }, corpus: corpus, steps: state.step, positions: state.positions,
      seconds: state.seconds, threads: kernels.threads, level: options.level.description,
      loss: last.reduce(0) { $0 + $1.loss } / Float(max(1, last.count)),
      heldOutLoss: (settings.selection == .last ? curve.heldOut.last : curve.best)?.loss, curve: curve)
  }
}
