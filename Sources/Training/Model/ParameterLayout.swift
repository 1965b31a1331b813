import LanguageModel

/// Where each tensor stands in a flat buffer of floats, by the names that GGUF gives them (llama.cpp, llama-arch.cpp).
public struct ParameterLayout: Sendable, Equatable {
  public struct Entry: Sendable, Equatable {
    public let name: String
    /// As GGUF has it: the fastest dimension first, [columns, rows] for a matrix.
    public let shape: [Int]
    /// Floats before it.
    public let offset: Int
    /// Whether weight decay pulls at it. Norms, embeddings and soft prompts stay as they are.
    public let decays: Bool

    public var count: Int { shape.reduce(1, *) }
    var range: Range<Int> { offset..<offset + count }
  }

  public private(set) var entries: [Entry] = []
  /// Floats of the whole buffer.
  public private(set) var count = 0

  public init() {}

  /// All tensors of a decoder. Those that read the same input stand one behind the other, as one matrix.
  init(_ shape: DecoderShape) {
    add("token_embd.weight", [shape.width, shape.vocabularySize], decays: false)
    for layer in 0..<shape.layers {
      let name = "blk.\(layer)."
      add(name + "attn_norm.weight", [shape.width], decays: false)
      for matrix in DecoderMatrix.attention { add(matrix, layer, shape) }
      add(name + "ffn_norm.weight", [shape.width], decays: false)
      for matrix in DecoderMatrix.feedForward { add(matrix, layer, shape) }
    }
    add("output_norm.weight", [shape.width], decays: false)
    if !shape.tiesEmbeddings { add("output.weight", [shape.width, shape.vocabularySize], decays: true) }
  }

  mutating func add(_ name: String, _ shape: [Int], decays: Bool) {
    let entry = Entry(name: name, shape: shape, offset: count, decays: decays)
    entries.append(entry)
    // Each begins on a cache line.
    count += (entry.count + 15) / 16 * 16
  }

  private mutating func add(_ matrix: DecoderMatrix, _ layer: Int, _ shape: DecoderShape) {
    add(matrix.tensor(layer), [matrix.columns(shape), matrix.rows(shape)], decays: true)
  }

  public subscript(_ name: String) -> Entry? { entries.first { $0.name == name } }
}

/// The matrices of a layer, by GGUF's names for them.
public enum DecoderMatrix: String, Sendable, CaseIterable, Codable {
  case query = "attn_q"
  case key = "attn_k"
  case value = "attn_v"
  case attentionOutput = "attn_output"
  case gate = "ffn_gate"
  case up = "ffn_up"
  case down = "ffn_down"

  static let attention: [DecoderMatrix] = [.query, .key, .value, .attentionOutput]
  static let feedForward: [DecoderMatrix] = [.gate, .up, .down]

  /// Its place among the matrices of a layer.
  var index: Int { Self.allCases.firstIndex(of: self) ?? 0 }

  func tensor(_ layer: Int) -> String { "blk.\(layer).\(rawValue).weight" }

  /// Numbers that it writes.
  func rows(_ shape: DecoderShape) -> Int {
    switch self {
    case .query: shape.queryWidth
    case .key, .value: shape.keyValueWidth
    case .attentionOutput, .down: shape.width
    case .gate, .up: shape.hiddenWidth
    }
  }

  /// Numbers that it reads.
  func columns(_ shape: DecoderShape) -> Int {
    switch self {
    case .query, .key, .value, .gate, .up: shape.width
    case .attentionOutput: shape.queryWidth
    case .down: shape.hiddenWidth
    }
  }
}
