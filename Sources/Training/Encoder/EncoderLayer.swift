/// Weights and their gradient, by name.
struct EncoderTensors {
  let model: TrainableEncoder
  let gradient: FloatBuffer

  /// - Precondition: the model has a tensor of this name.
  subscript(_ name: String) -> (values: UnsafeMutablePointer<Float>, gradient: UnsafeMutablePointer<Float>) {
    let values = model.pointer(name)
    return (values, gradient.base + (values - model.weights.base))
  }

  func linear(_ name: String, rows: Int, columns: Int) -> LinearLayer {
    let (weights, gradient) = self[name]
    return LinearLayer(rows: rows, columns: columns, weights: weights, gradient: gradient, changes: [])
  }
}

/// The weights of an encoder's layer.
struct EncoderLayer {
  typealias Tensor = (values: UnsafeMutablePointer<Float>, gradient: UnsafeMutablePointer<Float>)

  struct Norm {
    let gain: Tensor
    let bias: Tensor

    init(_ tensors: EncoderTensors, _ name: String) {
      gain = tensors[name + ".weight"]
      bias = tensors[name + ".bias"]
    }
  }

  /// Queries, keys and values.
  let input: LinearLayer
  let inputBias: Tensor
  let output: LinearLayer
  let outputBias: Tensor
  let middleNorm: Norm
  let up: LinearLayer
  let upBias: Tensor
  let down: LinearLayer
  let downBias: Tensor
  let lastNorm: Norm

  init(_ tensors: EncoderTensors, layer: Int) {
    let (width, hidden) = (tensors.model.shape.width, tensors.model.shape.hiddenWidth)
    func name(_ part: String) -> String { "blk.\(layer).\(part)" }
    input = tensors.linear(name("attn_q.weight"), rows: 3 * width, columns: width)
    inputBias = tensors[name("attn_q.bias")]
    output = tensors.linear(name("attn_output.weight"), rows: width, columns: width)
    outputBias = tensors[name("attn_output.bias")]
    middleNorm = Norm(tensors, name("attn_output_norm"))
    up = tensors.linear(name("ffn_up.weight"), rows: hidden, columns: width)
    upBias = tensors[name("ffn_up.bias")]
    down = tensors.linear(name("ffn_down.weight"), rows: width, columns: hidden)
    downBias = tensors[name("ffn_down.bias")]
    lastNorm = Norm(tensors, name("layer_output_norm"))
  }
}

/// What the way forward leaves for the way back, for as many tokens as a batch has at most.
struct EncoderMemory {
  struct Norm {
    let mean: FloatBuffer
    let inverse: FloatBuffer
  }

  struct Layer {
    let input: FloatBuffer
    /// Queries, keys and values side by side.
    let heads: FloatBuffer
    let attended: FloatBuffer
    /// Before and after the norm between attention and feed-forward layer.
    let middle: FloatBuffer
    let middleNorm: Norm
    let middleNormed: FloatBuffer
    /// Before and after GELU.
    let raised: FloatBuffer
    let hidden: FloatBuffer
    let last: FloatBuffer
    let lastNorm: Norm
  }

  let layers: [Layer]
  let embedded: FloatBuffer
  let embeddedNorm: Norm
  let output: FloatBuffer
  let slope: FloatBuffer
  let headsSlope: FloatBuffer
  let attendedSlope: FloatBuffer
  let hiddenSlope: FloatBuffer

  init(_ shape: EncoderShape, capacity: Int) throws(TrainingError) {
    func rows(_ width: Int) throws(TrainingError) -> FloatBuffer {
      try FloatBuffer(capacity * width, for: "the activations of \(capacity) positions")
    }
    func norm() throws(TrainingError) -> Norm { Norm(mean: try rows(1), inverse: try rows(1)) }
    let (width, hidden) = (shape.width, shape.hiddenWidth)
    var layers: [Layer] = []
    for _ in 0..<shape.layers {
      layers.append(
        Layer(
          input: try rows(width), heads: try rows(3 * width), attended: try rows(width), middle: try rows(width), middleNorm: try norm(),
          middleNormed: try rows(width), raised: try rows(hidden), hidden: try rows(hidden), last: try rows(width),
          lastNorm: try norm()))
    }
    self.layers = layers
    (embedded, embeddedNorm, output) = (try rows(width), try norm(), try rows(width))
    (slope, headsSlope, attendedSlope, hiddenSlope) = (try rows(width), try rows(3 * width), try rows(width), try rows(hidden))
  }
}
