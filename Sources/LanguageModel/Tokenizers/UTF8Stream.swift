/// Gives text out as its bytes come in, a token at a time, and holds a character back until it is whole.
///
/// What comes out, joined, is what `String(decoding:as:)` makes of all the bytes: ill-formed UTF-8 becomes U+FFFD.
public struct UTF8Stream: Sendable {
  /// The beginning of a character: at most 3 bytes.
  private var pending: [UInt8] = []

  public init() {}

  /// - Returns: the characters that are whole now.
  public mutating func append(_ bytes: some Sequence<UInt8>) -> String {
    pending.append(contentsOf: bytes)
    let whole = pending.count - Self.unfinished(pending)
    defer { pending.removeFirst(whole) }
    return String(decoding: pending[..<whole], as: UTF8.self)
  }

  /// What is left when no more comes: U+FFFD if a character was begun.
  public mutating func finish() -> String {
    defer { pending = [] }
    return String(decoding: pending, as: UTF8.self)
  }

  /// The length of the well-formed beginning of a character at the end of `bytes` (The Unicode Standard, table 3-7).
  private static func unfinished(_ bytes: [UInt8]) -> Int {
    for length in 1...3 where length <= bytes.count {
      let lead = bytes[bytes.count - length]
      if lead & 0xC0 == 0x80 { continue }
      let needed = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : lead >= 0xC2 ? 2 : 1
      guard length < needed, lead <= 0xF4 else { return 0 }
      guard length > 1 else { return length }
      let second = bytes[bytes.count - length + 1]
      let allowed: ClosedRange<UInt8> =
        switch lead {
        case 0xE0: 0xA0...0xBF
        case 0xED: 0x80...0x9F
        case 0xF0: 0x90...0xBF
        case 0xF4: 0x80...0x8F
        default: 0x80...0xBF
        }
      return allowed.contains(second) ? length : 0
    }
    return 0
  }
}
