import CKernels
import LanguageModel

/// One pass over the weights, forward and back, for the documents of a batch.
///
///     x = embeddings;  per layer: x += Wo attention(rotate(Wqkv norm(x)));  x += Wdown (silu(Wgate norm(x)) * Wup norm(x))
///     loss = cross entropy of Woutput norm(x)
final class TrainingPass {
  private let model: TrainableDecoder
  private let trained: Trained
  private let kernels: TrainingKernels
  private let steps: LayerSteps
  private let memory: PassMemory
  private let layers: [LayerWeights]
  private let outputNorm: LayerWeights.Norm
  private let embedding: UnsafeMutablePointer<Float>
  private let embeddingGradient: UnsafeMutablePointer<Float>?
  /// [vocabulary][width].
  private let output: Matrix
  private let outputGradient: UnsafeMutablePointer<Float>?
  private var width: Int { model.shape.width }

  /// - Parameter capacity: positions of a batch at most.
  init(_ model: TrainableDecoder, _ trained: Trained, _ kernels: TrainingKernels, capacity: Int) throws(TrainingError) {
    (self.model, self.trained, self.kernels) = (model, trained, kernels)
    steps = try LayerSteps(kernels, model)
    memory = try PassMemory(model.shape, capacity: capacity, rank: trained.rank)
    var layers: [LayerWeights] = []
    for layer in 0..<model.shape.layers { layers.append(try LayerWeights(model, trained, layer: layer, capacity: capacity)) }
    self.layers = layers
    outputNorm = LayerWeights.Norm(model, trained, "output_norm.weight")
    (embedding, embeddingGradient) = (model.pointer("token_embd.weight"), trained.gradient(of: "token_embd.weight"))
    let outputName = model.shape.tiesEmbeddings ? "token_embd.weight" : "output.weight"
    output = Matrix(model.pointer(outputName), model.shape.vocabularySize, model.shape.width)
    outputGradient = trained.gradient(of: outputName)
  }

  /// The sum of the batch's losses; the gradient grows by `scale` times that of the sum.
  func learn(_ batch: PackedBatch, scale: Float) throws(TrainingError) -> Double {
    forward(batch)
    let loss = try kernels.crossEntropy(
      memory.outputNormed, output, batch.targets, scale: scale, slope: memory.normedSlope, gradient: outputGradient)
    backward(batch)
    return loss
  }

  /// The sum of the batch's losses.
  func loss(_ batch: PackedBatch) throws(TrainingError) -> Double {
    forward(batch)
    return try kernels.crossEntropy(memory.outputNormed, output, batch.targets, scale: 1, slope: nil, gradient: nil)
  }

  /// The logits of every position, one row after the other.
  func logits(_ batch: PackedBatch) throws(TrainingError) -> [Float] {
    forward(batch)
    let logits = try FloatBuffer(batch.count * output.rows, for: "logits")
    kernels.product(
      Matrix(memory.outputNormed.base, batch.count, width), output.transposed, into: Matrix(logits.base, batch.count, output.rows))
    return Array(logits.values)
  }

  // MARK: Forward

  private func forward(_ batch: PackedBatch) {
    embed(batch, memory.layers[0].input)
    for (index, (layer, kept)) in zip(layers, memory.layers).enumerated() {
      forward(batch, layer, kept, into: index + 1 < layers.count ? memory.layers[index + 1].input : memory.output)
    }
    steps.norm(memory.output, outputNorm, memory.outputNormed, memory.outputInverse, batch.count)
  }

  private func forward(_ batch: PackedBatch, _ layer: LayerWeights, _ kept: PassMemory.Layer, into next: FloatBuffer) {
    let count = batch.count
    steps.norm(kept.input, layer.attentionNorm, kept.normed, kept.inverse, count)
    layer.attentionInput.forward(kernels, kept.normed.base, kept.heads.base, count: count)
    steps.rotate(kept.heads, batch, back: false)
    steps.attend(kept, batch)
    kept.middle.base.update(from: kept.input.base, count: count * width)
    layer.attentionOutput.forward(kernels, kept.attended.base, kept.middle.base, count: count, add: true)
    steps.norm(kept.middle, layer.feedForwardNorm, kept.middleNormed, kept.middleInverse, count)
    layer.feedForwardInput.forward(kernels, kept.middleNormed.base, kept.gated.base, count: count)
    steps.gate(kept.gated, into: kept.hidden, count)
    next.base.update(from: kept.middle.base, count: count * width)
    layer.feedForwardOutput.forward(kernels, kept.hidden.base, next.base, count: count, add: true)
  }

  private func embed(_ batch: PackedBatch, _ rows: FloatBuffer) {
    osu_train_gather(kernels.trainer, embedding, batch.tokens, rows.base, batch.count, width)
    guard let prompt = trained.softPrompt else { return }
    for (position, token) in batch.tokens.enumerated() where token < 0 {
      (rows.base + position * width).update(from: prompt.values + Int(-1 - token) * width, count: width)
    }
  }

  // MARK: Back

  /// The slopes of the last norm's outputs stand in `normedSlope`.
  private func backward(_ batch: PackedBatch) {
    steps.normBackward(
      memory.normedSlope, memory.output, outputNorm, memory.outputInverse, into: memory.slope, batch.count, add: false)
    for (layer, kept) in zip(layers, memory.layers).reversed() { backward(batch, layer, kept) }
    embedBackward(batch)
  }

  private func backward(_ batch: PackedBatch, _ layer: LayerWeights, _ kept: PassMemory.Layer) {
    let (count, slope, inner) = (batch.count, memory.slope, memory.inner.base)
    layer.feedForwardOutput.backward(kernels, slope.base, kept.hidden.base, memory.hiddenSlope.base, count: count, scratch: inner)
    steps.gateBackward(memory.hiddenSlope, kept.gated, into: memory.gatedSlope, count)
    layer.feedForwardInput.backward(
      kernels, memory.gatedSlope.base, kept.middleNormed.base, memory.normedSlope.base, count: count, scratch: inner)
    steps.normBackward(memory.normedSlope, kept.middle, layer.feedForwardNorm, kept.middleInverse, into: slope, count, add: true)
    layer.attentionOutput.backward(kernels, slope.base, kept.attended.base, memory.attendedSlope.base, count: count, scratch: inner)
    steps.attendBackward(kept, memory, batch)
    steps.rotate(memory.headsSlope, batch, back: true)
    layer.attentionInput.backward(
      kernels, memory.headsSlope.base, kept.normed.base, memory.normedSlope.base, count: count, scratch: inner)
    steps.normBackward(memory.normedSlope, kept.input, layer.attentionNorm, kept.inverse, into: slope, count, add: true)
  }

  private func embedBackward(_ batch: PackedBatch) {
    if let embeddingGradient {
      osu_train_scatter_add(kernels.trainer, embeddingGradient, batch.tokens, memory.slope.base, batch.count, width)
    }
    if let prompt = trained.softPrompt {
      osu_train_scatter_add(kernels.trainer, prompt.gradient, batch.softVectors, memory.slope.base, batch.count, width)
    }
  }
}
