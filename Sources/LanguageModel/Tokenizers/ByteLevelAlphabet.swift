/// How GPT-2's vocabularies write bytes: each as one printable character, a space as `Ġ` (Radford et al. 2019, `bytes_to_unicode`).
package enum ByteLevelAlphabet {
  /// `[256]`: the character of each byte. Printable Latin-1 stands for itself; the others follow from U+0100 on.
  static let scalars: [Unicode.Scalar] = {
    var next: UInt32 = 0x100
    return (0..<256).map { (byte: UInt32) in
      if (0x21...0x7E).contains(byte) || (0xA1...0xAC).contains(byte) || (0xAE...0xFF).contains(byte) {
        return Unicode.Scalar(UInt8(byte))
      }
      defer { next += 1 }
      return Unicode.Scalar(next) ?? "?"
    }
  }()

  /// The characters of `bytes`.
  package static func encode(_ bytes: some Sequence<UInt8>) -> String {
    var text = String.UnicodeScalarView()
    for byte in bytes { text.append(scalars[Int(byte)]) }
    return String(text)
  }

  private static let bytes: [Int16] = {
    var table = [Int16](repeating: -1, count: 0x180)
    for (byte, scalar) in scalars.enumerated() { table[Int(scalar.value)] = Int16(byte) }
    return table
  }()

  /// The bytes of a token in UTF-8; nil if it has a character that stands for none.
  package static func decode(_ token: some Collection<UInt8>) -> [UInt8]? {
    var decoded: [UInt8] = []
    decoded.reserveCapacity(token.count)
    // The alphabet's characters take one byte or two.
    var lead: Int?
    for byte in token {
      var value = Int(byte)
      if let begun = lead {
        value = begun << 6 | value & 0x3F
        lead = nil
      } else if value >= 0x80 {
        guard value < 0xE0 else { return nil }
        lead = value & 0x1F
        continue
      }
      guard value < bytes.count, bytes[value] >= 0 else { return nil }
      decoded.append(UInt8(bytes[value]))
    }
    return lead == nil ? decoded : nil
  }
}
