import Foundation

/// How a model stretches its rotary positions beyond the length it was trained on, from `rope_scaling` or, in newer files,
/// `rope_parameters` of config.json.
enum RopeScaling: Sendable, Equatable {
  case none
  /// Positions divided by a factor (Chen et al. 2023).
  case linear(factor: Float)
  /// Peng et al. 2023.
  case yarn(factor: Float, originalContext: Int, extra: [String: Float])
  /// Llama 3.1: slow rotations are slowed by `factor`, fast ones kept, those between interpolated.
  case llama3(factor: Float, low: Float, high: Float, originalContext: Int)

  init(_ config: HuggingFaceConfig) throws(ModelFileError) {
    guard let json = config.json["rope_parameters"] ?? config.json["rope_scaling"] else {
      self = .none
      return
    }
    let fields = HuggingFaceConfig(json, file: config.file)
    let kind = json["rope_type"]?.string ?? json["type"]?.string ?? "default"
    switch kind {
    case "default": self = .none
    case "linear": self = .linear(factor: try fields.float("factor"))
    case "yarn":
      // The keys after `rope.scaling.` that llama.cpp reads, with Hugging Face's names for them.
      let names = [
        "extrapolation_factor": "yarn_ext_factor", "attention_factor": "yarn_attn_factor", "beta_fast": "yarn_beta_fast",
        "beta_slow": "yarn_beta_slow",
      ]
      var extra: [String: Float] = [:]
      for (name, key) in names where json[name] != nil { extra[key] = try fields.float(name) }
      var original = try fields.size(ifPresent: "original_max_position_embeddings")
      if original == nil { original = try config.size(ifPresent: "max_position_embeddings") }
      guard let original else { throw config.refuse("has no max_position_embeddings") }
      self = .yarn(factor: try fields.float("factor"), originalContext: original, extra: extra)
    case "llama3":
      let (low, high) = (try fields.float("low_freq_factor"), try fields.float("high_freq_factor"))
      guard high > low else { throw config.refuse("high_freq_factor is not above low_freq_factor") }
      self = .llama3(
        factor: try fields.float("factor"), low: low, high: high,
        originalContext: try fields.size("original_max_position_embeddings"))
    default: throw config.refuse("rope scaling of type \(kind) is not supported")
    }
  }

  /// The base of the rotations.
  static func base(_ config: HuggingFaceConfig) throws(ModelFileError) -> Float {
    if config.json["rope_theta"] != nil { return try config.float("rope_theta") }
    guard let json = config.json["rope_parameters"], json["rope_theta"] != nil else { return 10_000 }
    return try HuggingFaceConfig(json, file: config.file).float("rope_theta")
  }

  /// Sets `<architecture>.rope.scaling.*`.
  func describe(in metadata: inout GGUFMetadata, architecture: String) {
    let prefix = "\(architecture).rope.scaling."
    switch self {
    // Llama 3's is in the tensor `rope_freqs.weight`.
    case .none, .llama3: return
    case .linear(let factor):
      metadata[prefix + "type"] = .string("linear")
      metadata[prefix + "factor"] = .float32(factor)
    case .yarn(let factor, let originalContext, let extra):
      metadata[prefix + "type"] = .string("yarn")
      metadata[prefix + "factor"] = .float32(factor)
      metadata[prefix + "original_context_length"] = .uint32(UInt32(originalContext))
      for (key, value) in extra.sorted(by: { $0.key < $1.key }) { metadata[prefix + key] = .float32(value) }
    }
  }

  /// What each of the `headSize / 2` frequencies is divided by, for `rope_freqs.weight`; nil where there is no such tensor.
  func frequencyFactors(base: Float, headSize: Int) -> [Float]? {
    guard case .llama3(let factor, let low, let high, let originalContext) = self else { return nil }
    return (0..<headSize / 2).map { index in
      let frequency = 1 / pow(base, Float(2 * index) / Float(headSize))
      let wavelength = 2 * Float.pi / frequency
      if wavelength < Float(originalContext) / high { return 1 }
      if wavelength > Float(originalContext) / low { return factor }
      let smooth = (Float(originalContext) / wavelength - low) / (high - low)
      return 1 / ((1 - smooth) / factor + smooth)
    }
  }
}
