/// Maps a text to a unit vector whose cosine with another is their likeness in meaning.
public protocol SentenceEncoder: Sendable {
  /// Length of the vectors.
  var dimension: Int { get }
  /// - Returns: `[dimension]`, Euclidean length 1.
  func encode(_ text: String) throws -> [Float]
}

/// A model file that cannot be used: what is wrong, where, and the mend.
public struct ModelFileError: Error, CustomStringConvertible, Equatable {
  public var file: String
  public var problem: String
  public var mend: String

  public var description: String { "\(file): \(problem). \(mend)" }
}
