import Foundation
import LanguageModel

/// Keeps the catalogue's vectors between starts: a passage is encoded once, and again only when its text changes.
struct VectorStore {
  let folder: URL?
  let language: String

  private struct Kept: Codable {
    var texts: [String]
    var dimension: Int
    var values: Data
  }

  func vectors(_ passages: [String], encoder: any SentenceEncoder) throws -> [[Float]] {
    let file = folder?.appendingPathComponent("vectors.\(language).plist")
    var known: [String: [Float]] = [:]
    if let file, let data = try? Data(contentsOf: file),
      let kept = try? PropertyListDecoder().decode(Kept.self, from: data), kept.dimension == encoder.dimension,
      kept.values.count == kept.texts.count * kept.dimension * MemoryLayout<Float>.size
    {
      let floats = kept.values.withUnsafeBytes { Array($0.bindMemory(to: Float.self)) }
      for (index, text) in kept.texts.enumerated() {
        known[text] = Array(floats[index * kept.dimension..<(index + 1) * kept.dimension])
      }
    }
    let unknown = Array(Set(passages.filter { known[$0] == nil }))
    let fresh = !unknown.isEmpty
    for (text, vectors) in zip(unknown, try encoder.analyse(unknown)) { known[text] = vectors.sentence }
    let result = passages.map { known[$0]! }
    if fresh, let file, let folder {
      let values = result.flatMap { $0 }.withUnsafeBytes { Data($0) }
      let coder = PropertyListEncoder()
      coder.outputFormat = .binary
      try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
      try coder.encode(Kept(texts: passages, dimension: encoder.dimension, values: values)).write(to: file, options: .atomic)
    }
    return result
  }
}
