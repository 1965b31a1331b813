import CKernels
import LanguageModel

/// One pass over an encoder's weights, forward and back, for the texts of a batch.
///
///     x = norm(embeddings);  per layer: x = norm(x + Wo attention(Wqkv x));  x = norm(x + Wdown gelu(Wup x))
///     a text's vector = the mean of its rows, of length 1
final class EncoderPass {
  private let shape: EncoderShape
  private let kernels: TrainingKernels
  private let memory: EncoderMemory
  private let layers: [EncoderLayer]
  private let words: (values: UnsafeMutablePointer<Float>, gradient: UnsafeMutablePointer<Float>)
  private let positions: (values: UnsafeMutablePointer<Float>, gradient: UnsafeMutablePointer<Float>)
  private let norm: EncoderLayer.Norm
  private var probabilities: [FloatBuffer] = []
  private var width: Int { shape.width }
  private var trainer: OpaquePointer { kernels.trainer }

  /// - Parameters:
  ///   - gradient: of all weights.
  ///   - capacity: tokens of a batch at most.
  init(_ model: TrainableEncoder, gradient: FloatBuffer, _ kernels: TrainingKernels, capacity: Int) throws(TrainingError) {
    (shape, self.kernels) = (model.shape, kernels)
    memory = try EncoderMemory(model.shape, capacity: capacity)
    let tensors = EncoderTensors(model: model, gradient: gradient)
    layers = (0..<model.shape.layers).map { EncoderLayer(tensors, layer: $0) }
    words = tensors["token_embd.weight"]
    positions = tensors["position_embd.weight"]
    norm = EncoderLayer.Norm(tensors, "token_embd_norm")
  }

  /// The texts' vectors, [texts][width], of length 1.
  func forward(_ batch: EncoderBatch) throws(TrainingError) -> TextRows {
    try reserve(batch)
    let count = batch.tokens.count
    osu_train_gather(trainer, words.values, batch.tokens, memory.embedded.base, count, width)
    osu_train_gather(trainer, positions.values, batch.positions, memory.slope.base, count, width)
    osu_train_add(trainer, memory.embedded.base, memory.slope.base, 1, count * width)
    apply(norm, memory.embedded, memory.embeddedNorm, memory.layers[0].input, count)
    for (index, (layer, kept)) in zip(layers, memory.layers).enumerated() {
      let next = index + 1 < layers.count ? memory.layers[index + 1].input : memory.output
      forward(batch, layer, kept, probabilities[index], into: next)
    }
    return TextRows(means: memory.output, batch, width: width)
  }

  private func forward(
    _ batch: EncoderBatch, _ layer: EncoderLayer, _ kept: EncoderMemory.Layer, _ probabilities: FloatBuffer, into next: FloatBuffer
  ) {
    let count = batch.tokens.count
    layer.input.forward(kernels, kept.input.base, kept.heads.base, count: count)
    osu_train_bias(trainer, kept.heads.base, layer.inputBias.values, count, 3 * width)
    withTexts(batch) {
      osu_train_text_attention(
        trainer, $0, kept.heads.base, kept.heads.base + width, kept.heads.base + 2 * width, kept.attended.base, probabilities.base)
    }
    kept.middle.base.update(from: kept.input.base, count: count * width)
    layer.output.forward(kernels, kept.attended.base, kept.middle.base, count: count, add: true)
    osu_train_bias(trainer, kept.middle.base, layer.outputBias.values, count, width)
    apply(layer.middleNorm, kept.middle, kept.middleNorm, kept.middleNormed, count)
    layer.up.forward(kernels, kept.middleNormed.base, kept.raised.base, count: count)
    osu_train_bias(trainer, kept.raised.base, layer.upBias.values, count, shape.hiddenWidth)
    osu_train_gelu(trainer, kept.raised.base, kept.hidden.base, count * shape.hiddenWidth)
    kept.last.base.update(from: kept.middleNormed.base, count: count * width)
    layer.down.forward(kernels, kept.hidden.base, kept.last.base, count: count, add: true)
    osu_train_bias(trainer, kept.last.base, layer.downBias.values, count, width)
    apply(layer.lastNorm, kept.last, kept.lastNorm, next, count)
  }

  /// The gradient grows by what the slopes of the texts' vectors make of it.
  func backward(_ batch: EncoderBatch, _ vectors: TextRows, _ slopes: [Float]) {
    vectors.spread(slopes, batch, into: memory.slope)
    for index in layers.indices.reversed() { backward(batch, layers[index], memory.layers[index], probabilities[index]) }
    let count = batch.tokens.count
    back(norm, memory.embedded, memory.embeddedNorm, memory.slope, count)
    osu_train_scatter_add(trainer, words.gradient, batch.tokens, memory.slope.base, count, width)
    osu_train_scatter_add(trainer, positions.gradient, batch.positions, memory.slope.base, count, width)
  }

  /// `memory.slope` goes from that of the layer's output to that of its input.
  private func backward(_ batch: EncoderBatch, _ layer: EncoderLayer, _ kept: EncoderMemory.Layer, _ probabilities: FloatBuffer) {
    let (count, slope, hidden) = (batch.tokens.count, memory.slope, memory.hiddenSlope)
    back(layer.lastNorm, kept.last, kept.lastNorm, slope, count)
    osu_train_bias_backward(trainer, slope.base, layer.downBias.gradient, count, width)
    layer.down.backward(kernels, slope.base, kept.hidden.base, hidden.base, count: count)
    osu_train_gelu_backward(trainer, hidden.base, kept.raised.base, hidden.base, count * shape.hiddenWidth)
    osu_train_bias_backward(trainer, hidden.base, layer.upBias.gradient, count, shape.hiddenWidth)
    layer.up.backward(kernels, hidden.base, kept.middleNormed.base, slope.base, count: count, add: true)
    back(layer.middleNorm, kept.middle, kept.middleNorm, slope, count)
    osu_train_bias_backward(trainer, slope.base, layer.outputBias.gradient, count, width)
    layer.output.backward(kernels, slope.base, kept.attended.base, memory.attendedSlope.base, count: count)
    let (heads, slopes) = (kept.heads.base, memory.headsSlope.base)
    withTexts(batch) {
      osu_train_text_attention_backward(
        trainer, $0, heads, heads + width, heads + 2 * width, memory.attendedSlope.base, slopes, slopes + width, slopes + 2 * width,
        probabilities.base)
    }
    osu_train_bias_backward(trainer, slopes, layer.inputBias.gradient, count, 3 * width)
    layer.input.backward(kernels, slopes, kept.input.base, slope.base, count: count, add: true)
  }

  private func apply(_ norm: EncoderLayer.Norm, _ x: FloatBuffer, _ kept: EncoderMemory.Norm, _ y: FloatBuffer, _ count: Int) {
    osu_train_layer_norm(
      trainer, x.base, norm.gain.values, norm.bias.values, y.base, kept.mean.base, kept.inverse.base, count, width, shape.normEpsilon)
  }

  /// The slope of a norm's output becomes that of its input.
  private func back(_ norm: EncoderLayer.Norm, _ x: FloatBuffer, _ kept: EncoderMemory.Norm, _ slope: FloatBuffer, _ count: Int) {
    osu_train_layer_norm_backward(
      trainer, slope.base, x.base, norm.gain.values, kept.mean.base, kept.inverse.base, slope.base, norm.gain.gradient, norm.bias.gradient,
      count, width)
  }

  private func withTexts(_ batch: EncoderBatch, _ body: (UnsafePointer<osu_train_texts>) -> Void) {
    batch.starts.withUnsafeBufferPointer { starts in
      batch.places.withUnsafeBufferPointer { places in
        var texts = osu_train_texts(
          heads: shape.heads, head_dim: shape.headWidth, starts: starts.baseAddress, texts: batch.texts, places: places.baseAddress,
          in_stride: 3 * width, out_stride: width, scale: 1 / Float(shape.headWidth).squareRoot())
        body(&texts)
      }
    }
  }

  private func reserve(_ batch: EncoderBatch) throws(TrainingError) {
    if let first = probabilities.first, first.count >= batch.probabilityCount { return }
    var buffers: [FloatBuffer] = []
    for _ in layers { buffers.append(try FloatBuffer(batch.probabilityCount * 5 / 4, for: "attention's probabilities")) }
    probabilities = buffers
  }
}

/// The means of the rows of each text, and the same of length 1.
struct TextRows {
  /// [texts][width].
  private(set) var vectors: [Float]
  private let inverses: [Float]
  private let width: Int

  init(means rows: FloatBuffer, _ batch: EncoderBatch, width: Int) {
    self.width = width
    var vectors = [Float](repeating: 0, count: batch.texts * width)
    var inverses: [Float] = []
    for text in 0..<batch.texts {
      let range = Int(batch.starts[text])..<Int(batch.starts[text + 1])
      let own = text * width..<(text + 1) * width
      for row in range { for (place, index) in own.enumerated() { vectors[index] += rows.base[row * width + place] } }
      let size = vectors[own].reduce(0) { $0 + $1 * $1 }.squareRoot()
      let inverse = 1 / max(size, .leastNormalMagnitude)
      for index in own { vectors[index] *= inverse }
      // The mean's division by the count cancels against the length's.
      inverses.append(inverse)
    }
    (self.vectors, self.inverses) = (vectors, inverses)
  }

  subscript(_ text: Int) -> ArraySlice<Float> { vectors[text * width..<(text + 1) * width] }

  /// The slopes of the texts' rows from those of their vectors.
  func spread(_ slopes: [Float], _ batch: EncoderBatch, into rows: FloatBuffer) {
    for text in 0..<batch.texts {
      let own = text * width..<(text + 1) * width
      let along = own.reduce(Float(0)) { $0 + slopes[$1] * vectors[$1] }
      let first = rows.base + Int(batch.starts[text]) * width
      for (place, index) in own.enumerated() { first[place] = (slopes[index] - vectors[index] * along) * inverses[text] }
      for row in Int(batch.starts[text]) + 1..<Int(batch.starts[text + 1]) { (rows.base + row * width).update(from: first, count: width) }
    }
  }
}
