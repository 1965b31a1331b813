/// Cuts a byte stream into lines. A line over the limit is reported once and skipped to its end, so that the
/// connection can go on.
public struct LineFramer: Sendable {
  public enum Output: Sendable, Equatable {
    case line([UInt8])
    case tooLong
  }

  /// DESIGN: at most 1 MiB a line, without its `\n`.
  public static let limit = 1 << 20

  private var pending: [UInt8] = []
  private var skipping = false
  private let limit: Int

  public init(limit: Int = LineFramer.limit) { self.limit = limit }

  public mutating func push(_ bytes: some Sequence<UInt8>) -> [Output] {
    var output: [Output] = []
    for byte in bytes {
      if byte == UInt8(ascii: "\n") {
        if skipping {
          skipping = false
        } else {
          if pending.last == UInt8(ascii: "\r") { pending.removeLast() }
          if !pending.isEmpty { output.append(.line(pending)) }
        }
        pending.removeAll(keepingCapacity: pending.capacity <= 1 << 16)
      } else if !skipping {
        pending.append(byte)
        if pending.count > limit {
          output.append(.tooLong)
          pending = []
          skipping = true
        }
      }
    }
    return output
  }

  /// What is left when the other side has closed: a last line without `\n` counts as a line.
  public mutating func finish() -> [Output] {
    defer { pending = [] }
    return skipping || pending.isEmpty ? [] : [.line(pending)]
  }
}
