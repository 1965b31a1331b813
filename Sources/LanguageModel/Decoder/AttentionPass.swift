import CKernels

/// One member's part of a layer's attention: biases, norms and rotation of its heads, their place in the cache, and their outputs.
struct AttentionPass {
  private let pass: DecoderPass
  private let layer: DecoderWeights.Layer
  private let index: Int
  private let shape: DecoderConfiguration
  private let runner: DecoderRunner
  private let scale: Float

  init(_ pass: DecoderPass, _ layer: DecoderWeights.Layer, _ index: Int) {
    (self.pass, self.layer, self.index) = (pass, layer, index)
    (shape, runner) = (pass.shape, pass.runner)
    scale = 1 / Float(shape.headWidth).squareRoot()
  }

  func run() {
    // Work is a piece and a key-value head; neighbours go to different members.
    let work = pass.state.pieces.count * shape.keyValueHeads
    for item in stride(from: pass.member, to: work, by: pass.members) {
      let piece = pass.state.pieces[item / shape.keyValueHeads]
      prepare(piece, head: item % shape.keyValueHeads)
      if !pass.state.readsOthers { attend(piece, head: item % shape.keyValueHeads) }
    }
    if pass.state.readsOthers {
      pass.barrier()
      for item in stride(from: pass.member, to: work, by: pass.members) {
        attend(pass.state.pieces[item / shape.keyValueHeads], head: item % shape.keyValueHeads)
      }
    }
    finish()
  }

  /// Queries, keys and values as attention wants them; keys and values go to the cache.
  private func prepare(_ piece: BatchPlan.Piece, head: Int) {
    let width = shape.headWidth
    withKeyValues(piece, head) { cache in
      for token in piece.first..<piece.first + piece.count {
        let key = runner.key[token] + head * width
        let value = runner.value[token] + head * width
        turn(key, token, bias: layer.keyBias, at: head * width, norm: layer.keyNorm)
        add(layer.valueBias, head * width, to: value)
        osu_kv_write(&cache, pass.state.positions[token], key, value, pass.level)
        for queryHead in head * shape.group..<(head + 1) * shape.group {
          let query = runner.query[token] + queryHead * width
          turn(query, token, bias: layer.queryBias, at: queryHead * width, norm: layer.queryNorm)
          for number in 0..<width { query[number] *= scale }
        }
      }
    }
  }

  private func turn(_ head: UnsafeMutablePointer<Float>, _ token: Int, bias: [Float], at offset: Int, norm: [Float]) {
    add(bias, offset, to: head)
    if !norm.isEmpty { osu_rms_norm(head, norm, head, shape.headWidth, shape.normEpsilon, pass.level) }
    osu_rope(
      head, runner.angles[token], shape.rotary.frequencies.count, shape.architecture.rotatesHalves ? 1 : 0, pass.level)
  }

  private func add(_ bias: [Float], _ offset: Int, to head: UnsafeMutablePointer<Float>) {
    guard !bias.isEmpty else { return }
    for number in 0..<shape.headWidth { head[number] += bias[offset + number] }
  }

  private func attend(_ piece: BatchPlan.Piece, head: Int) {
    let width = shape.headWidth
    let queries = piece.count * shape.group
    withKeyValues(piece, head) { cache in
      withUnsafeTemporaryAllocation(of: Int.self, capacity: 2 * queries) { numbers in
        let (offsets, visible) = (numbers.baseAddress!, numbers.baseAddress! + queries)
        for query in 0..<queries {
          let (token, queryHead) = (query / shape.group, head * shape.group + query % shape.group)
          offsets[query] = token * runner.query.stride + queryHead * width
          visible[query] = pass.state.positions[piece.first + token] + 1
        }
        osu_attention(
          &cache, runner.query[piece.first], runner.attended.row(piece.first), offsets, visible, queries, runner.scores[pass.member],
          pass.level)
      }
    }
    guard layer.attentionOutput.type.isQuantized, ownsBlocks else { return }
    for token in piece.first..<piece.first + piece.count {
      runner.attended.quantize(token, head * shape.group * width..<(head + 1) * shape.group * width, pass.level)
    }
  }

  /// Whether a key-value head's outputs are whole blocks of 32, so that who computed them can quantise them.
  private var ownsBlocks: Bool { shape.group * shape.headWidth % 32 == 0 }

  private func finish() {
    guard layer.attentionOutput.type.isQuantized, !ownsBlocks else { return }
    pass.barrier()
    for token in stride(from: pass.member, to: pass.state.tokens.count, by: pass.members) {
      runner.attended.quantize(token, 0..<runner.attended.stride, pass.level)
    }
  }

  private func withKeyValues(_ piece: BatchPlan.Piece, _ head: Int, _ body: (inout osu_kv_head) -> Void) {
    let blockShape = runner.cache.shape
    pass.state.blocks[piece.sequence].withUnsafeBufferPointer { blocks in
      var cache = osu_kv_head(
        base: runner.cache.base + index * runner.cache.layerRegion + head * blockShape.headBytes, blocks: blocks.baseAddress,
        block_bytes: blockShape.layerBytes, head_dim: shape.headWidth, half: blockShape.precision == .float16 ? 1 : 0)
      body(&cache)
    }
  }
}
