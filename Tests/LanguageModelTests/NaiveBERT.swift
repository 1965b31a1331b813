import Foundation
import LanguageModel

/// BERT as the paper says it (Devlin et al. 2019; Vaswani et al. 2017), one number after the other in double precision.
struct NaiveBERT {
  let shape: BERTShape
  var tensors: [String: [Float]]

  /// Weights drawn by a generator, under their Hugging Face names.
  static func random(_ shape: BERTShape, seed: UInt64) -> NaiveBERT {
    var state = seed
    func uniform() -> Float {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return Float(state >> 40) / Float(1 << 24) * 2 - 1
    }
    var tensors: [String: [Float]] = [:]
    func add(_ name: String, _ count: Int, scale: Float, around middle: Float = 0) {
      tensors[name] = (0..<count).map { _ in middle + scale * uniform() }
    }
    func addNorm(_ name: String) {
      add(name + ".weight", shape.width, scale: 0.3, around: 1)
      add(name + ".bias", shape.width, scale: 0.3)
    }
    func addDense(_ name: String, _ outputs: Int, _ inputs: Int) {
      add(name + ".weight", outputs * inputs, scale: 2 / Float(inputs).squareRoot())
      add(name + ".bias", outputs, scale: 0.2)
    }
    add("embeddings.word_embeddings.weight", shape.vocabulary * shape.width, scale: 1)
    add("embeddings.position_embeddings.weight", shape.positions * shape.width, scale: 0.3)
    add("embeddings.token_type_embeddings.weight", 2 * shape.width, scale: 0.1)
    addNorm("embeddings.LayerNorm")
    for layer in 0..<shape.layers {
      let prefix = "encoder.layer.\(layer)."
      for part in ["query", "key", "value"] { addDense(prefix + "attention.self.\(part)", shape.width, shape.width) }
      addDense(prefix + "attention.output.dense", shape.width, shape.width)
      addNorm(prefix + "attention.output.LayerNorm")
      addDense(prefix + "intermediate.dense", shape.inner, shape.width)
      addDense(prefix + "output.dense", shape.width, shape.inner)
      addNorm(prefix + "output.LayerNorm")
    }
    return NaiveBERT(shape: shape, tensors: tensors)
  }

  private func values(_ name: String) -> [Double] { tensors[name]!.map(Double.init) }

  private func dense(_ rows: [[Double]], _ name: String) -> [[Double]] {
    let (weight, bias) = (values(name + ".weight"), values(name + ".bias"))
    return rows.map { row in
      bias.indices.map { output in
        row.indices.reduce(bias[output]) { $0 + row[$1] * weight[output * row.count + $1] }
      }
    }
  }

  private func norm(_ rows: [[Double]], _ name: String) -> [[Double]] {
    let (gamma, beta) = (values(name + ".weight"), values(name + ".bias"))
    return rows.map { row in
      let mean = row.reduce(0, +) / Double(row.count)
      let variance = row.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(row.count)
      return row.indices.map { (row[$0] - mean) / (variance + Double(shape.epsilon)).squareRoot() * gamma[$0] + beta[$0] }
    }
  }

  private func attention(_ x: [[Double]], _ prefix: String) -> [[Double]] {
    let query = dense(x, prefix + "query")
    let key = dense(x, prefix + "key")
    let value = dense(x, prefix + "value")
    let size = shape.width / shape.heads
    var mixed = x.map { $0.map { _ in 0.0 } }
    for head in 0..<shape.heads {
      let columns = head * size..<(head + 1) * size
      for row in x.indices {
        let scores = x.indices.map { other in
          exp(columns.reduce(0) { $0 + query[row][$1] * key[other][$1] } / Double(size).squareRoot())
        }
        let sum = scores.reduce(0, +)
        for column in columns { mixed[row][column] = x.indices.reduce(0) { $0 + scores[$1] / sum * value[$1][column] } }
      }
    }
    return mixed
  }

  private func plus(_ a: [[Double]], _ b: [[Double]]) -> [[Double]] { zip(a, b).map { zip($0, $1).map(+) } }

  /// The unit means after every layer, or the unit first rows: `[layers][width]`.
  func forward(_ tokens: [Int32], pooling: Pooling = .mean) -> [[Double]] {
    let width = shape.width
    let words = values("embeddings.word_embeddings.weight")
    let positions = values("embeddings.position_embeddings.weight")
    let segments = values("embeddings.token_type_embeddings.weight")
    var x = norm(
      tokens.enumerated().map { row, token in
        (0..<width).map { words[Int(token) * width + $0] + positions[row * width + $0] + segments[$0] }
      }, "embeddings.LayerNorm")
    return (0..<shape.layers).map { layer in
      let prefix = "encoder.layer.\(layer)."
      let mixed = attention(x, prefix + "attention.self.")
      x = norm(plus(x, dense(mixed, prefix + "attention.output.dense")), prefix + "attention.output.LayerNorm")
      let wide = dense(x, prefix + "intermediate.dense").map { $0.map { 0.5 * $0 * (1 + erf($0 / 2.0.squareRoot())) } }
      x = norm(plus(x, dense(wide, prefix + "output.dense")), prefix + "output.LayerNorm")
      let pooled = pooling == .mean ? (0..<width).map { column in x.reduce(0) { $0 + $1[column] } / Double(x.count) } : x[0]
      let length = pooled.reduce(0) { $0 + $1 * $1 }.squareRoot()
      return pooled.map { $0 / length }
    }
  }
}
