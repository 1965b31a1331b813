import CKernels

/// Runs a model: holds the buffers and threads of one stream of batches. Not for use from several threads at once.
public final class DecoderRunner {
  public let model: DecoderModel
  public let cache: KVCache
  /// Tokens a batch at most.
  public let batchLimit: Int
  /// Threads that compute, the caller's included.
  public var threads: Int { team.members }

  let level: Int32
  let team: WorkerTeam
  // Buffers, `batchLimit` rows each: the residual stream; the inputs of the matrices that read it, of the attention's output and of
  // the feed-forward layer's second half; queries, keys, values; the feed-forward layer's `up`; rotary angles.
  let residual: FloatRows
  let normed: Activations
  let attended: Activations
  let hidden: Activations
  let query: FloatRows
  let key: FloatRows
  let value: FloatRows
  let up: FloatRows
  let angles: FloatRows
  /// A row's norm and bytes for each member alone, so that a single token needs no waiting for them.
  let own: [Activations]
  /// What adapters compute between their factors, for each member; no rows until a text comes with an adapter.
  private(set) var lowRank: [FloatRows] = []
  private var lowRankWidth = 0
  private(set) var scores: FloatRows
  private(set) var logits: FloatRows
  private var logitRows = 1
  private(set) var scoreWidth = 0
  var pass = DecoderPass.State()

  /// - Parameters:
  ///   - threads: as many as the machine has cores to spare.
  ///   - batchLimit: longer prompts are computed in pieces of this many tokens.
  public init(_ model: DecoderModel, cache: KVCache, threads: Int, batchLimit: Int = 256, level: SIMDLevel = .best) throws(DecoderError) {
    let shape = model.configuration
    (self.model, self.cache, self.level) = (model, cache, level.rawValue)
    let limit = max(1, batchLimit)
    self.batchLimit = limit
    team = try WorkerTeam(members: threads)
    residual = try FloatRows(count: limit, width: shape.width, for: "the residual stream")
    normed = try Activations(tokens: limit, width: shape.width)
    attended = try Activations(tokens: limit, width: shape.heads * shape.headWidth)
    hidden = try Activations(tokens: limit, width: shape.hiddenWidth)
    query = try FloatRows(count: limit, width: shape.heads * shape.headWidth, for: "queries")
    key = try FloatRows(count: limit, width: shape.keyValueHeads * shape.headWidth, for: "keys")
    value = try FloatRows(count: limit, width: shape.keyValueHeads * shape.headWidth, for: "values")
    up = try FloatRows(count: limit, width: shape.hiddenWidth, for: "the feed-forward layer")
    angles = try FloatRows(count: limit, width: shape.headWidth, for: "rotary angles")
    var own: [Activations] = []
    for _ in 0..<team.members { own.append(try Activations(tokens: 1, width: shape.width)) }
    self.own = own
    scores = try FloatRows(count: 0, width: 0, for: "attention scores")
    logits = try FloatRows(count: 1, width: shape.vocabularySize, for: "logits")
  }

  /// Computes the steps' tokens in one pass over the weights and appends them to their sequences.
  ///
  /// A sequence may stand in one step only. On an error no sequence has changed.
  /// - Returns: rows of logits, in the steps' order; read them by `withLogits` before the next call.
  @discardableResult
  public func forward(_ steps: [DecoderStep]) throws(DecoderError) -> Int {
    let shape = model.configuration
    let plan = BatchPlan(steps, pieceLength: max(1, 4 / shape.group))
    guard !plan.tokens.isEmpty, steps.allSatisfy({ !$0.tokens.isEmpty }) else { throw .emptyPrompt }
    guard plan.tokens.count <= batchLimit else { throw .batchTooLarge(tokens: plan.tokens.count, limit: batchLimit) }
    guard Set(steps.map { ObjectIdentifier($0.sequence) }).count == steps.count else { throw .repeatedSequence }
    for step in steps {
      try step.sequence.attachments.check(model)
      let known = -step.sequence.attachments.softPositions..<shape.vocabularySize
      if let token = step.tokens.first(where: { !known.contains(Int($0)) }) {
        throw .invalidToken(token, vocabulary: shape.vocabularySize)
      }
    }
    for step in steps { try cache.reserve(step.sequence, step.tokens.count) }
    try grow(plan)
    try growLowRank(steps)
    pass = DecoderPass.State(plan, steps.map(\.sequence))
    team.run(self) { context, member in
      guard let context else { return }
      DecoderPass(Unmanaged<DecoderRunner>.fromOpaque(context).takeUnretainedValue(), Int(member)).run()
    }
    for step in steps { cache.commit(step.sequence, step.tokens) }
    return plan.wanted.count
  }

  /// Computes a prompt in pieces of at most `batchLimit` tokens, the last token's logits in row 0.
  public func prefill(_ sequence: KVSequence, _ tokens: some Collection<Int32>) throws(DecoderError) {
    let tokens = Array(tokens)
    for start in stride(from: 0, to: tokens.count, by: batchLimit) {
      let end = min(tokens.count, start + batchLimit)
      try forward([DecoderStep(sequence, tokens[start..<end], logits: end == tokens.count ? .last : .none)])
    }
  }

  /// The logits of a row of the last `forward`, one per token of the vocabulary; changes stay until the next call.
  public func withLogits<R, E: Error>(_ row: Int, _ body: (UnsafeMutableBufferPointer<Float>) throws(E) -> R) throws(E) -> R {
    precondition(row >= 0 && row < logitRows, "no such row of logits")
    return try body(UnsafeMutableBufferPointer(start: logits[row], count: model.configuration.vocabularySize))
  }

  private func growLowRank(_ steps: [DecoderStep]) throws(DecoderError) {
    let rank = steps.reduce(0) { $1.sequence.attachments.adapters.reduce($0) { max($0, $1.lora.rank) } }
    guard rank > lowRankWidth else { return }
    var rows: [FloatRows] = []
    for _ in 0..<team.members { rows.append(try FloatRows(count: batchLimit, width: rank, for: "adapters of rank \(rank)")) }
    (lowRank, lowRankWidth) = (rows, rank)
  }

  private func grow(_ plan: BatchPlan) throws(DecoderError) {
    let width = (plan.longest + KVBlockShape.positions - 1) / KVBlockShape.positions * KVBlockShape.positions
    if width > scoreWidth {
      // The width follows the memory: a batch after one that found none must not take it for there.
      scores = try FloatRows(count: team.members, width: 4 * width * 2, for: "attention scores")
      scoreWidth = width * 2
    }
    if plan.wanted.count > logitRows {
      logits = try FloatRows(count: plan.wanted.count, width: model.configuration.vocabularySize, for: "logits")
      logitRows = plan.wanted.count
    }
  }
}
