/// A fingerprint of 64 bits: multiply and shift, as SplitMix64's finaliser does. It tells damage and mix-ups, not forgery.
public struct Digest: Sendable, Equatable, CustomStringConvertible {
  private var state: UInt64 = 0x6F73_7573_756D_6521

  public init() {}

  public mutating func add(_ number: UInt64) {
    state = (state ^ number) &* 0xBF58_476D_1CE4_E5B9
    state ^= state >> 29
  }

  public mutating func add(_ text: String) {
    add(UInt64(text.utf8.count))
    for byte in text.utf8 { add(UInt64(byte)) }
  }

  mutating func add(_ floats: UnsafeMutableBufferPointer<Float>) {
    add(UInt64(floats.count))
    for number in floats { add(UInt64(number.bitPattern)) }
  }

  public var description: String {
    let digits = String(state, radix: 16)
    return String(repeating: "0", count: 16 - digits.count) + digits
  }
}
