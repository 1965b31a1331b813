/// The matrices of a decoder that a low-rank adapter may change.
enum AdaptedMatrix: Equatable {
  enum Projection: Int, CaseIterable {
    case query, key, value, attentionOutput, gate, up, down

    /// What GGUF calls it within a layer.
    var name: String {
      switch self {
      case .query: "attn_q"
      case .key: "attn_k"
      case .value: "attn_v"
      case .attentionOutput: "attn_output"
      case .gate: "ffn_gate"
      case .up: "ffn_up"
      case .down: "ffn_down"
      }
    }
  }

  case layer(Int, Projection)
  case output

  /// Every matrix of a model that has its own, with the name of its tensor.
  static func all(of model: DecoderModel) -> [(matrix: AdaptedMatrix, name: String, packed: PackedMatrix)] {
    var all: [(matrix: AdaptedMatrix, name: String, packed: PackedMatrix)] = []
    for (index, layer) in model.weights.layers.enumerated() {
      for projection in Projection.allCases {
        all.append((.layer(index, projection), "blk.\(index).\(projection.name).weight", layer[projection]))
      }
    }
    // A model without this tensor computes its logits with the embedding table, which an adapter would change on both sides.
    if model.file.tensors["output.weight"] != nil { all.append((.output, "output.weight", model.weights.output)) }
    return all
  }

  /// Its place among all matrices of a model of so many layers.
  func index(layers: Int) -> Int {
    switch self {
    case .layer(let layer, let projection): layer * Projection.allCases.count + projection.rawValue
    case .output: layers * Projection.allCases.count
    }
  }

  static func count(layers: Int) -> Int { layers * Projection.allCases.count + 1 }
}

extension DecoderWeights.Layer {
  subscript(_ projection: AdaptedMatrix.Projection) -> PackedMatrix {
    switch projection {
    case .query: query
    case .key: key
    case .value: value
    case .attentionOutput: attentionOutput
    case .gate: gate
    case .up: up
    case .down: down
    }
  }
}
