import CKernels
import Dispatch
import Foundation

/// all-MiniLM-L6-v2 (Wang et al. 2020; sentence-transformers): six BERT layers of 384, mean pooling, unit length.
public final class MiniLM: SentenceEncoder {
  public let dimension = 384
  private static let layers = 6
  private static let heads = 12
  private static let inner = 1536
  private static let positions = 512
  /// Tokens beyond this are cut, as in the model's sentence_bert_config.json.
  static let longest = 256
  private static let epsilon: Float = 1e-12

  private struct Dense: Sendable {
    /// `[outputs, inputs]`
    var weight: [Float]
    var bias: [Float]
  }
  private struct Norm: Sendable {
    var gamma: [Float]
    var beta: [Float]
  }
  private struct Layer: Sendable {
    /// Query, key and value stacked: `[3 * 384, 384]`.
    var attention: Dense
    var output: Dense
    var outputNorm: Norm
    var up: Dense
    var down: Dense
    var downNorm: Norm
  }

  let tokenizer: WordPieceTokenizer
  private let words: [Float]
  private let position: [Float]
  private let segment: [Float]
  private let embeddingNorm: Norm
  private let layers: [Layer]
  private let level: Int32

  /// - Parameters:
  ///   - folder: a Hugging Face folder with `model.safetensors` and `vocab.txt`.
  ///   - level: the instruction set of the kernels.
  public init(folder: URL, level: SIMDLevel = .best) throws {
    tokenizer = try WordPieceTokenizer(vocabulary: folder.appendingPathComponent("vocab.txt"))
    let file = try Safetensors(file: folder.appendingPathComponent("model.safetensors"))
    let width = 384
    func dense(_ name: String, _ outputs: Int, _ inputs: Int) throws -> Dense {
      Dense(
        weight: try file.floats(name + ".weight", shape: [outputs, inputs]),
        bias: try file.floats(name + ".bias", shape: [outputs]))
    }
    func norm(_ name: String) throws -> Norm {
      Norm(
        gamma: try file.floats(name + ".weight", shape: [width]), beta: try file.floats(name + ".bias", shape: [width]))
    }
    words = try file.floats("embeddings.word_embeddings.weight", shape: [30522, width])
    position = try file.floats("embeddings.position_embeddings.weight", shape: [Self.positions, width])
    segment = try file.floats("embeddings.token_type_embeddings.weight", shape: [2, width])
    embeddingNorm = try norm("embeddings.LayerNorm")
    layers = try (0..<Self.layers).map { index in
      let prefix = "encoder.layer.\(index)."
      let query = try dense(prefix + "attention.self.query", width, width)
      let key = try dense(prefix + "attention.self.key", width, width)
      let value = try dense(prefix + "attention.self.value", width, width)
      return Layer(
        attention: Dense(weight: query.weight + key.weight + value.weight, bias: query.bias + key.bias + value.bias),
        output: try dense(prefix + "attention.output.dense", width, width),
        outputNorm: try norm(prefix + "attention.output.LayerNorm"),
        up: try dense(prefix + "intermediate.dense", Self.inner, width),
        down: try dense(prefix + "output.dense", width, Self.inner), downNorm: try norm(prefix + "output.LayerNorm"))
    }
    self.level = level.rawValue
  }

  /// Layers whose mean is kept beside the sentence vector, counted from 1; chosen on development utterances.
  private static let keptLayers: Set<Int> = [3, 4]

  public func analyse(_ text: String) throws -> TextVectors { forward(tokenizer.encode(text, limit: Self.longest)) }

  /// `tokens`: `[length]` → unit vectors of 384.
  private func forward(_ tokens: [Int32]) -> TextVectors {
    let width = dimension
    let length = tokens.count
    // x: [length, 384]
    var x = [Float](repeating: 0, count: length * width)
    for (row, token) in tokens.enumerated() {
      let from = Int(token) * width
      for i in 0..<width { x[row * width + i] = words[from + i] + position[row * width + i] + segment[i] }
    }
    normalize(&x, embeddingNorm, length)
    var stacked = [Float](repeating: 0, count: length * 3 * width)
    var mixed = [Float](repeating: 0, count: length * width)
    var out = [Float](repeating: 0, count: length * width)
    var wide = [Float](repeating: 0, count: length * Self.inner)
    var kept: [Float] = []
    for (index, layer) in layers.enumerated() {
      multiply(x, layer.attention, into: &stacked, length, 3 * width, width)
      attend(stacked, into: &mixed, length)
      multiply(mixed, layer.output, into: &out, length, width, width)
      for i in x.indices { x[i] += out[i] }
      normalize(&x, layer.outputNorm, length)
      multiply(x, layer.up, into: &wide, length, Self.inner, width)
      osu_gelu_f32(&wide, wide.count, level)
      multiply(wide, layer.down, into: &out, length, width, Self.inner)
      for i in x.indices { x[i] += out[i] }
      normalize(&x, layer.downNorm, length)
      if Self.keptLayers.contains(index + 1) { kept += unitMean(x, length) }
    }
    return TextVectors(sentence: unitMean(x, length), layers: kept)
  }

  /// `x`: `[length, 384]` → the mean of its rows, brought to length 1.
  private func unitMean(_ x: [Float], _ length: Int) -> [Float] {
    var mean = [Float](repeating: 0, count: dimension)
    for row in 0..<length { for i in 0..<dimension { mean[i] += x[row * dimension + i] } }
    let size = max(1e-12, mean.reduce(0) { $0 + $1 * $1 }.squareRoot())
    return mean.map { $0 / size }
  }

  /// `a`: `[m, k]` times the layer's `[n, k]` → `c`: `[m, n]`.
  private func multiply(_ a: [Float], _ dense: Dense, into c: inout [Float], _ m: Int, _ n: Int, _ k: Int) {
    // A short text is bound by reading the weights, so that two cores read half of them each.
    let half = n / 2
    c.withUnsafeMutableBufferPointer { out in
      // Proof for the unchecked pointer: the two halves write columns 0..<half and half..<n, which do not overlap, and
      // both are done before this closure returns.
      nonisolated(unsafe) let base = out.baseAddress!
      let level = level
      DispatchQueue.concurrentPerform(iterations: 2) { part in
        let start = part * half
        let columns = part == 0 ? half : n - half
        dense.weight.withUnsafeBufferPointer { weight in
          dense.bias.withUnsafeBufferPointer { bias in
            osu_gemm_nt_f32(a, weight.baseAddress! + start * k, bias.baseAddress! + start, base + start, m, columns, k, n, level)
          }
        }
      }
    }
  }

  private func normalize(_ x: inout [Float], _ norm: Norm, _ length: Int) {
    osu_layer_norm_f32(&x, norm.gamma, norm.beta, length, dimension, Self.epsilon)
  }

  /// `stacked`: `[length, 3 * 384]` (query, key, value side by side) → `mixed`: `[length, 384]`.
  private func attend(_ stacked: [Float], into mixed: inout [Float], _ length: Int) {
    let width = dimension
    let size = width / Self.heads
    let scale = 1 / Float(size).squareRoot()
    var q = [Float](repeating: 0, count: length * size)
    var k = q
    var vt = q
    var scores = [Float](repeating: 0, count: length * length)
    var head = q
    for index in 0..<Self.heads {
      for row in 0..<length {
        let base = row * 3 * width + index * size
        for i in 0..<size {
          q[row * size + i] = stacked[base + i] * scale
          k[row * size + i] = stacked[base + width + i]
          vt[i * length + row] = stacked[base + 2 * width + i]
        }
      }
      osu_gemm_nt_f32(q, k, nil, &scores, length, length, size, length, level)
      osu_softmax_f32(&scores, length, length)
      osu_gemm_nt_f32(scores, vt, nil, &head, length, size, length, size, level)
      for row in 0..<length { for i in 0..<size { mixed[row * width + index * size + i] = head[row * size + i] } }
    }
  }
}
