import Foundation

/// A text folded for matching, scalar by scalar, so that a span of the folded text is a span of the text itself.
///
/// Full-width ASCII becomes ASCII, letters lose case and accents, katakana becomes hiragana.
public struct FoldedText: Sendable {
  public let original: [Unicode.Scalar]
  public let scalars: [Unicode.Scalar]
  /// Latin words and numbers as half-open ranges of `scalars`.
  public let words: [Range<Int>]

  public init(_ text: String) {
    original = Array(text.unicodeScalars)
    scalars = original.map(Self.fold)
    words = Self.wordRanges(scalars)
  }

  public static func fold(_ text: String) -> String {
    var view = String.UnicodeScalarView()
    for scalar in text.unicodeScalars { view.append(fold(scalar)) }
    return String(view)
  }

  public func string(_ range: Range<Int>) -> String {
    var view = String.UnicodeScalarView()
    view.append(contentsOf: scalars[range])
    return String(view)
  }

  public func originalString(_ range: Range<Int>) -> String {
    var view = String.UnicodeScalarView()
    view.append(contentsOf: original[range])
    return String(view)
  }

  public var string: String { string(0..<scalars.count) }

  static func fold(_ scalar: Unicode.Scalar) -> Unicode.Scalar {
    var value = scalar.value
    if value >= 0xFF01, value <= 0xFF5E { value -= 0xFEE0 }
    if value == 0x3000 { value = 0x20 }
    if value == 0x2019 || value == 0x2018 { value = 0x27 }
    if value >= 0x41, value <= 0x5A { return Unicode.Scalar(value + 32)! }
    if value < 0x80 { return Unicode.Scalar(value)! }
    // Katakana ァ...ヶ lie 0x60 above their hiragana.
    if value >= 0x30A1, value <= 0x30F6 { return Unicode.Scalar(value - 0x60)! }
    if value >= 0xC0, value <= 0x24F {
      let lower = String(scalar).lowercased().decomposedStringWithCanonicalMapping
      return lower.unicodeScalars.first ?? scalar
    }
    return Unicode.Scalar(value) ?? scalar
  }

  public static func isLatin(_ scalar: Unicode.Scalar) -> Bool {
    let value = scalar.value
    return (value >= 0x61 && value <= 0x7A) || (value >= 0x30 && value <= 0x39)
  }

  public static func isJapanese(_ scalar: Unicode.Scalar) -> Bool {
    let value = scalar.value
    return (value >= 0x3041 && value <= 0x30FF) || (value >= 0x4E00 && value <= 0x9FFF)
      || (value >= 0x3400 && value <= 0x4DBF) || value == 0x3005
  }

  static func wordRanges(_ scalars: [Unicode.Scalar]) -> [Range<Int>] {
    var ranges: [Range<Int>] = []
    var start: Int?
    for (index, scalar) in scalars.enumerated() {
      let inside = isLatin(scalar) || (scalar == "'" && start != nil)
      if inside {
        if start == nil { start = index }
      } else if let begun = start {
        ranges.append(begun..<index)
        start = nil
      }
    }
    if let begun = start { ranges.append(begun..<scalars.count) }
    return ranges
  }

  /// Folded Latin words joined by single spaces: the key under which names and synonyms are looked up.
  public static func wordKey(_ text: String) -> String {
    let folded = FoldedText(text)
    return folded.words.map { folded.string($0) }.joined(separator: " ")
  }
}

/// `ja` where the text holds kana or kanji, else `en`; a text with no letters keeps the language of the conversation.
public func detectLanguage(_ text: String, fallback: String = "en") -> String {
  var latin = false
  for scalar in text.unicodeScalars {
    let folded = FoldedText.fold(scalar)
    if FoldedText.isJapanese(folded) { return "ja" }
    if folded.value >= 0x61 && folded.value <= 0x7A { latin = true }
  }
  return latin ? "en" : fallback
}
