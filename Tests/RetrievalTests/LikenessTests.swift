import Foundation
import Frames
import Knowledge
import Retrieval
import Testing

@Suite struct LikenessTests {
  /// Eight films: "twin" shares a rare theme and the mood with "model", "cousin" only the mood, the others nothing.
  private func retriever() throws -> HybridRetriever {
    var manifest = Manifest(id: "t", version: "1", name: ["en": "T"], languages: ["en"], licence: "x")
    func slot(_ name: String, _ values: [String]) -> Slot {
      Slot(
        name: name, type: .enum, property: name, label: ["en": name],
        values: values.map { SlotValue(id: $0, label: ["en": $0], synonyms: [:]) })
    }
    manifest.slots = [slot("theme", ["forest", "war"]), slot("mood", ["warm", "grim"]), slot("company", ["kids"])]
    manifest.context = ["company"]
    func item(_ id: String, _ attributes: [String: String]) -> Item {
      Item(id: id, kind: "", name: ["en": id], attributes: attributes.mapValues { [.text($0)] })
    }
    let others = (0..<5).map { item("other\($0)", ["theme": "war", "mood": "grim", "company": "kids"]) }
    let items =
      [
        item("model", ["theme": "forest", "mood": "warm", "company": "kids"]), item("twin", ["theme": "forest", "mood": "warm"]),
        item("cousin", ["mood": "warm", "company": "kids"]),
      ] + others
    return try HybridRetriever(
      pack: Pack(folder: URL(fileURLWithPath: "/"), manifest: manifest, items: items, graph: KnowledgeGraph(), utterances: []),
      encoders: [:])
  }

  @Test func whatSharesTheRarerThingIsMoreAlike() throws {
    let request = RetrievalRequest(query: "something like it", language: "en", topics: ["model"])
    let found = try retriever().retrieve(request, only: "likeness").filter { $0.item != 0 }
    #expect(found.prefix(2).map(\.item) == [1, 2])
    #expect(found[0].parts["likeness"] == 1)
    #expect(found[2].parts["likeness"] == 0, "what an item is counts, not with whom it is good")
  }

  @Test func whatIsSharedIsTold() throws {
    let request = RetrievalRequest(query: "something like it", language: "en", topics: ["model"])
    let found = try retriever().retrieve(request)
    let twin = found.first { $0.item == 1 }?.likeness
    #expect(twin?.to == "model" && twin?.shared == ["theme=forest"], "warm are three of eight: that tells little")
    #expect(found.first { $0.item == 0 }?.likeness == nil)
  }

  @Test func withoutANamedItemNothingIsAlike() throws {
    let found = try retriever().retrieve(RetrievalRequest(query: "anything", language: "en", topics: ["person:nobody"]))
    #expect(found.allSatisfy { $0.likeness == nil && $0.parts["likeness"] == 0 })
  }

  @Test func weightsOfOldPacksStillRead() throws {
    let old = #"{"lexical": 0.5, "dense": 0.1, "graph": 1, "slots": 1.2}"#
    let weights = try JSONDecoder().decode(FusionWeights.self, from: Data(old.utf8))
    #expect(weights.lexical == 0.5 && weights.likeness > 0 && weights.behaviour > 0)
    #expect(throws: DecodingError.self) { try JSONDecoder().decode(FusionWeights.self, from: Data(#"{"lexical": 1}"#.utf8)) }
  }
}
