import Testing

@testable import LanguageModel

@Suite struct CharacterClassTests {
  /// What is told by ranges agrees with Unicode's own properties.
  @Test func everyScalarHasTheClassOfItsCategory() {
    for value in UInt32(0)...0x10FFFF {
      guard let scalar = Unicode.Scalar(value) else { continue }
      let properties = scalar.properties
      let expected: CharacterClass =
        switch properties.generalCategory {
        case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter: .letter
        case .decimalNumber, .letterNumber, .otherNumber: .number
        default: scalar == "\n" || scalar == "\r" ? .newline : properties.isWhitespace ? .space : .other
        }
      let bytes = Array(String(Character(scalar)).utf8)
      let (kind, length) = bytes.withUnsafeBufferPointer { CharacterClass.at(0, in: $0) }
      if kind != expected || length != bytes.count { Issue.record("U+\(String(value, radix: 16)): \(kind), \(length) bytes") }
    }
  }
}
