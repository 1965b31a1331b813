import CKernels

/// A BERT encoder with mean pooling over several texts at once.
///
/// The texts' tokens stand one after the other, so that a product reads each weight once for all of them; attention stays within a text,
/// nothing is padded, and a text's vectors do not depend on the texts beside it.
package struct BERT: ~Copyable, Sendable {
  let weights: BERTWeights
  /// Layers whose mean is given beside the last one's, counted from 1.
  let kept: Set<Int>
  private let scratch = ScratchPool()

  package init(_ weights: BERTWeights, keeping kept: Set<Int>) {
    self.weights = weights
    self.kept = kept
  }

  /// - Parameter texts: token ids, each text 1 to `shape.positions` of them; ids outside the vocabulary are a programming error.
  /// - Returns: for each text, the means of its rows after the kept layers and after the last, each `[width]` and of length 1.
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
          guard kept.contains(index + 1) || index + 1 == weights.layers.count else { continue }
          means.append(
            [Float](unsafeUninitializedCapacity: texts.count * shape.width) { mean, count in
              osu_encoder_mean(&sizes, texts, x, mean.baseAddress)
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
}
