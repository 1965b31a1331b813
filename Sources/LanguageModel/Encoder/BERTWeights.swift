import CKernels

/// Sizes of a BERT encoder (Devlin et al. 2019, section 3).
package struct BERTShape: Sendable {
  package var vocabulary: Int
  package var positions: Int
  /// A multiple of `multiple`, and so are `width / heads` and `inner`.
  package var width: Int
  package var heads: Int
  package var inner: Int
  package var layers: Int
  package var epsilon: Float

  package init(vocabulary: Int, positions: Int, width: Int, heads: Int, inner: Int, layers: Int, epsilon: Float = 1e-12) {
    (self.vocabulary, self.positions, self.width, self.heads) = (vocabulary, positions, width, heads)
    (self.inner, self.layers, self.epsilon) = (inner, layers, epsilon)
  }

  /// Numbers that the kernels take at a time.
  static let multiple = OSU_ENCODER_MULTIPLE
  var isRunnable: Bool { width % heads == 0 && [width, width / heads, inner].allSatisfy { $0 % Self.multiple == 0 } }

  static let miniLM = BERTShape(vocabulary: 30522, positions: 512, width: 384, heads: 12, inner: 1536, layers: 6)
}

/// A BERT's weights in the form that one instruction set's kernels read, packed once when the model is loaded.
///
/// Proof for `@unchecked Sendable`: the memory is written in `init` alone, and everything here is constant after it.
package final class BERTWeights: @unchecked Sendable {
  let shape: BERTShape
  let level: SIMDLevel
  /// `[vocabulary, width]`
  let words: UnsafePointer<Float>
  /// `[positions, width]`, each with the vector of segment 0 added, the only one in use.
  let positions: UnsafePointer<Float>
  let embeddingNorm: osu_encoder_norm
  let layers: [osu_encoder_layer]
  private let memory: AlignedMemory

  /// - Parameter tensor: the values of a tensor under its Hugging Face name, which must have the shape that is asked for.
  package init(_ shape: BERTShape, level: SIMDLevel, tensor: (_ name: String, _ shape: [Int]) throws -> [Float]) throws {
    precondition(shape.isRunnable, "\(shape.heads) heads of \(shape.width) numbers with \(shape.inner) inside")
    self.shape = shape
    self.level = level
    let (width, inner) = (shape.width, shape.inner)
    // Twelve numbers of `width` or less a layer beside the matrices; one cache line more for each piece.
    let matrices = [(3 * width, width), (width, width), (inner, width), (width, inner)]
    let packed = matrices.reduce(0) { $0 + osu_encoder_packed_bytes($1.0, $1.1, level.rawValue) }
    let vectors = (shape.vocabulary + shape.positions + 2) * width + shape.layers * (9 * width + inner)
    let pieces = 4 + 12 * shape.layers
    var arena = Arena(AlignedMemory(byteCount: shape.layers * packed + 4 * vectors + 64 * pieces), level)

    func norm(_ name: String) throws -> osu_encoder_norm {
      osu_encoder_norm(
        gamma: arena.append(try tensor(name + ".weight", [width])), beta: arena.append(try tensor(name + ".bias", [width])))
    }
    func dense(_ name: String, _ outputs: Int, _ inputs: Int) throws -> osu_encoder_dense {
      let weight = try tensor(name + ".weight", [outputs, inputs])
      return arena.append(weight, bias: try tensor(name + ".bias", [outputs]), outputs, inputs)
    }
    // The matrices first: they are what every text walks over, side by side on huge pages.
    layers = try (0..<shape.layers).map { index in
      let prefix = "encoder.layer.\(index)."
      var weight: [Float] = []
      var bias: [Float] = []
      let scale = 1 / Float(width / shape.heads).squareRoot()
      for (name, factor) in [("query", scale), ("key", 1), ("value", 1)] {
        weight += try tensor(prefix + "attention.self.\(name).weight", [width, width]).map { $0 * factor }
        bias += try tensor(prefix + "attention.self.\(name).bias", [width]).map { $0 * factor }
      }
      return osu_encoder_layer(
        attention: arena.append(weight, bias: bias, 3 * width, width),
        output: try dense(prefix + "attention.output.dense", width, width),
        up: try dense(prefix + "intermediate.dense", inner, width), down: try dense(prefix + "output.dense", width, inner),
        output_norm: try norm(prefix + "attention.output.LayerNorm"), down_norm: try norm(prefix + "output.LayerNorm"))
    }
    embeddingNorm = try norm("embeddings.LayerNorm")
    words = arena.append(try tensor("embeddings.word_embeddings.weight", [shape.vocabulary, width]))
    var positions = try tensor("embeddings.position_embeddings.weight", [shape.positions, width])
    let segments = try tensor("embeddings.token_type_embeddings.weight", [2, width])
    for index in positions.indices { positions[index] += segments[index % width] }
    self.positions = arena.append(positions)
    memory = arena.memory
  }

  /// Fills memory piece by piece, each on a cache line of its own.
  private struct Arena {
    let memory: AlignedMemory
    private let level: SIMDLevel
    private var used = 0

    init(_ memory: AlignedMemory, _ level: SIMDLevel) {
      self.memory = memory
      self.level = level
    }

    private mutating func take(_ byteCount: Int) -> UnsafeMutableRawPointer {
      precondition(used + byteCount <= memory.byteCount, "the pieces were counted before")
      defer { used = (used + byteCount + 63) / 64 * 64 }
      return memory.start + used
    }

    mutating func append(_ values: [Float]) -> UnsafePointer<Float> {
      let start = take(values.count * MemoryLayout<Float>.stride).bindMemory(to: Float.self, capacity: values.count)
      start.initialize(from: values, count: values.count)
      return UnsafePointer(start)
    }

    mutating func append(_ weight: [Float], bias: [Float], _ outputs: Int, _ inputs: Int) -> osu_encoder_dense {
      let packed = take(osu_encoder_packed_bytes(outputs, inputs, level.rawValue))
      osu_encoder_pack(weight, outputs, inputs, packed, level.rawValue)
      return osu_encoder_dense(weight: packed, bias: append(bias), outputs: outputs, inputs: inputs)
    }
  }
}
