/// The classes of characters that byte-pair pre-tokenisers tell apart: `\p{L}`, `\p{N}`, `[\r\n]`, the rest of `\s`, and all else.
enum CharacterClass: UInt8 {
  case letter, number, newline, space, other
  /// Where the text has ended.
  case end

  init(_ scalar: Unicode.Scalar) {
    // Hiragana, katakana, the common ideographs and Hangul, to spare them the search in Unicode's tables.
    switch scalar.value {
    case 0x3041...0x3096, 0x30A1...0x30FA, 0x4E00...0x9FFF, 0xAC00...0xD7A3:
      self = .letter
      return
    default: break
    }
    switch scalar.properties.generalCategory {
    case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter: self = .letter
    case .decimalNumber, .letterNumber, .otherNumber: self = .number
    default:
      if scalar == "\n" || scalar == "\r" {
        self = .newline
      } else {
        self = scalar.properties.isWhitespace ? .space : .other
      }
    }
  }

  var isWhitespace: Bool { self == .newline || self == .space }

  private init(ascii byte: UInt8) {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"): self = .letter
    case UInt8(ascii: " "), UInt8(ascii: "\t"), 0x0B, 0x0C: self = .space
    case UInt8(ascii: "0")...UInt8(ascii: "9"): self = .number
    case UInt8(ascii: "\n"), UInt8(ascii: "\r"): self = .newline
    default: self = .other
    }
  }

  /// The class of the character that begins at byte `place` of well-formed UTF-8, and its length in bytes.
  static func at(_ place: Int, in text: UnsafeBufferPointer<UInt8>) -> (kind: CharacterClass, length: Int) {
    guard place < text.count else { return (.end, 0) }
    let lead = text[place]
    if lead < 0x80 { return (CharacterClass(ascii: lead), 1) }
    let length = lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4
    guard place + length <= text.count else { return (.other, text.count - place) }
    var value = UInt32(lead) & (0xFF >> UInt32(length + 1))
    for i in 1..<length { value = value << 6 | UInt32(text[place + i] & 0x3F) }
    return (Unicode.Scalar(value).map { CharacterClass($0) } ?? .other, length)
  }

  /// The first byte from `place` on that is no longer of this class.
  func end(in text: UnsafeBufferPointer<UInt8>, from place: Int, atMost limit: Int = .max) -> Int {
    var place = place
    var count = 0
    while count < limit {
      let (kind, length) = Self.at(place, in: text)
      if kind != self { break }
      place += length
      count += 1
    }
    return place
  }
}
