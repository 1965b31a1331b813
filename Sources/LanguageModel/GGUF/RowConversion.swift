import Foundation

extension GGUFWriter {
  /// Numbers that one core converts at a time: 4 MiB of floats.
  private static let pieceSize = 1 << 20

  /// Writes the tensor whose turn it is from rows of floats, converted to its type on all cores in bounded memory.
  /// - Parameters:
  ///   - source: the file that the numbers come from, for messages.
  ///   - floats: the numbers of a range of rows, each of `shape[0]`.
  /// - Throws: `GGUFError` if a number is not finite or beyond what the type can hold, or if writing fails; `CancellationError` if the
  ///   task is cancelled.
  func writeRows(source: String, _ floats: @Sendable (Range<Int>) -> [Float]) throws {
    guard let tensor = next else { throw GGUFError.unwritable(file: path, reason: "more data than all tensors take") }
    let count = tensor.shape.dropFirst().reduce(1, *)
    let rows = max(1, Self.pieceSize / tensor.shape[0])
    let pieces = stride(from: 0, to: count, by: rows).map { $0..<min($0 + rows, count) }
    let cores = max(1, ProcessInfo.processInfo.activeProcessorCount)
    for first in stride(from: 0, to: pieces.count, by: cores) {
      try Task.checkCancellation()
      let batch = Array(pieces[first..<min(first + cores, pieces.count)])
      let blocks = try parallelMap(batch) { rows in
        guard let bytes = floats(rows).withUnsafeBufferPointer({ tensor.type.encode($0) }) else {
          throw GGUFError.unusableNumbers(file: source, tensor: tensor.name, type: tensor.type)
        }
        return bytes
      }
      for bytes in blocks { try write(bytes) }
    }
  }
}
