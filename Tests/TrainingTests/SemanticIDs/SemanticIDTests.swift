import Foundation
import LanguageModel
import Testing

@testable import Training

@Suite struct SemanticIDTests {
  /// Vectors in `groups` clusters of `subgroups` clusters, with the cluster in the item's name: `i-3-1-17`.
  private func clustered(_ count: Int, groups: Int = 6, subgroups: Int = 4, dimension: Int = 24, seed: UInt64) -> [String: [Float]] {
    var random = RandomSource(seed: seed)
    func noise(_ scale: Float) -> [Float] { (0..<dimension).map { _ in Float.random(in: -scale...scale, using: &random) } }
    let centres = (0..<groups).map { _ in noise(1) }
    let offsets = (0..<groups * subgroups).map { _ in noise(0.3) }
    var vectors: [String: [Float]] = [:]
    for item in 0..<count {
      let (group, subgroup) = (item % groups, item / groups % subgroups)
      let offset = offsets[group * subgroups + subgroup]
      vectors["i-\(group)-\(subgroup)-\(item)"] = zip(zip(centres[group], offset), noise(0.05)).map { $0.0 + $0.1 + $1 }
    }
    return vectors
  }

  private func distance(_ a: [Float], _ b: [Float]) -> Float { zip(a, b).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) } }

  /// Codes at the beginning that two ids share.
  private func shared(_ a: [Int], _ b: [Int]) -> Int { zip(a, b).prefix { $0 == $1 }.count }

  /// How many codes an item shares on average with its nearest other item, and with any other.
  private func agreement(_ ids: SemanticIDs, _ vectors: [String: [Float]]) throws -> (nearest: Double, chance: Double) {
    let items = vectors.keys.sorted()
    var (nearest, chance) = (0, 0)
    for item in items {
      let others = items.filter { $0 != item }
      let near = try #require(others.min { distance(vectors[$0]!, vectors[item]!) < distance(vectors[$1]!, vectors[item]!) })
      nearest += shared(ids.codes[item]!, ids.codes[near]!)
      chance += others.reduce(0) { $0 + shared(ids.codes[item]!, ids.codes[$1]!) }
    }
    return (Double(nearest) / Double(items.count), Double(chance) / Double(items.count * (items.count - 1)))
  }

  @Test func nearItemsSharePrefixes() throws {
    let vectors = clustered(240, seed: 1)
    let ids = try SemanticIDs(learning: vectors, options: SemanticIDOptions(levels: 3, codes: 8, seed: 3))
    let (nearest, chance) = try agreement(ids, vectors)
    #expect(nearest > 1.5)
    #expect(nearest > 4 * chance)
    // What is in different groups differs in the first code.
    for (a, x) in ids.codes {
      for (b, y) in ids.codes where a.prefix(4) != b.prefix(4) { #expect(x[0] != y[0], "\(a) \(b)") }
    }
  }

  @Test func idsAreUniqueEvenForEqualVectors() throws {
    // As many items as ids, and half of them the same.
    var vectors = clustered(32, seed: 2)
    for item in 0..<32 { vectors["same-\(item)"] = [Float](repeating: 0.5, count: 24) }
    let ids = try SemanticIDs(learning: vectors, options: SemanticIDOptions(levels: 3, codes: 4))
    #expect(Set(ids.codes.values).count == 64)
    #expect(ids.codes.values.allSatisfy { $0.count == 3 && $0.allSatisfy((0..<4).contains) })
    #expect(ids.report.collisions == 0)
    #expect(ids.report.collisionsBeforeResolution >= 31)
    #expect(ids.report.levels.last!.moved > 0)
  }

  @Test func sameSeedSameIDs() throws {
    let vectors = clustered(100, seed: 4)
    let options = SemanticIDOptions(levels: 3, codes: 6, seed: 9)
    let ids = try SemanticIDs(learning: vectors, options: options)
    for _ in 0..<3 {
      // A dictionary's order changes from copy to copy.
      let copy = Dictionary(uniqueKeysWithValues: vectors.shuffled().map { ($0.key, $0.value) })
      #expect(try SemanticIDs(learning: copy, options: options) == ids)
    }
    var other = options
    other.seed = 10
    #expect(try SemanticIDs(learning: vectors, options: other).codes != ids.codes)
  }

  @Test func theReportSaysWhatTheCodesSay() throws {
    let ids = try SemanticIDs(learning: clustered(120, seed: 5), options: SemanticIDOptions(levels: 3, codes: 8))
    let report = ids.report
    #expect(report.items == 120 && report.codes == 8 && report.levels.count == 3)
    for (level, found) in report.levels.enumerated() {
      let uses = Dictionary(grouping: ids.codes.values, by: { $0[level] }).mapValues { Double($0.count) / 120 }
      #expect(found.used == uses.count)
      #expect(abs(log(found.perplexity) + uses.values.reduce(0) { $0 + $1 * log($1) }) < 1e-9)
      #expect(found.dead == 0)
    }
    #expect(report.levels[0].unexplained < 0.5)
    #expect(report.levels[1].unexplained < report.levels[0].unexplained)
    #expect(report.description.contains("120 items"))
    #expect(report.description.contains("0 after"))
  }

  @Test func aCollapsedCodebookIsSeen() throws {
    let vectors = Dictionary(uniqueKeysWithValues: (0..<20).map { ("i\($0)", [Float](repeating: $0 < 10 ? 0 : 1, count: 4)) })
    let report = try SemanticIDs(learning: vectors, options: SemanticIDOptions(levels: 2, codes: 16)).report
    #expect(report.levels[0].used == 2)
    #expect(report.levels[0].dead == 14)
    #expect(abs(report.levels[0].perplexity - 2) < 1e-9)
    #expect(report.collisionsBeforeResolution == 18)
    #expect(report.collisions == 0)
  }

  @Test func newItemsAreNamedLikeTheirNeighbours() throws {
    var vectors = clustered(150, seed: 6)
    let late = vectors.keys.sorted().enumerated().filter { $0.offset % 10 == 0 }.map {
      ($0.element, vectors.removeValue(forKey: $0.element)!)
    }
    var ids = try SemanticIDs(learning: vectors, options: SemanticIDOptions(levels: 3, codes: 8))
    for (item, vector) in late {
      let codes = try ids.add(item, vector: vector)
      let peers = ids.codes.filter { $0.key != item && $0.key.prefix(6) == item.prefix(6) }
      #expect(peers.contains { shared($0.value, codes) >= 1 })
    }
    #expect(Set(ids.codes.values).count == 150)
    #expect(throws: SemanticIDError.repeatedItem(late[0].0)) { try ids.add(late[0].0, vector: late[0].1) }
  }

  @Test func itemsAreAddedUntilAllIDsAreGiven() throws {
    var ids = try SemanticIDs(learning: ["a": [0, 0], "b": [1, 1]], options: SemanticIDOptions(levels: 3, codes: 2))
    for item in 0..<6 { try ids.add("i\(item)", vector: [0.1, 0]) }
    #expect(Set(ids.codes.values).count == 8)
    #expect(throws: SemanticIDError.tooManyItems(9, most: 8)) { try ids.add("more", vector: [0, 0]) }
  }

  @Test func textsAreWrittenCodeByCode() throws {
    let options = SemanticIDOptions(levels: 2, codes: 3)
    #expect(options.tokenTexts == ["<a_0>", "<a_1>", "<a_2>", "<b_0>", "<b_1>", "<b_2>"])
    let ids = try SemanticIDs(learning: clustered(9, seed: 7), options: options)
    #expect(Set(ids.texts.values).count == 9)
    var trainer = try BytePairTrainer(BytePairOptions(vocabularySize: 400, userDefinedTokens: options.tokenTexts))
    trainer.add("Have you been to Shibuya?")
    let tokenizer = try trainer.train().tokenizer()
    for (item, text) in ids.texts {
      #expect(ids.text(of: item) == text)
      #expect(tokenizer.encode(text, special: true).count == 2)
      #expect(tokenizer.decode(tokenizer.encode(text, special: true)) == text)
    }
    #expect(ids.text(of: "unknown") == nil)
  }

  @Test func thereAreEightIDsForAnItem() {
    let codes = [(0, 8), (64, 8), (65, 9), (320, 14), (531, 17), (100_000, 93), (Int.max, 4096)]
    for (items, expected) in codes { #expect(SemanticIDOptions(items: items).codes == expected, "\(items)") }
    #expect(SemanticIDOptions(items: 100, levels: 2).codes == 29)
  }

  @Test func storedIDsComeBack() throws {
    let ids = try SemanticIDs(learning: clustered(40, seed: 8), options: SemanticIDOptions(levels: 2, codes: 8))
    let data = try JSONEncoder().encode(ids)
    #expect(try JSONDecoder().decode(SemanticIDs.self, from: data) == ids)
  }

  @Test func damagedIDsAreRefused() throws {
    let ids = try SemanticIDs(learning: ["a": [0, 0], "b": [1, 1]], options: SemanticIDOptions(levels: 2, codes: 2))
    func change(_ body: (inout [String: Any]) -> Void) throws -> Data {
      var object = try #require(JSONSerialization.jsonObject(with: JSONEncoder().encode(ids)) as? [String: Any])
      body(&object)
      return try JSONSerialization.data(withJSONObject: object)
    }
    let damages: [(inout [String: Any]) -> Void] = [
      { $0["codes"] = ["a": [0, 0], "b": [0, 0]] }, { $0["codes"] = ["a": [0, 2]] }, { $0["codes"] = ["a": [0]] },
      { $0["codes"] = ["a": [-1, 0]] }, { $0["codebooks"] = [[0, 0, 1, 1]] }, { $0["codebooks"] = [[0, 0, 1, 1], [0, 0, 1]] },
      { $0["dimension"] = 0 }, { $0["dimension"] = Int.max }, { $0["dimension"] = -2 },
    ]
    for (index, damage) in damages.enumerated() {
      #expect(throws: SemanticIDError.self, "\(index)") { try JSONDecoder().decode(SemanticIDs.self, from: try change(damage)) }
    }
    #expect(try JSONDecoder().decode(SemanticIDs.self, from: try change { _ in }) == ids)
  }

  @Test func impossibleRequestsAreRefused() {
    func error(_ vectors: [String: [Float]], _ options: SemanticIDOptions = SemanticIDOptions()) -> SemanticIDError? {
      do throws(SemanticIDError) {
        _ = try SemanticIDs(learning: vectors, options: options)
        return nil
      } catch {
        return error
      }
    }
    let five = Dictionary(uniqueKeysWithValues: (0..<5).map { ("i\($0)", [Float($0)]) })
    #expect(error(five) == nil)
    #expect(error([:]) == .noItems)
    #expect(error(five, SemanticIDOptions(levels: 2, codes: 2)) == .tooManyItems(5, most: 4))
    #expect(error(["a": [1], "b": [1, 2]]) == .dimensionsDiffer(item: "b", found: 2, expected: 1))
    #expect(error(["a": []]) == .emptyVector(item: "a"))
    #expect(error(["a": [.nan]]) == .notFinite(item: "a"))
    #expect(error(five, SemanticIDOptions(levels: 27)) == .optionOutOfRange("levels", 27, 1...26))
    #expect(error(five, SemanticIDOptions(codes: 1)) == .optionOutOfRange("codes", 1, 2...4096))
    #expect(error(["a": [1], "b": [2]], SemanticIDOptions(levels: 26, codes: 4096)) == nil)
  }
}
