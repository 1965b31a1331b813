import LanguageModel

/// What is trained: its values and their gradient, by name.
struct Trained {
  let adaptation: Adaptation
  let layout: ParameterLayout
  let values: FloatBuffer
  let gradient: FloatBuffer

  /// Where the gradient of a weight of the model goes; nil if the weight stays as it is.
  func gradient(of name: String) -> UnsafeMutablePointer<Float>? {
    guard adaptation == .full, let entry = layout[name] else { return nil }
    return gradient.base + entry.offset
  }

  /// LoRA's rank; 0 without it.
  var rank: Int { if case .lora(let rank, _, _) = adaptation { rank } else { 0 } }

  /// LoRA's change of a matrix, nil if there is none.
  /// - Parameter firstRow: of the matrix among those that it is computed with.
  func change(
    of matrix: DecoderMatrix, layer: Int, _ shape: DecoderShape, firstRow: Int, capacity: Int
  ) throws(TrainingError) -> LinearLayer.LowRank? {
    guard case .lora(let rank, let alpha, _) = adaptation, let down = layout[matrix.tensor(layer) + ".lora_a"],
      let up = layout[matrix.tensor(layer) + ".lora_b"]
    else { return nil }
    return LinearLayer.LowRank(
      firstRow: firstRow, rows: matrix.rows(shape), rank: rank, scale: alpha / Float(rank), down: values.base + down.offset,
      downGradient: gradient.base + down.offset, up: values.base + up.offset, upGradient: gradient.base + up.offset,
      inner: try FloatBuffer(capacity * rank, for: "an adapter of rank \(rank)"))
  }

  /// The soft prompt's vectors and their gradient, nil if there is none.
  var softPrompt: (values: UnsafeMutablePointer<Float>, gradient: UnsafeMutablePointer<Float>)? {
    layout[Adaptation.softPromptName].map { (values.base + $0.offset, gradient.base + $0.offset) }
  }
}

/// The weights of a decoder's layer with what is trained of them.
struct LayerWeights {
  struct Norm {
    let gain: UnsafeMutablePointer<Float>
    let gradient: UnsafeMutablePointer<Float>?
  }

  let attentionNorm: Norm
  /// Queries, keys and values.
  let attentionInput: LinearLayer
  let attentionOutput: LinearLayer
  let feedForwardNorm: Norm
  /// Gate and up.
  let feedForwardInput: LinearLayer
  let feedForwardOutput: LinearLayer

  init(_ model: TrainableDecoder, _ trained: Trained, layer: Int, capacity: Int) throws(TrainingError) {
    func joined(_ matrices: [DecoderMatrix]) throws(TrainingError) -> LinearLayer {
      var rows = 0
      var changes: [LinearLayer.LowRank] = []
      for matrix in matrices {
        if let change = try trained.change(of: matrix, layer: layer, model.shape, firstRow: rows, capacity: capacity) {
          changes.append(change)
        }
        rows += matrix.rows(model.shape)
      }
      let first = matrices[0].tensor(layer)
      return LinearLayer(
        rows: rows, columns: matrices[0].columns(model.shape), weights: model.pointer(first), gradient: trained.gradient(of: first),
        changes: changes)
    }
    attentionNorm = Norm(model, trained, "blk.\(layer).attn_norm.weight")
    attentionInput = try joined([.query, .key, .value])
    attentionOutput = try joined([.attentionOutput])
    feedForwardNorm = Norm(model, trained, "blk.\(layer).ffn_norm.weight")
    feedForwardInput = try joined([.gate, .up])
    feedForwardOutput = try joined([.down])
  }
}

extension LayerWeights.Norm {
  init(_ model: TrainableDecoder, _ trained: Trained, _ name: String) {
    gain = model.pointer(name)
    gradient = trained.gradient(of: name)
  }
}

extension TrainableDecoder {
  /// - Precondition: the model has a tensor of this name.
  func pointer(_ name: String) -> UnsafeMutablePointer<Float> {
    guard let entry = layout[name] else { preconditionFailure("no tensor \(name)") }
    return weights.base + entry.offset
  }
}
