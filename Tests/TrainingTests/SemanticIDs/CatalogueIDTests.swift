import Foundation
import LanguageModel
import Testing
import Training

/// Ids of the packs' own catalogues, where `make setup` has fetched the encoder.
@Suite struct CatalogueIDTests {
  static let folder = PackTexts.root.appendingPathComponent(".build-encoder/all-MiniLM-L6-v2")

  private struct Item: Decodable {
    let id: String
    let kind: String
    let name: [String: String]
    let description: [String: String]
    let keywords: [String: [String]]
    let mood: [String]?
    let theme: [String]?
    let genre: [String]?
    let activity: [String]?

    var passage: String {
      let tags = [mood, theme, genre, activity].compactMap(\.self).joined()
      return ([name["en"] ?? "", kind, description["en"] ?? ""] + (keywords["en"] ?? []) + tags).joined(separator: ". ")
    }
  }

  private func vectors(_ pack: String) throws -> [String: [Float]] {
    let file = PackTexts.root.appendingPathComponent("domains/\(pack)/catalog/items.jsonl")
    let items = try String(decoding: Data(contentsOf: file), as: UTF8.self).split(separator: "\n").map {
      try JSONDecoder().decode(Item.self, from: Data($0.utf8))
    }
    let found = try MiniLM(folder: Self.folder).analyse(items.map(\.passage)).map(\.sentence)
    return Dictionary(uniqueKeysWithValues: zip(items.map(\.id), found))
  }

  @Test(
    .enabled(if: FileManager.default.fileExists(atPath: folder.appendingPathComponent("model.safetensors").path)),
    arguments: ["films", "tokyo"])
  func likeItemsSharePrefixes(_ pack: String) throws {
    let vectors = try vectors(pack)
    let ids = try SemanticIDs(learning: vectors, options: SemanticIDOptions(items: vectors.count))
    let report = ids.report
    #expect(report.collisions == 0)
    #expect(Set(ids.texts.values).count == vectors.count)
    for level in report.levels {
      #expect(level.used == report.codes && level.dead == 0)
      #expect(level.perplexity > Double(report.codes) / 2, "\(report)")
    }
    let items = vectors.keys.sorted()
    func likeness(_ a: String, _ b: String) -> Float { zip(vectors[a]!, vectors[b]!).reduce(0) { $0 + $1.0 * $1.1 } }
    // Of an item's five nearest, how many begin with its first code, and its first two.
    var (near, chance, nearPairs, chancePairs) = (0.0, 0.0, 0.0, 0.0)
    for item in items {
      let others = items.filter { $0 != item }.map { ($0, likeness($0, item)) }.sorted { $0.1 > $1.1 }.map(\.0)
      func share(_ items: some Collection<String>, _ length: Int) -> Double {
        Double(items.count { ids.codes[$0]!.prefix(length) == ids.codes[item]!.prefix(length) }) / Double(items.count)
      }
      near += share(others.prefix(5), 1)
      chance += share(others, 1)
      nearPairs += share(others.prefix(5), 2)
      chancePairs += share(others, 2)
    }
    #expect(near > 3 * chance)
    #expect(nearPairs > 8 * chancePairs)
  }
}
