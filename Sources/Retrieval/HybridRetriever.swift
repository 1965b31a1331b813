import Foundation
import Frames
import Knowledge
import LanguageModel

/// Evidence of the retrievers for one item.
public struct Candidate: Sendable, Hashable {
  public var item: Int
  /// Fused score.
  public var score: Double
  /// Normalised score by retriever: `lexical`, `dense`, `graph`, `slots`, `behaviour`.
  public var parts: [String: Double]
  /// The path of the graph retriever, if it found the item.
  public var path: [String]
}

/// Weights of the retrievers in one language, tuned on the development half of a pack's eval set.
public struct FusionWeights: Codable, Sendable, Hashable {
  public var lexical: Double
  public var dense: Double
  public var graph: Double
  public var slots: Double
  public var behaviour: Double

  public init(lexical: Double, dense: Double, graph: Double, slots: Double, behaviour: Double = 0.15) {
    self.lexical = lexical
    self.dense = dense
    self.graph = graph
    self.slots = slots
    self.behaviour = behaviour
  }

  /// The weighted sum of one item's normalised scores.
  public func fuse(_ parts: [String: Double]) -> Double {
    lexical * (parts["lexical"] ?? 0) + dense * (parts["dense"] ?? 0) + graph * (parts["graph"] ?? 0)
      + slots * (parts["slots"] ?? 0) + behaviour * (parts["behaviour"] ?? 0)
  }

  /// Where a pack has no development requests to tune on.
  public static let standard = FusionWeights(lexical: 0.6, dense: 0.6, graph: 0.5, slots: 1)
}

/// What is looked for.
public struct RetrievalRequest: Sendable {
  /// Free words, for the lexical and the dense retriever.
  public var query: String
  public var language: String
  public var constraints: [Constraint]
  /// Those of them that were said last.
  public var fresh: [Constraint]
  /// Graph nodes to start from.
  public var topics: [String]
  /// Items this user has liked or chosen.
  public var liked: [String]

  public init(
    query: String, language: String, constraints: [Constraint] = [], fresh: [Constraint] = [], topics: [String] = [], liked: [String] = []
  ) {
    self.query = query
    self.language = language
    self.constraints = constraints
    self.fresh = fresh
    self.topics = topics
    self.liked = liked
  }
}

/// Scores the catalogue for a request.
public protocol Retriever: Sendable {
  /// Every item with its evidence, best first.
  func retrieve(_ request: RetrievalRequest) throws -> [Candidate]
}

/// Lexical, dense, graph and behavioural retrieval and the match of constraints, fused by a weighted sum of normalised scores.
public struct HybridRetriever: Retriever {
  /// The single retrievers whose scores are fused.
  public static let names = ["lexical", "dense", "graph", "slots", "behaviour"]
  public let pack: Pack
  let lexical: LexicalIndex
  /// By language: the catalogue's vectors, with the encoder that made them.
  let dense: [String: (index: DenseIndex, encoder: any SentenceEncoder)]
  let graph: GraphRetriever
  public let matcher: ConstraintMatcher
  public var weights: [String: FusionWeights]
  /// Learned from feedback while the daemon runs.
  public var behaviour: BehaviourIndex

  /// - Parameters:
  ///   - encoders: by language; a language without one is served by the other retrievers.
  ///   - cache: folder for the catalogue's vectors; nil computes them afresh.
  public init(pack: Pack, encoders: [String: any SentenceEncoder], weights: [String: FusionWeights] = [:], cache: URL? = nil) throws {
    self.pack = pack
    self.weights = weights
    behaviour = BehaviourIndex(pack: pack)
    var words = Set<String>()
    for item in pack.items {
      if let name = item.name["ja"] { words.insert(name) }
      words.formUnion(item.keywords["ja"] ?? [])
    }
    for label in pack.graph.labels.values { if let text = label["ja"] { words.insert(text) } }
    lexical = LexicalIndex(
      documents: pack.items.map { ItemText.fields($0, pack: pack) }, splitter: TermSplitter(dictionary: words))
    dense = try Dictionary(
      uniqueKeysWithValues: encoders.filter { pack.manifest.languages.contains($0.key) }.map { language, encoder in
        let passages = pack.items.map { ItemText.passage($0, pack: pack, language: language) }
        let vectors = try VectorStore(folder: cache, language: language).vectors(passages, encoder: encoder)
        return (language, (DenseIndex(vectors: vectors), encoder))
      })
    graph = GraphRetriever(pack: pack)
    matcher = ConstraintMatcher(pack: pack)
  }

  public func retrieve(_ request: RetrievalRequest) throws -> [Candidate] { try retrieve(request, only: nil) }

  /// - Parameter only: the name of a single retriever, to compare it with the fusion.
  public func retrieve(_ request: RetrievalRequest, only: String?) throws -> [Candidate] {
    let (query, constraints, topics) = (request.query, request.constraints, request.topics)
    let language = request.language
    let lexicalScores = Self.normalised(lexical.scores(query))
    var denseScores = [Float](repeating: 0, count: pack.items.count)
    if let (index, encoder) = dense[language], only == nil || only == "dense" {
      denseScores = Self.normalised(index.scores(try encoder.encode(query)))
    }
    var graphScores = [Double](repeating: 0, count: pack.items.count)
    var paths: [Int: [String]] = [:]
    let hits = graph.search(from: topics, limit: pack.items.count)
    let top = hits.first?.score ?? 1
    for hit in hits {
      guard let index = pack.itemIndex[hit.item] else { continue }
      graphScores[index] = hit.score / top
      paths[index] = hit.path
    }
    let behaviourScores = behaviour.scores(liked: request.liked)
    let weight = weights[language] ?? .standard
    var candidates: [Candidate] = []
    candidates.reserveCapacity(pack.items.count)
    for index in pack.items.indices {
      let slots = matcher.score(index, constraints, fresh: request.fresh)
      let parts = [
        "lexical": Double(lexicalScores[index]), "dense": Double(denseScores[index]), "graph": graphScores[index],
        "slots": slots, "behaviour": behaviourScores[index],
      ]
      let score = only.map { parts[$0] ?? 0 } ?? weight.fuse(parts)
      candidates.append(Candidate(item: index, score: score, parts: parts, path: paths[index] ?? []))
    }
    return candidates.sorted { ($0.score, $1.item) > ($1.score, $0.item) }
  }

  /// Scales to 0...1 by the best score, so that one query's numbers can be added to another retriever's.
  static func normalised(_ scores: [Float]) -> [Float] {
    guard let top = scores.max(), top > 0 else { return [Float](repeating: 0, count: scores.count) }
    return scores.map { max(0, $0 / top) }
  }
}
