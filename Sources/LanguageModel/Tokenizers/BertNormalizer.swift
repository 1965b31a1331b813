import Foundation

/// BERT's basic tokeniser (Devlin et al. 2019), as Hugging Face's `BertNormalizer` and `BertPreTokenizer` have it: control characters go,
/// accents are stripped, letters become small, and a text is cut at white space, around punctuation and around each CJK ideograph.
struct BertNormalizer: Sendable {
  var lowercases = true
  var stripsAccents = true

  /// The words of `text`.
  func words(_ text: String) -> [[Unicode.Scalar]] {
    var words: [[Unicode.Scalar]] = []
    var current: [Unicode.Scalar] = []
    func close() {
      if !current.isEmpty { words.append(current) }
      current = []
    }
    let decomposed = stripsAccents && !text.utf8.allSatisfy { $0 < 0x80 } ? text.decomposedStringWithCanonicalMapping : text
    for scalar in decomposed.unicodeScalars {
      let category = scalar.properties.generalCategory
      if isDropped(scalar, category) { continue }
      if scalar.properties.isWhitespace {
        close()
      } else if Self.isPunctuation(scalar, category) || Self.isIdeograph(scalar.value) {
        close()
        words.append([scalar])
      } else if lowercases {
        current.append(contentsOf: scalar.properties.lowercaseMapping.unicodeScalars)
      } else {
        current.append(scalar)
      }
    }
    close()
    return words
  }

  private func isDropped(_ scalar: Unicode.Scalar, _ category: Unicode.GeneralCategory) -> Bool {
    switch category {
    case .control: scalar != "\t" && scalar != "\n" && scalar != "\r"
    case .format, .privateUse, .surrogate: true
    case .nonspacingMark: stripsAccents
    default: scalar == "\u{FFFD}"
    }
  }

  private static func isPunctuation(_ scalar: Unicode.Scalar, _ category: Unicode.GeneralCategory) -> Bool {
    switch category {
    case .connectorPunctuation, .dashPunctuation, .openPunctuation, .closePunctuation, .initialPunctuation,
      .finalPunctuation, .otherPunctuation:
      true
    // ASCII's symbols count as punctuation: $ + < = > ^ ` | ~
    case .currencySymbol, .mathSymbol, .modifierSymbol: scalar.value < 0x80
    default: false
    }
  }

  /// The blocks that the reference takes for ideographs; it leaves out U+2B820 to U+2B91F, and extensions from F on.
  private static func isIdeograph(_ value: UInt32) -> Bool {
    switch value {
    case 0x4E00...0x9FFF, 0x3400...0x4DBF, 0x20000...0x2A6DF, 0x2A700...0x2B73F, 0x2B740...0x2B81F, 0x2B920...0x2CEAF,
      0xF900...0xFAFF, 0x2F800...0x2FA1F:
      true
    default: false
    }
  }
}
