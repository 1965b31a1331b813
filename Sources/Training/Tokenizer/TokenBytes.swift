/// What a token's bytes are in UTF-8.
enum TokenBytes {
  /// Whether bytes cut out of well-formed UTF-8 are a sequence of whole characters or lie within one.
  static func keepCharactersWhole(_ bytes: [UInt8]) -> Bool {
    if bytes.allSatisfy(isContinuation) { return true }
    var place = 0
    while place < bytes.count {
      let length = characterLength(bytes[place])
      guard length > 0 else { return false }
      // The beginning of a character stands alone.
      if place + length > bytes.count { return place == 0 && bytes.dropFirst().allSatisfy(isContinuation) }
      guard bytes[place + 1..<place + length].allSatisfy(isContinuation) else { return false }
      place += length
    }
    return true
  }

  private static func isContinuation(_ byte: UInt8) -> Bool { byte & 0xC0 == 0x80 }

  /// Bytes of the character that begins with `lead`, 0 if none does.
  private static func characterLength(_ lead: UInt8) -> Int {
    switch lead {
    case ..<0x80: 1
    case 0xC0..<0xE0: 2
    case 0xE0..<0xF0: 3
    case 0xF0...: 4
    default: 0
    }
  }
}
