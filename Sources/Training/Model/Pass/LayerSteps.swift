import CKernels

/// The steps of a layer between its products.
struct LayerSteps {
  let kernels: TrainingKernels
  let shape: DecoderShape
  /// Cosines and sines of each position: [position][2 * pairs].
  private let angles: FloatBuffer
  private var trainer: OpaquePointer { kernels.trainer }
  /// Numbers of a position's queries, keys and values.
  private var headsWidth: Int { shape.queryWidth + 2 * shape.keyValueWidth }

  init(_ kernels: TrainingKernels, _ model: TrainableDecoder) throws(TrainingError) {
    self.kernels = kernels
    shape = model.shape
    angles = try FloatBuffer(shape.contextLength * shape.headWidth, for: "rotary angles")
    for position in 0..<shape.contextLength {
      osu_rope_angles(
        Double(position), model.frequencies, model.magnitude, model.frequencies.count, angles.base + position * shape.headWidth)
    }
  }

  func norm(_ x: FloatBuffer, _ norm: LayerWeights.Norm, _ y: FloatBuffer, _ inverse: FloatBuffer, _ count: Int) {
    osu_train_rms_norm(trainer, x.base, norm.gain, y.base, inverse.base, count, shape.width, shape.normEpsilon)
  }

  /// dx becomes, or with `add` grows by, the slope of the norm's input x.
  func normBackward(
    _ dy: FloatBuffer, _ x: FloatBuffer, _ norm: LayerWeights.Norm, _ inverse: FloatBuffer, into dx: FloatBuffer, _ count: Int, add: Bool
  ) {
    osu_train_rms_norm_backward(
      trainer, dy.base, x.base, norm.gain, inverse.base, dx.base, norm.gradient, count, shape.width, add ? 1 : 0)
  }

  /// Rotates queries and keys, which stand side by side; `back` turns their slopes the other way.
  func rotate(_ heads: FloatBuffer, _ batch: PackedBatch, back: Bool) {
    osu_train_rope(
      trainer, heads.base, headsWidth, batch.count, shape.heads + shape.keyValueHeads, shape.headWidth / 2, batch.positions, angles.base, 0,
      back ? 1 : 0)
  }

  func attend(_ kept: PassMemory.Layer, _ batch: PackedBatch) {
    let (query, key, value) = parts(kept.heads)
    withAttention(batch) { osu_train_attention(trainer, $0, query, key, value, kept.attended.base, kept.logSums.base) }
  }

  func attendBackward(_ kept: PassMemory.Layer, _ memory: PassMemory, _ batch: PackedBatch) {
    let (query, key, value) = parts(kept.heads)
    let slopes = parts(memory.headsSlope)
    withAttention(batch) {
      osu_train_attention_backward(
        trainer, $0, query, key, value, kept.attended.base, kept.logSums.base, memory.attendedSlope.base, slopes.query, slopes.key,
        slopes.value, memory.dots.base)
    }
  }

  func gate(_ gated: FloatBuffer, into hidden: FloatBuffer, _ count: Int) {
    let width = shape.hiddenWidth
    osu_train_silu_gate(trainer, gated.base, gated.base + width, 2 * width, hidden.base, width, count, width)
  }

  func gateBackward(_ slope: FloatBuffer, _ gated: FloatBuffer, into gatedSlope: FloatBuffer, _ count: Int) {
    let width = shape.hiddenWidth
    osu_train_silu_gate_backward(
      trainer, slope.base, width, gated.base, gated.base + width, gatedSlope.base, gatedSlope.base + width, 2 * width, count, width)
  }

  private func parts(_ heads: FloatBuffer) -> (
    query: UnsafeMutablePointer<Float>, key: UnsafeMutablePointer<Float>, value: UnsafeMutablePointer<Float>
  ) {
    (heads.base, heads.base + shape.queryWidth, heads.base + shape.queryWidth + shape.keyValueWidth)
  }

  private func withAttention(_ batch: PackedBatch, _ body: (UnsafePointer<osu_train_attention_shape>) -> Void) {
    batch.starts.withUnsafeBufferPointer { starts in
      var attention = osu_train_attention_shape(
        heads: shape.heads, kv_heads: shape.keyValueHeads, head_dim: shape.headWidth, rows: batch.count, starts: starts.baseAddress,
        q_stride: headsWidth, kv_stride: headsWidth, out_stride: shape.queryWidth, scale: 1 / Float(shape.headWidth).squareRoot(),
        precision: kernels.precision)
      body(&attention)
    }
  }
}
