import Foundation
import Frames
import Knowledge
import Retrieval
import Testing

@Suite struct LexicalIndexTests {
  private static let documents = [
    "A quiet temple garden with moss and maples", "Noisy ramen counter by the station", "ramen ramen ramen", "根津神社のつつじ", "上野公園の桜と動物園",
  ]
  private let index = LexicalIndex(
    documents: documents.map { [(text: $0, weight: Float(1))] }, splitter: TermSplitter(dictionary: ["根津神社", "動物園"]))

  /// BM25 computed from its definition for every document and query term.
  @Test func impactsAreBM25() {
    let splitter = TermSplitter(dictionary: ["根津神社", "動物園"])
    let terms = Self.documents.map { splitter.terms($0) }
    let mean = Float(terms.map(\.count).reduce(0, +)) / Float(terms.count)
    let scores = index.scores("ramen temple")
    for (document, words) in terms.enumerated() {
      var expected: Float = 0
      for term in ["ramen", "temple"] {
        let f = Float(words.filter { $0 == term }.count)
        let df = Float(terms.filter { $0.contains(term) }.count)
        let idf = log(1 + (Float(terms.count) - df + 0.5) / (df + 0.5))
        expected += idf * f * 2.2 / (f + 1.2 * (0.4 + 0.6 * Float(words.count) / mean))
      }
      #expect(abs(scores[document] - expected) < 1e-4)
    }
  }

  @Test(arguments: [("gardens", 0), ("the RAMEN", 2), ("根津", 3), ("動物園はどこ", 4)])
  func findsTheRightDocument(_ query: String, _ best: Int) {
    #expect(index.search(query, limit: 1).first?.index == best)
  }

  @Test func findsNothingForNothing() {
    #expect(index.search("", limit: 5).isEmpty)
    #expect(index.search("zzz を は", limit: 5).isEmpty)
  }
}

@Suite struct DenseIndexTests {
  @Test func scoresAreCosines() {
    var generator = SystemRandomNumberGenerator()
    func unit() -> [Float] {
      let raw = (0..<384).map { _ in Float.random(in: -1...1, using: &generator) }
      let size = raw.reduce(0) { $0 + $1 * $1 }.squareRoot()
      return raw.map { $0 / size }
    }
    let vectors = (0..<50).map { _ in unit() }
    let index = DenseIndex(vectors: vectors)
    let query = unit()
    for (row, score) in index.scores(query).enumerated() {
      let exact = zip(vectors[row], query).reduce(Float(0)) { $0 + $1.0 * $1.1 }
      #expect(abs(score - exact) < 0.01)
    }
    #expect(index.scores([1, 2]).allSatisfy { $0 == 0 })
  }
}

@Suite struct GraphRetrieverTests {
  private func pack() -> Pack {
    var graph = KnowledgeGraph()
    for (s, p, o) in [
      ("cafe", "sets", "work:novel"), ("work:novel", "by", "person:soseki"), ("inn", "near", "cafe"), ("far", "near", "inn"),
    ] {
      graph.add(Fact(subject: s, predicate: p, object: o, isLiteral: false))
    }
    var manifest = Manifest(id: "t", version: "1", name: ["en": "T"], languages: ["en"], licence: "x")
    manifest.relations = ["sets", "by", "near"].map { Relation(predicate: $0, sentence: ["en": "{s} {o}"], asked: [:], weight: 0.8) }
    let items = ["cafe", "inn", "far"].map { Item(id: $0, kind: "", name: ["en": $0]) }
    return Pack(folder: URL(fileURLWithPath: "/"), manifest: manifest, items: items, graph: graph, utterances: [])
  }

  @Test func walksPersonWorkPlaceAndTellsTheWay() {
    let hits = GraphRetriever(pack: pack()).search(from: ["person:soseki"])
    #expect(hits.map(\.item) == ["cafe"])
    #expect(hits[0].path == ["person:soseki", "by^-1", "work:novel", "sets^-1", "cafe"])
    #expect(abs(hits[0].score - 0.64) < 1e-9)
  }

  @Test func anItemReachesItsNeighboursOnly() {
    let hits = GraphRetriever(pack: pack()).search(from: ["cafe"])
    #expect(hits.map(\.item) == ["cafe", "inn"])
    #expect(GraphRetriever(pack: pack()).search(from: ["person:nobody"]).isEmpty)
  }
}

@Suite struct ConstraintMatcherTests {
  private func matcher() -> ConstraintMatcher {
    var manifest = Manifest(id: "t", version: "1", name: ["en": "T"], languages: ["en"], licence: "x")
    let prices = ["free", "cheap", "dear"].map { SlotValue(id: $0, label: ["en": $0], synonyms: [:]) }
    manifest.slots = [
      Slot(name: "price", type: .ordered, property: "price", label: ["en": "price"], values: prices),
      Slot(name: "minutes", type: .number, property: "minutes", label: ["en": "minutes"]),
    ]
    let items = [
      Item(id: "a", kind: "", name: ["en": "a"], attributes: ["price": [.text("free")], "minutes": [.number(10)]]),
      Item(id: "b", kind: "", name: ["en": "b"], attributes: ["price": [.text("dear")]]),
    ]
    return ConstraintMatcher(
      pack: Pack(folder: URL(fileURLWithPath: "/"), manifest: manifest, items: items, graph: KnowledgeGraph(), utterances: []))
  }

  @Test(
    arguments: [
      ("price=free", true, false), ("price<=cheap", true, false), ("price>=cheap", false, true), ("price!=free", false, true),
      ("price=free|dear", true, true), ("minutes<=10", true, nil), ("minutes<10", false, nil), ("minutes>=5", true, nil),
    ] as [(String, Bool?, Bool?)]) func meets(_ text: String, _ first: Bool?, _ second: Bool?) throws
  {
    let constraint = try #require(ConstraintSyntax.parse(text, manifest: nil).first)
    #expect(matcher().meets(0, constraint) == first)
    #expect(matcher().meets(1, constraint) == second)
  }

  @Test func anItemThatDoesNotSayFailsACondition() throws {
    let wanted = Constraint(slot: "minutes", op: .le, value: ["10"])
    #expect(matcher().fails(1, [wanted]) == wanted)
    let unwanted = Constraint(slot: "minutes", value: ["10"], polarity: .negative)
    #expect(matcher().fails(1, [unwanted]) == nil)
  }
}

@Suite struct BehaviourIndexTests {
  private func pack() -> Pack {
    Pack(
      folder: URL(fileURLWithPath: "/"), manifest: Manifest(id: "t", version: "1", name: [:], languages: ["en"], licence: ""),
      items: ["a", "b", "c"].map { Item(id: $0, kind: "", name: ["en": $0]) }, graph: KnowledgeGraph(), utterances: [])
  }

  @Test func whatIsLikedTogetherComesTogether() {
    var index = BehaviourIndex(pack: pack())
    for person in ["p", "q"] {
      index.note(item: "a", person: person, kind: .like)
      index.note(item: "b", person: person, kind: .like)
    }
    index.note(item: "c", person: "r", kind: .dislike)
    index.note(item: "unknown", person: "r", kind: .like)
    let scores = index.scores(liked: ["a"])
    #expect(scores[1] > scores[0])
    #expect(scores[2] < 0)
    #expect(index.scores(liked: []).count == 3)
  }

  @Test func aDislikeTakesALikeBack() {
    var index = BehaviourIndex(pack: pack())
    for item in ["a", "b"] { index.note(item: item, person: "p", kind: .like) }
    let before = index.scores(liked: ["a"])[1]
    index.note(item: "b", person: "p", kind: .dislike)
    #expect(index.scores(liked: ["a"])[1] < before)
  }
}
