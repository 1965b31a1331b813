/// What an encoder sees in a text.
public struct TextVectors: Sendable {
  /// Meaning: `[dimension]`, Euclidean length 1.
  public var sentence: [Float]
  /// Wording: mean-pooled middle layers, each of length 1, one after the other. They keep more of the syntax that tells
  /// a question from a hint (Jawahar et al. 2019); empty where an encoder has none.
  public var layers: [Float]

  public init(sentence: [Float], layers: [Float] = []) {
    self.sentence = sentence
    self.layers = layers
  }
}

/// Maps a text to a unit vector whose cosine with another is their likeness in meaning.
public protocol SentenceEncoder: Sendable {
  /// Length of the vectors.
  var dimension: Int { get }
  /// - Returns: `[dimension]`, Euclidean length 1.
  func encode(_ text: String) throws -> [Float]
  func analyse(_ text: String) throws -> TextVectors
  /// The same for many texts, in their order and on all cores; for encoders that are faster at many than at one after the other.
  func analyse(_ texts: [String]) throws -> [TextVectors]
}

extension SentenceEncoder {
  public func encode(_ text: String) throws -> [Float] { try analyse(text).sentence }
  public func analyse(_ texts: [String]) throws -> [TextVectors] { try parallelMap(texts) { try analyse($0) } }
}

/// A model file that cannot be used: what is wrong, where, and the mend.
public struct ModelFileError: Error, CustomStringConvertible, Equatable {
  public var file: String
  public var problem: String
  public var mend: String

  public var description: String { "\(file): \(problem). \(mend)" }
}
