import Synchronization

/// A request on its way: its sequence, its sampler and what is still to be computed. Only the generator's actor touches it, but for the
/// cancellation.
final class GenerationTask: Sendable {
  // Proof: `state` is read and written by the generator's actor alone, which makes the calls below one after the other; `cancelled` is
  // atomic, and the rest never changes.
  private struct State {
    var sequence: KVSequence?
    var sampler: Sampler
    var constraint: ConstraintRunner?
    /// What may come next, if it was asked already.
    var mask: TokenMask?
    /// Tokens that the model has not seen yet.
    var pending: ArraySlice<Int32>
    var written = 0
    var hasEnded = false
  }

  private nonisolated(unsafe) var state: State
  private let request: GenerationRequest
  private let continuation: AsyncThrowingStream<GenerationEvent, any Error>.Continuation
  private let cancelled = Atomic<Bool>(false)

  init(_ request: GenerationRequest, _ continuation: AsyncThrowingStream<GenerationEvent, any Error>.Continuation) {
    self.request = request
    self.continuation = continuation
    state = State(
      sampler: Sampler(request.sampling, prompt: request.prompt), constraint: request.constraint.map(ConstraintRunner.init),
      pending: request.attachments.tokens(before: request.prompt)[...])
  }

  func cancel() { cancelled.store(true, ordering: .relaxed) }
  var isCancelled: Bool { cancelled.load(ordering: .relaxed) }
  var hasEnded: Bool { state.hasEnded }
  /// Tokens that the text begins with: the prompt behind its soft prompt, and what its constraint forces right after it.
  var beginningLength: Int { state.pending.count }
  /// Positions that the prompt takes.
  private var promptLength: Int { request.attachments.softPositions + request.prompt.count }

  /// Refuses a request that cannot run, and gives out what the constraint forces before anything is chosen, so that it is computed
  /// together with the prompt. Returns whether there is anything to compute.
  func prepare(_ runner: DecoderRunner) -> Bool {
    do {
      try check(runner)
      guard request.maximumTokens > 0 else { return !end(.maximumTokens) }
      giveForced(runner.cache.positionLimit)
      if state.written > 0 { try endIfNothingFollows() }
    } catch {
      end(throwing: error)
    }
    return !state.hasEnded
  }

  /// Opens the sequence, with what is there of the text's beginning.
  func begin(_ runner: DecoderRunner) {
    let sequence = runner.cache.open(Array(state.pending), with: request.attachments)
    state.pending = state.pending.dropFirst(sequence.length)
    state.sequence = sequence
  }

  private func check(_ runner: DecoderRunner) throws(DecoderError) {
    let vocabulary = runner.model.configuration.vocabularySize
    try request.attachments.check(runner.model)
    guard !request.prompt.isEmpty else { throw .emptyPrompt }
    if let token = request.prompt.first(where: { $0 < 0 || $0 >= vocabulary }) { throw .invalidToken(token, vocabulary: vocabulary) }
    guard promptLength <= runner.cache.positionLimit else {
      throw .contextFull(needed: promptLength, limit: runner.cache.positionLimit)
    }
  }

  /// The next tokens to compute: the chosen one, or as much of the prompt as the budget has.
  func nextStep(_ budget: inout Int) -> DecoderStep? {
    guard let sequence = state.sequence else { return nil }
    if state.pending.count == 1 { return DecoderStep(sequence, state.pending) }
    let count = min(budget, state.pending.count)
    guard count > 0 else { return nil }
    budget -= count
    return DecoderStep(sequence, state.pending.prefix(count), logits: count < state.pending.count ? .none : .last)
  }

  func didCompute(_ step: DecoderStep) { state.pending = state.pending.dropFirst(step.tokens.count) }

  /// Chooses the next token from a row of logits and gives it out. Returns whether the text has ended.
  func choose(_ runner: DecoderRunner, _ row: Int) -> Bool {
    do {
      let mask = try state.mask ?? state.constraint?.mask()
      state.mask = nil
      if let mask, mask.isEmpty { return end(.constraint) }
      let token = try runner.withLogits(row) { logits throws(DecoderError) in try state.sampler.next(logits, mask: mask) }
      try state.constraint?.accept(token)
      if state.constraint?.hasEnded == true { return end(.stopToken(token)) }
      guard give(token, runner.cache.positionLimit) else { return true }
      giveForced(runner.cache.positionLimit)
      try endIfNothingFollows()
      return state.hasEnded
    } catch {
      end(throwing: error)
      return true
    }
  }

  /// Tokens that the constraint forces are given out unseen by the model, and computed together with the next step.
  private func giveForced(_ limit: Int) {
    guard let spelling = request.spelling, state.constraint != nil else { return }
    for token in state.constraint?.takeForced(tokenise: spelling.tokens, bytesOf: spelling.bytes) ?? [] {
      state.sampler.accept(token)
      guard give(token, limit) else { return }
    }
  }

  /// A complete text after which only its end may be chosen is not computed further.
  private func endIfNothingFollows() throws(ConstraintRunner.Fault) {
    guard !state.hasEnded, let constraint = state.constraint, constraint.isComplete else { return }
    let mask = try constraint.mask()
    if constraint.onlyEnds(mask) { end(.constraint) } else { state.mask = mask }
  }

  private func give(_ token: Int32, _ limit: Int) -> Bool {
    if request.stopTokens.contains(token) { return !end(.stopToken(token)) }
    continuation.yield(.token(token))
    state.written += 1
    state.pending.append(token)
    if state.written == request.maximumTokens { return !end(.maximumTokens) }
    if (state.sequence?.length ?? 0) + state.pending.count > limit { return !end(.contextFull) }
    return true
  }

  @discardableResult
  private func end(_ reason: GenerationEnd) -> Bool {
    continuation.yield(.ended(reason))
    end(throwing: nil)
    return true
  }

  func end(throwing error: (any Error)?) {
    guard !state.hasEnded else { return }
    state.hasEnded = true
    state.sequence = nil
    if let error { continuation.finish(throwing: error) } else { continuation.finish() }
  }
}
