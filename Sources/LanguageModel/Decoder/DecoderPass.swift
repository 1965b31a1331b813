import CKernels

/// One member's part of a pass: every member runs all of this over its own share of rows, heads or tokens, and the members wait for each
/// other where one reads what another wrote.
///
///     x = embedding of the tokens                                  [tokens, width]
///     for each layer
///       q, k, v = Wq n, Wk n, Wv n      where n = norm(x)
///       rotate q and k, write k and v to the cache, a = attention
///       x += Wo a
///       x += Wdown (silu(Wgate n) * Wup n)   where n = norm(x)
///     logits = Wout norm(x)              of the tokens that are wanted
///
/// where each product W x of a text with adapters is W x + scale B (A x).
struct DecoderPass {
  /// What all members read of a batch.
  struct State {
    var tokens: [Int32] = []
    var positions: [Int] = []
    var owners: [Int] = []
    var pieces: [BatchPlan.Piece] = []
    var wanted: [Int] = []
    var readsOthers = false
    /// Cache blocks of each sequence.
    var blocks: [[Int32]] = []
    /// What each sequence is computed with.
    var attachments: [DecoderAttachments] = []
    /// Tokens that are computed with adapters, and the same among those that are wanted.
    var adapted: [AdapterRun] = []
    var wantedAdapted: [AdapterRun] = []

    init() {}

    init(_ plan: BatchPlan, _ sequences: [KVSequence]) {
      (tokens, positions, owners, pieces) = (plan.tokens, plan.positions, plan.owners, plan.pieces)
      (wanted, readsOthers, blocks) = (plan.wanted, plan.readsOthers, sequences.map(\.blocks))
      attachments = sequences.map(\.attachments)
      adapted = AdapterRun.runs(owners: owners, attachments)
      wantedAdapted = AdapterRun.runs(owners: wanted.map { plan.owners[$0] }, attachments)
    }
  }

  let runner: DecoderRunner
  let member: Int
  let members: Int
  let shape: DecoderConfiguration
  let state: State
  let level: Int32

  init(_ runner: DecoderRunner, _ member: Int) {
    (self.runner, self.member) = (runner, member)
    (members, shape, state, level) = (runner.threads, runner.model.configuration, runner.pass, runner.level)
  }

  func run() {
    let layers = runner.model.weights.layers
    embed()
    barrier()
    var rows = state.tokens.count
    var adapted = state.adapted
    for (index, layer) in layers.enumerated() {
      attention(layer, index, rows)
      if index == layers.count - 1 {
        (rows, adapted) = (state.wanted.count, state.wantedAdapted)
        gatherWanted()
        if rows == 0 { return }
      }
      multiply([layer.attentionOutput], runner.attended, rows, to: [runner.residual], adding: true)
      adapt(.layer(index, .attentionOutput), runner.attended, adapted, to: runner.residual)
      barrier()
      feedForward(layer, index, rows, adapted)
    }
    let output = runner.model.weights.output
    let inputs = norm(runner.model.weights.outputNorm, rows, quantized: output.type.isQuantized)
    multiply([output], inputs, rows, to: [runner.logits], adding: false)
    adapt(.output, inputs, adapted, to: runner.logits)
  }

  func barrier() { runner.team.barrier() }

  /// This member's tokens of a batch.
  private func share(_ count: Int) -> Range<Int> { count * member / members..<count * (member + 1) / members }

  private func embed() {
    let table = runner.model.weights.embedding
    let rowBytes = table.byteCount / shape.vocabularySize
    runner.model.file.withBytes(of: table) { bytes in
      guard let rows = bytes.baseAddress?.assumingMemoryBound(to: UInt8.self) else { return }
      for token in share(state.tokens.count) {
        let id = state.tokens[token]
        if id < 0 {
          // A placeholder, which only sequences with a soft prompt have.
          state.attachments[state.owners[token]].softPrompt?.copy(id, to: runner.residual[token])
        } else {
          osu_decode_weights(rows + Int(id) * rowBytes, runner.residual[token], shape.width, Int32(table.type.rawValue), level)
        }
        shape.rotary.fill(runner.angles[token], position: state.positions[token])
      }
    }
  }

  /// The norm of the residual stream. A single token's is computed by every member for itself, which is cheaper than waiting.
  private func norm(_ gamma: [Float], _ rows: Int, quantized: Bool) -> Activations {
    let alone = rows == 1
    let inputs = alone ? runner.own[member] : runner.normed
    for token in alone ? 0..<1 : share(rows) {
      osu_rms_norm(runner.residual[token], gamma, inputs.row(token), shape.width, shape.normEpsilon, level)
      if quantized { inputs.quantize(token, 0..<inputs.stride, level) }
    }
    if !alone { barrier() }
    return inputs
  }

  /// This member's rows of products that share their inputs.
  private func multiply(_ matrices: [PackedMatrix], _ inputs: Activations, _ rows: Int, to outputs: [FloatRows], adding: Bool) {
    for (matrix, output) in zip(matrices, outputs) {
      multiply(matrix, inputs, rows, to: output.base, stride: output.stride, adding: adding)
    }
  }

  private func multiply(
    _ matrix: PackedMatrix, _ inputs: Activations, _ rows: Int, to output: UnsafeMutablePointer<Float>, stride: Int, adding: Bool
  ) {
    let groups = matrix.share(of: member, in: members)
    guard !groups.isEmpty else { return }
    withUnsafePointer(to: inputs.kernel) {
      osu_linear(
        Int32(matrix.type.rawValue), runner.model.store.base + matrix.offset, matrix.columns, $0, rows, output, stride,
        groups.lowerBound, groups.upperBound, adding ? 1 : 0, level)
    }
  }

  private func attention(_ layer: DecoderWeights.Layer, _ index: Int, _ rows: Int) {
    let matrices = [layer.query, layer.key, layer.value]
    let inputs = norm(layer.attentionNorm, rows, quantized: matrices.contains { $0.type.isQuantized })
    multiply(matrices, inputs, rows, to: [runner.query, runner.key, runner.value], adding: false)
    adapt(.layer(index, .query), inputs, state.adapted, to: runner.query)
    adapt(.layer(index, .key), inputs, state.adapted, to: runner.key)
    adapt(.layer(index, .value), inputs, state.adapted, to: runner.value)
    barrier()
    AttentionPass(self, layer, index).run()
    barrier()
  }

  /// After the last layer's attention only the tokens whose logits are wanted go on.
  private func gatherWanted() {
    guard state.wanted.count < state.tokens.count else { return }
    if member == 0 {
      for (row, token) in state.wanted.enumerated() where row != token {
        (runner.residual[row]).update(from: runner.residual[token], count: runner.residual.stride)
        runner.attended.row(row).update(from: runner.attended.row(token), count: runner.attended.stride)
      }
      for row in state.wanted.indices { runner.attended.quantize(row, 0..<runner.attended.stride, level) }
    }
    barrier()
  }

  private func feedForward(_ layer: DecoderWeights.Layer, _ index: Int, _ rows: Int, _ adapted: [AdapterRun]) {
    let hidden = runner.hidden
    let inputs = norm(layer.feedForwardNorm, rows, quantized: layer.gate.type.isQuantized || layer.up.type.isQuantized)
    multiply(layer.gate, inputs, rows, to: hidden.kernel.x, stride: hidden.stride, adding: false)
    multiply([layer.up], inputs, rows, to: [runner.up], adding: false)
    adapt(.layer(index, .gate), inputs, adapted, to: hidden.kernel.x, stride: hidden.stride)
    adapt(.layer(index, .up), inputs, adapted, to: runner.up)
    // Both have the same rows, so that this member's part of each is its own.
    let groups = layer.gate.share(of: member, in: members)
    let columns = groups.lowerBound * OSU_ROWS..<groups.upperBound * OSU_ROWS
    for token in 0..<rows where !columns.isEmpty {
      let gate = hidden.row(token) + columns.lowerBound
      osu_silu_gate(gate, runner.up[token] + columns.lowerBound, gate, columns.count, level)
      if layer.down.type.isQuantized { hidden.quantize(token, columns, level) }
    }
    barrier()
    multiply([layer.down], hidden, rows, to: [runner.residual], adding: true)
    adapt(.layer(index, .down), hidden, adapted, to: runner.residual)
    barrier()
  }
}
