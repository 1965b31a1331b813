import Foundation
import LanguageModel

/// The vocabularies of llama.cpp's own tests and what the reference makes of texts: see Scripts/make-tokenizer-fixtures.py.
enum PeerVocabulary: String, CaseIterable, Sendable {
  case llamaBPE = "llama-bpe"
  case qwen2
  case gpt2 = "gpt-2"
  case llamaSPM = "llama-spm"
  case bertBGE = "bert-bge"

  private static let metadata: [PeerVocabulary: GGUFMetadata] = Dictionary(
    uniqueKeysWithValues: allCases.map { name in
      let file = FileManager.default.temporaryDirectory.appendingPathComponent("osusume-\(UUID().uuidString).gguf")
      // An open file is mapped, so that it needs no name any longer.
      defer { try? FileManager.default.removeItem(at: file) }
      try! gunzip(name.rawValue + ".gguf.gz").write(to: file)
      return (name, try! GGUFFile(path: file.path).metadata)
    })
  private static let tokenizers: [PeerVocabulary: any TextTokenizer] = metadata.mapValues { try! Tokenizers.make($0) }

  var metadata: GGUFMetadata { Self.metadata[self]! }
  var tokenizer: any TextTokenizer { Self.tokenizers[self]! }

  static let mixedTexts: [String] = String(decoding: fixture("mixed.jsonl"), as: UTF8.self).split(separator: "\n").map {
    try! JSONDecoder().decode(String.self, from: Data($0.utf8))
  }

  /// The ids of `mixedTexts`: llama.cpp's, for WordPiece those of Hugging Face's tokenizers.
  var mixedIDs: [[Int32]] {
    let words = Self.gunzip("mixed.\(rawValue).ids.gz").withUnsafeBytes { bytes in
      stride(from: 0, to: bytes.count, by: 4).map { Int32(littleEndian: bytes.loadUnaligned(fromByteOffset: $0, as: Int32.self)) }
    }
    var lines: [[Int32]] = []
    var place = 0
    while place < words.count {
      let count = Int(words[place])
      lines.append(Array(words[place + 1..<place + 1 + count]))
      place += 1 + count
    }
    return lines
  }

  /// The texts that llama.cpp's test of each vocabulary tokenises.
  static let peerTexts: [String] = {
    let separator = "\n__ggml_vocab_test__\n"
    return String(decoding: fixture("peer.inp"), as: UTF8.self).components(separatedBy: separator).dropLast()
  }()

  /// What llama.cpp expects of `peerTexts`.
  var peerIDs: [[Int32]] {
    let lines = String(decoding: Self.fixture(rawValue + ".out"), as: UTF8.self).split(separator: "\n", omittingEmptySubsequences: false)
    return lines.dropLast().map { $0.split(separator: " ").map { Int32($0)! } }
  }

  private static func url(_ name: String) -> URL {
    URL(fileURLWithPath: Fixtures.folder + "/tokenizers/" + name)
  }

  private static func fixture(_ name: String) -> Data { try! Data(contentsOf: url(name)) }

  private static func gunzip(_ name: String) -> Data {
    let process = Process()
    let pipe = Pipe()
    process.executableURL = URL(fileURLWithPath: "/bin/gzip")
    process.arguments = ["-dc", url(name).path]
    process.standardOutput = pipe
    try! process.run()
    let data = pipe.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    precondition(process.terminationStatus == 0, "gzip -dc \(name) failed")
    return data
  }
}

/// A text of up to `length` characters from all over Unicode, with many of those that tokenizers treat in their own ways.
func randomText(upTo length: Int, using random: inout SplitMix) -> String {
  let telling = Array(" \n\r\t'sStTrReEvVlLmMdD019.!a▁<|>[]#ー京が\u{3000}\u{A0}\u{300}\u{200D}\u{FE0F}\u{85}\u{B}１½😀".unicodeScalars)
  var text = String.UnicodeScalarView()
  for _ in 0..<Int.random(in: 0...length, using: &random) {
    let scalar = Int.random(in: 0..<3, using: &random) > 0 ? nil : Unicode.Scalar(UInt32.random(in: 0...0x10FFFF, using: &random))
    text.append(scalar ?? telling.randomElement(using: &random)!)
  }
  return String(text)
}

extension String {
  /// The text with a space for each `▁`, which is how SentencePiece reads it.
  var withSpaces: String { String(String.UnicodeScalarView(unicodeScalars.map { $0 == "\u{2581}" ? " " : $0 })) }
}
