/// Where a tensor stands in a GGUF file, and how to read it.
public struct GGUFTensor: Sendable, Equatable {
  public let name: String
  public let type: TensorType
  /// One to four dimensions, the fastest first: a matrix of `rows` outputs and `columns` inputs is `[columns, rows]`.
  public let shape: [Int]
  /// Bytes from the beginning of the file, a multiple of the file's alignment.
  public let offset: Int
  public let byteCount: Int

  /// Numbers in the tensor.
  public var elementCount: Int { shape.reduce(1, *) }
  /// Rows of `shape[0]` numbers.
  public var rowCount: Int { shape.dropFirst().reduce(1, *) }
}
