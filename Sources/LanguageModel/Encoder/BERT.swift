import CKernels

/// A BERT encoder over several texts at once.
///
/// The texts' tokens stand one after the other, so that a product reads each weight once for all of them; attention stays within a text,
/// nothing is padded, and a text's vectors do not depend on the texts beside it.
package struct BERT: ~Copyable, Sendable {
  let weights: BERTWeights
  /// Layers whose mean is given beside the last one's, counted from 1.
  let kept: Set<Int>
  /// How the last layer's rows become the sentence's vector; kept layers give their means always.
  let pooling: Pooling
  private let scratch = ScratchPool()

  package init(_ weights: BERTWeights, keeping kept: Set<Int>, pooling: Pooling = .mean) {
    self.weights = weights
    self.kept = kept
    self.pooling = pooling
  }

  /// - Parameter texts: token ids, each text 1 to `shape.positions` of them; ids outside the vocabulary are a programming error.
  /// - Returns: for each text, the means of its rows after the kept layers and what is pooled after the last, each `[width]` and of length 1.
  package func forward(_ texts: [[Int32]]) -> [TextVectors] {
    guard !texts.isEmpty else { return [] }
    let shape = weights.shape
    let level = weights.level.rawValue
    var starts = [0]
    for text in texts {
      precondition(!text.isEmpty && text.count <= shape.positions, "a text has 1 to \(shape.positions) tokens")
      starts.append(starts[starts.count - 1] + text.count)
    }
    let tokens = texts.flatMap { $0 }
    precondition(tokens.allSatisfy { $0 >= 0 && Int($0) < shape.vocabulary }, "a token lies outside the vocabulary")
    var sizes = osu_encoder_shape(width: shape.width, heads: shape.heads, inner: shape.inner, epsilon: shape.epsilon)
    let longest = texts.reduce(0) { max($0, $1.count) }
    let rowBytes = tokens.count * shape.width * MemoryLayout<Float>.stride
    let byteCount = rowBytes + osu_encoder_scratch_bytes(&sizes, tokens.count, longest)
    let means: [[Float]] = scratch.with(byteCount: byteCount) { memory in
      starts.withUnsafeBufferPointer { starts in
        let texts = osu_encoder_texts(starts: starts.baseAddress, count: starts.count - 1)
        // x: [tokens, width]
        let x = memory.bindMemory(to: Float.self, capacity: tokens.count * shape.width)
        var means: [[Float]] = []
        osu_encoder_embed(&sizes, texts, tokens, weights.words, weights.positions, weights.embeddingNorm, x, level)
        for (index, layer) in weights.layers.enumerated() {
          withUnsafePointer(to: layer) { osu_encoder_layer_forward(&sizes, $0, texts, x, memory + rowBytes, level) }
          let isLast = index + 1 == weights.layers.count
          guard kept.contains(index + 1) || isLast else { continue }
          means.append(
            [Float](unsafeUninitializedCapacity: texts.count * shape.width) { mean, count in
              let pool = isLast && pooling == .firstToken ? osu_encoder_first : osu_encoder_mean
              pool(&sizes, texts, x, mean.baseAddress)
              count = texts.count * shape.width
            })
        }
        return means
      }
    }
    return texts.indices.map { text in
      let own = means.map { Array($0[text * shape.width..<(text + 1) * shape.width]) }
      return TextVectors(sentence: own[own.count - 1], layers: Array(own.dropLast().joined()))
    }
  }

  /// The same for any number of texts, each core taking a part of them.
  package func forwardOnAllCores(_ texts: [[Int32]]) throws -> [TextVectors] {
    try parallelMap(Self.parts(texts.map(\.count))) { forward(Array(texts[$0])) }.flatMap { $0 }
  }

  /// Tokens of a part of a batch: enough that the weights' reading no longer counts, few enough that the rows stay in a core's cache.
  package static var partTokens: Int { 128 }

  /// Cuts texts of these lengths into parts of at most `partTokens` tokens, or of one text that is longer.
  package static func parts(_ lengths: [Int]) -> [Range<Int>] {
    var parts: [Range<Int>] = []
    var start = 0
    var total = 0
    for (index, length) in lengths.enumerated() {
      if index > start, total + length > partTokens {
        parts.append(start..<index)
        (start, total) = (index, 0)
      }
      total += length
    }
    if start < lengths.count { parts.append(start..<lengths.count) }
    return parts
  }
}
