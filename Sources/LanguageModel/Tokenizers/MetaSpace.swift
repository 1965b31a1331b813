/// `▁` (U+2581), with which SentencePiece's vocabularies write a space. Read as bytes: a combining mark may follow.
enum MetaSpace {
  static let utf8: [UInt8] = Array("▁".utf8)

  /// `token` with a space for each `▁`.
  static func unescaped(_ token: [UInt8]) -> [UInt8] {
    var bytes: [UInt8] = []
    var place = 0
    while place < token.count {
      if token[place...].starts(with: utf8) {
        bytes.append(UInt8(ascii: " "))
        place += utf8.count
      } else {
        bytes.append(token[place])
        place += 1
      }
    }
    return bytes
  }

  /// `token` with a space for a `▁` at its beginning.
  static func unescapedPrefix(_ token: [UInt8]) -> [UInt8] {
    token.starts(with: utf8) ? [UInt8(ascii: " ")] + token[utf8.count...] : token
  }
}
