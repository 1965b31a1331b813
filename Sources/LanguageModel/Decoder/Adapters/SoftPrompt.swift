/// A learned soft prompt (Lester et al. 2021, prompt tuning): vectors that stand before a text's first token where tokens' embeddings would.
///
/// A GGUF file with `general.type` = `soft-prompt`, `general.architecture` = that of its model, and one tensor `prompt.embeddings`
/// [width, count] (fastest first), F32 or F16. Each vector takes a position of the context.
public final class SoftPrompt: Sendable {
  static let tensorName = "prompt.embeddings"

  public let path: String
  /// Its vectors, which is the positions it takes.
  public let count: Int
  let identity = AdapterIdentity()
  let configuration: DecoderConfiguration
  /// [count][width].
  private let vectors: [Float]

  /// - Parameters:
  ///   - path: the GGUF file.
  ///   - model: the decoder that it was trained with, or one of the same shape.
  /// - Throws: `DecoderError.file` if the file is damaged, `.adapter` if it is no soft prompt of this model.
  public convenience init(path: String, for model: DecoderModel) throws(DecoderError) {
    let file: GGUFFile
    do { file = try GGUFFile(path: path) } catch { throw .file(error) }
    try self.init(file, for: model)
  }

  /// A file that is open already.
  public init(_ file: GGUFFile, for model: DecoderModel) throws(DecoderError) {
    let header = AdapterHeader(file)
    try header.require("general.type", "soft-prompt")
    try header.requireArchitecture(of: model)
    let tensor = try header.reader.tensor(Self.tensorName)
    // A tensor that is not used would be one whose effect is missing from the answer.
    if let other = file.orderedTensors.first(where: { $0.name != Self.tensorName }) {
      throw .adapter(.unknownTensor(file: file.path, tensor: other.name))
    }
    // One position at least is left for a token.
    let (width, limit) = (model.configuration.width, model.configuration.contextLength - 1)
    guard tensor.shape.count == 2, tensor.shape[0] == width, tensor.shape[1] <= limit else {
      throw .adapter(
        .shapeMismatch(file: file.path, tensor: tensor.name, found: tensor.shape, expected: "[\(width), \(limit) at most]"))
    }
    guard tensor.type == .f32 || tensor.type == .f16 else {
      throw .adapter(.unsupportedType(file: file.path, tensor: tensor.name, type: tensor.type))
    }
    path = file.path
    count = tensor.shape[1]
    configuration = model.configuration
    vectors = file.floats(of: tensor)
    guard vectors.allSatisfy(\.isFinite) else { throw .adapter(.invalidNumber(file: file.path, field: "tensor \(tensor.name)")) }
  }

  /// What stands for its vectors among a sequence's tokens: numbers that no token has.
  var placeholders: [Int32] { (0..<Int32(count)).map { -1 - $0 } }

  /// The vector of a placeholder.
  func copy(_ placeholder: Int32, to row: UnsafeMutablePointer<Float>) {
    let (width, index) = (configuration.width, Int(-1 - placeholder))
    vectors.withUnsafeBufferPointer { vectors in
      guard let base = vectors.baseAddress else { return }
      row.update(from: base + index * width, count: width)
    }
  }
}
