import Foundation

/// What the packs' authors wrote, in both languages.
enum PackTexts {
  static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent()

  static let all: [String] = ["films", "tokyo"].flatMap { pack in
    ["en", "ja"].flatMap { language in
      let file = root.appendingPathComponent("domains/\(pack)/language/utterances.\(language).tsv")
      let text = String(decoding: try! Data(contentsOf: file), as: UTF8.self)
      return text.split(separator: "\n").map { String($0.prefix { $0 != "\t" }) }
    }
  }

  static func lines(every step: Int) -> [String] { stride(from: 0, to: all.count, by: step).map { all[$0] } }
}
