/// A GGUF file of the architecture `bert`: its shape, and its tensors under the names that `BERTWeights` asks for.
///
/// Keys and names are llama.cpp's (llama-arch.cpp, models/bert.cpp).
struct BERTFile {
  let file: GGUFFile
  let shape: BERTShape
  /// Tokens that a text is cut at.
  let longest: Int

  /// Our own key, as GGUF has none for it: the model was trained on texts of so many tokens, although it has more positions.
  static let longestKey = "osusume.longest_text"

  /// - Throws: `ModelFileError` for a model of another kind, or of sizes that the kernels do not take; `GGUFError` for what the file
  ///   lacks. Every tensor has been found in its shape when this returns.
  init(_ file: GGUFFile) throws {
    self.file = file
    let metadata = file.metadata
    let architecture = try metadata.string("general.architecture")
    guard architecture == "bert" else {
      throw ModelFileError(
        file: file.path, problem: "general.architecture is \"\(architecture)\", which gives no sentence vectors",
        mend: "Use an encoder of the architecture bert, such as all-MiniLM, E5 or BGE.")
    }
    func size(_ key: String) throws -> Int {
      let value = try metadata.integer("bert.\(key)")
      guard (1...Self.largest).contains(value) else { throw Self.refuse(file, "metadata key bert.\(key) is \(value)") }
      return value
    }
    let epsilon = try metadata.float("bert.attention.layer_norm_epsilon")
    guard epsilon > 0, epsilon.isFinite else { throw Self.refuse(file, "metadata key bert.attention.layer_norm_epsilon is \(epsilon)") }
    let width = try size("embedding_length")
    shape = BERTShape(
      vocabulary: try Self.rows(of: "token_embd.weight", width, file),
      positions: min(try size("context_length"), try Self.rows(of: "position_embd.weight", width, file)),
      width: width, heads: try size("attention.head_count"), inner: try size("feed_forward_length"), layers: try size("block_count"),
      epsilon: epsilon)
    guard shape.isRunnable else {
      throw ModelFileError(
        file: file.path,
        problem: "\(shape.heads) heads of \(width) numbers with \(shape.inner) inside are not multiples of \(BERTShape.multiple)",
        mend: "Use a model whose heads and layers are, as MiniLM's, E5's and BGE's.")
    }
    longest = min(shape.positions, try metadata.integer(ifPresent: Self.longestKey) ?? shape.positions)
    guard longest > 2 else {
      throw ModelFileError(
        file: file.path, problem: "a context of \(longest) tokens has no room for text", mend: "Use another edition of the model.")
    }
    try check()
  }

  /// No model's sizes reach this; their products stay far from overflowing.
  private static let largest = 1 << 20

  private static func refuse(_ file: GGUFFile, _ problem: String) -> ModelFileError {
    ModelFileError(file: file.path, problem: problem, mend: "The file is damaged or was converted wrongly; convert it again.")
  }

  private static func rows(of name: String, _ width: Int, _ file: GGUFFile) throws -> Int {
    let tensor = try file.tensor(name)
    guard tensor.shape.count == 2, tensor.shape[0] == width, tensor.shape[1] <= largest else {
      throw GGUFError.mismatch(
        file: file.path, field: "shape of tensor \(name)", found: "\(tensor.shape)", expected: "[\(width), rows]")
    }
    return tensor.shape[1]
  }

  /// That every tensor is there: what is packed then takes no more memory than the file's own size allows for, and no tensor is left
  /// whose effect would be missing from the vectors.
  private func check() throws {
    var known: Set<String> = ["token_embd.weight", "position_embd.weight", "token_types.weight"]
    func expect(_ name: String, _ shape: [Int]) throws {
      _ = try file.tensor(name, shape: shape)
      known.insert(name)
    }
    let (width, inner) = (shape.width, shape.inner)
    for part in ["weight", "bias"] { try expect("token_embd_norm.\(part)", [width]) }
    for layer in 0..<shape.layers {
      for (name, inputs, outputs) in [
        ("attn_q", width, width), ("attn_k", width, width), ("attn_v", width, width), ("attn_output", width, width),
        ("ffn_up", width, inner), ("ffn_down", inner, width),
      ] {
        try expect("blk.\(layer).\(name).weight", [inputs, outputs])
        try expect("blk.\(layer).\(name).bias", [outputs])
      }
      for name in ["attn_output_norm", "layer_output_norm"] {
        for part in ["weight", "bias"] { try expect("blk.\(layer).\(name).\(part)", [width]) }
      }
    }
    if let other = file.orderedTensors.first(where: { !known.contains($0.name) }) {
      throw ModelFileError(
        file: file.path, problem: "the tensor \(other.name) is not supported", mend: "Use a plain BERT encoder without further heads.")
    }
  }

  /// The numbers of a tensor under its Hugging Face name, `[outputs, inputs]`.
  func floats(_ name: String, _ shape: [Int]) throws -> [Float] {
    switch name {
    case "embeddings.token_type_embeddings.weight":
      // Only the first type is in use; a file may have any number of them, or none.
      let width = self.shape.width
      let first = file.tensors["token_types.weight"] == nil ? [] : try file.floats("token_types.weight").prefix(width)
      guard first.isEmpty || first.count == width else {
        throw GGUFError.mismatch(
          file: file.path, field: "tensor token_types.weight", found: "\(first.count) numbers", expected: "rows of \(width)")
      }
      return first + [Float](repeating: 0, count: shape.reduce(1, *) - first.count)
    case "embeddings.position_embeddings.weight":
      return Array(try file.floats("position_embd.weight").prefix(shape.reduce(1, *)))
    default: return try file.floats(Self.name(name), shape: shape.reversed())
    }
  }

  /// `encoder.layer.3.output.dense.bias` is `blk.3.ffn_down.bias`, and so forth.
  private static func name(_ name: String) -> String {
    let names = [
      ("embeddings.word_embeddings", "token_embd"), ("embeddings.LayerNorm", "token_embd_norm"),
      ("attention.self.query", "attn_q"), ("attention.self.key", "attn_k"), ("attention.self.value", "attn_v"),
      ("attention.output.dense", "attn_output"), ("attention.output.LayerNorm", "attn_output_norm"),
      ("intermediate.dense", "ffn_up"), ("output.dense", "ffn_down"), ("output.LayerNorm", "layer_output_norm"),
    ]
    let rest = name.hasPrefix("encoder.layer.") ? "blk." + name.dropFirst("encoder.layer.".count) : name
    // The longer names come before those that they contain.
    guard let (long, short) = names.first(where: { rest.contains($0.0) }) else { return rest }
    return rest.replacing(long, with: short)
  }
}
