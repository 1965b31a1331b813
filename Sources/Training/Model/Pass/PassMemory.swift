/// What the way forward leaves for the way back, for as many positions as a pass has at most.
struct PassMemory {
  struct Layer {
    /// The residual stream before the layer: [position][width].
    let input: FloatBuffer
    let normed: FloatBuffer
    /// 1 / root mean square of each position's input.
    let inverse: FloatBuffer
    /// Queries, keys and values side by side, the first two rotated.
    let heads: FloatBuffer
    let attended: FloatBuffer
    /// The logarithm of the sum of each query's exponentials: [head][position].
    let logSums: FloatBuffer
    /// The residual stream between attention and feed-forward layer.
    let middle: FloatBuffer
    let middleNormed: FloatBuffer
    let middleInverse: FloatBuffer
    /// Gate and up side by side.
    let gated: FloatBuffer
    let hidden: FloatBuffer
  }

  let layers: [Layer]
  /// The residual stream after the last layer.
  let output: FloatBuffer
  let outputNormed: FloatBuffer
  let outputInverse: FloatBuffer
  /// Slopes of the residual stream, and of what the layers make of it.
  let slope: FloatBuffer
  let normedSlope: FloatBuffer
  let headsSlope: FloatBuffer
  let attendedSlope: FloatBuffer
  let gatedSlope: FloatBuffer
  let hiddenSlope: FloatBuffer
  /// Scratch of the attention's way back: [head][position].
  let dots: FloatBuffer
  /// LoRA's inner products on the way back.
  let inner: FloatBuffer

  init(_ shape: DecoderShape, capacity: Int, rank: Int) throws(TrainingError) {
    func rows(_ width: Int) throws(TrainingError) -> FloatBuffer {
      try FloatBuffer(capacity * width, for: "the activations of \(capacity) positions")
    }
    let headsWidth = shape.queryWidth + 2 * shape.keyValueWidth
    var layers: [Layer] = []
    for _ in 0..<shape.layers {
      layers.append(
        Layer(
          input: try rows(shape.width), normed: try rows(shape.width), inverse: try rows(1), heads: try rows(headsWidth),
          attended: try rows(shape.queryWidth), logSums: try rows(shape.heads), middle: try rows(shape.width),
          middleNormed: try rows(shape.width), middleInverse: try rows(1), gated: try rows(2 * shape.hiddenWidth),
          hidden: try rows(shape.hiddenWidth)))
    }
    self.layers = layers
    output = try rows(shape.width)
    (outputNormed, outputInverse) = (try rows(shape.width), try rows(1))
    (slope, normedSlope) = (try rows(shape.width), try rows(shape.width))
    (headsSlope, attendedSlope) = (try rows(headsWidth), try rows(shape.queryWidth))
    (gatedSlope, hiddenSlope) = (try rows(2 * shape.hiddenWidth), try rows(shape.hiddenWidth))
    (dots, inner) = (try rows(shape.heads), try rows(rank))
  }
}
