import Foundation

/// BERT's tokeniser (Devlin et al. 2019): clean, lower-case, strip accents, split on punctuation and CJK, then the
/// longest known piece first.
public struct WordPiece: Sendable {
  private let vocabulary: [String: Int32]
  let classToken: Int32
  let separator: Int32
  let unknown: Int32
  /// One more than the largest token id.
  let size: Int
  private static let longestWord = 100

  public init(vocabulary file: URL) throws {
    guard let text = try? String(contentsOf: file, encoding: .utf8) else {
      throw ModelFileError(file: file.path, problem: "cannot be read", mend: "Run `make setup`.")
    }
    var table: [String: Int32] = [:]
    for (index, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated() where !line.isEmpty {
      table[String(line)] = Int32(index)
    }
    guard let cls = table["[CLS]"], let sep = table["[SEP]"], let unk = table["[UNK]"] else {
      throw ModelFileError(
        file: file.path, problem: "lacks [CLS], [SEP] or [UNK]", mend: "Use the vocab.txt that came with the model.")
    }
    vocabulary = table
    size = Int(table.values.max() ?? 0) + 1
    (classToken, separator, unknown) = (cls, sep, unk)
  }

  /// Token ids with `[CLS]` and `[SEP]`, at most `limit`.
  public func encode(_ text: String, limit: Int) -> [Int32] {
    var ids = [classToken]
    for word in Self.words(text) {
      if ids.count >= limit - 1 { break }
      pieces(word, into: &ids)
    }
    if ids.count > limit - 1 { ids.removeLast(ids.count - (limit - 1)) }
    ids.append(separator)
    return ids
  }

  private func pieces(_ word: [Unicode.Scalar], into ids: inout [Int32]) {
    guard word.count <= Self.longestWord else {
      ids.append(unknown)
      return
    }
    var start = 0
    var found: [Int32] = []
    while start < word.count {
      var end = word.count
      var match: Int32?
      while end > start {
        var view = String.UnicodeScalarView()
        if start > 0 { view.append(contentsOf: "##".unicodeScalars) }
        view.append(contentsOf: word[start..<end])
        if let id = vocabulary[String(view)] {
          match = id
          break
        }
        end -= 1
      }
      guard let match else {
        ids.append(unknown)
        return
      }
      found.append(match)
      start = end
    }
    ids += found
  }

  static func words(_ text: String) -> [[Unicode.Scalar]] {
    var words: [[Unicode.Scalar]] = []
    var current: [Unicode.Scalar] = []
    func close() {
      if !current.isEmpty { words.append(current) }
      current = []
    }
    let lowered = text.lowercased().decomposedStringWithCanonicalMapping
    for scalar in lowered.unicodeScalars {
      let category = scalar.properties.generalCategory
      if scalar.value == 0 || scalar.value == 0xFFFD || category == .nonspacingMark { continue }
      if scalar.properties.isWhitespace {
        close()
      } else if category == .control || category == .format || category == .privateUse || category == .surrogate {
        continue
      } else if isPunctuation(scalar, category) || isIdeograph(scalar.value) {
        close()
        words.append([scalar])
      } else {
        current.append(scalar)
      }
    }
    close()
    return words
  }

  private static func isPunctuation(_ scalar: Unicode.Scalar, _ category: Unicode.GeneralCategory) -> Bool {
    let value = scalar.value
    if (33...47).contains(value) || (58...64).contains(value) || (91...96).contains(value) || (123...126).contains(value) {
      return true
    }
    switch category {
    case .connectorPunctuation, .dashPunctuation, .openPunctuation, .closePunctuation, .initialPunctuation,
      .finalPunctuation, .otherPunctuation:
      return true
    default: return false
    }
  }

  private static func isIdeograph(_ value: UInt32) -> Bool {
    (0x4E00...0x9FFF).contains(value) || (0x3400...0x4DBF).contains(value) || (0xF900...0xFAFF).contains(value)
      || (0x20000...0x2FA1F).contains(value)
  }
}
