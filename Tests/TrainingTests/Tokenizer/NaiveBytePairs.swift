import LanguageModel
import Training

/// Byte-pair training by the book: counts every pair of every word anew for each merge.
struct NaiveBytePairs {
  var words: [[[UInt8]]: Int] = [:]
  /// Both halves of each merge.
  private(set) var merges: [([UInt8], [UInt8])] = []
  let options: BytePairOptions

  init(_ words: [String], _ options: BytePairOptions) {
    self.options = options
    for word in words { self.words[word.utf8.map { [$0] }, default: 0] += 1 }
  }

  mutating func train() {
    var ids: [[UInt8]: Int] = [:]
    for byte in 0...UInt8.max { ids[[byte]] = Int(byte) }
    while merges.count < options.vocabularySize - 256 - options.controlTokens.count {
      var counts: [[[UInt8]]: Int] = [:]
      for (word, count) in words { for (a, b) in zip(word, word.dropFirst()) { counts[[a, b], default: 0] += count } }
      let candidates = counts.filter { pair, count in
        let both = pair[0] + pair[1]
        return count >= options.minimumFrequency && ids[both] == nil && both.count <= options.longestToken
          && (!options.keepsCharactersWhole || isWhole(both))
      }
      guard
        let (pair, _) = candidates.max(by: { a, b in
          a.value != b.value ? a.value < b.value : (ids[a.key[0]]!, ids[a.key[1]]!) > (ids[b.key[0]]!, ids[b.key[1]]!)
        })
      else { break }
      ids[pair[0] + pair[1]] = ids.count
      merges.append((pair[0], pair[1]))
      words = Dictionary(uniqueKeysWithValues: words.map { (merged($0.key, pair[0], pair[1]), $0.value) })
    }
  }

  private func merged(_ word: [[UInt8]], _ left: [UInt8], _ right: [UInt8]) -> [[UInt8]] {
    var result: [[UInt8]] = []
    var i = 0
    while i < word.count {
      let joins = i + 1 < word.count && word[i] == left && word[i + 1] == right
      result.append(joins ? left + right : word[i])
      i += joins ? 2 : 1
    }
    return result
  }

  /// Whole characters, or a part of one: told by what the standard library makes of them.
  private func isWhole(_ bytes: [UInt8]) -> Bool {
    if String(validating: bytes, as: UTF8.self) != nil { return true }
    return !bytes.contains { $0 < 0x80 } && bytes.dropFirst().allSatisfy { $0 & 0xC0 == 0x80 } && bytes.count < 4
  }
}
