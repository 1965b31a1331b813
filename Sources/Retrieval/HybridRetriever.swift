import Foundation
import Frames
import Knowledge
import LanguageModel

/// Evidence of the retrievers for one item.
public struct Candidate: Sendable, Hashable {
  public var item: Int
  /// Fused score.
  public var score: Double
  /// Normalised score by retriever: `lexical`, `dense`, `graph`, `slots`, `behaviour`, `likeness`.
  public var parts: [String: Double]
  /// The path of the graph retriever, if it found the item.
  public var path: [String]
  /// What it has in common with the item that the request is about.
  public var likeness: LikenessIndex.Likeness?
}

/// Weights of the retrievers in one language, tuned on the development half of a pack's eval set.
public struct FusionWeights: Codable, Sendable, Hashable {
  public var lexical: Double
  public var dense: Double
  public var graph: Double
  public var slots: Double
  public var behaviour: Double
  /// Not tuned: few development requests name an item.
  public var likeness: Double

  public init(lexical: Double, dense: Double, graph: Double, slots: Double, behaviour: Double = 0.15, likeness: Double = 2) {
    self.lexical = lexical
    self.dense = dense
    self.graph = graph
    self.slots = slots
    self.behaviour = behaviour
    self.likeness = likeness
  }

  public init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: CodingKeys.self)
    self.init(
      lexical: try values.decode(Double.self, forKey: .lexical), dense: try values.decode(Double.self, forKey: .dense),
      graph: try values.decode(Double.self, forKey: .graph), slots: try values.decode(Double.self, forKey: .slots))
    if let behaviour = try values.decodeIfPresent(Double.self, forKey: .behaviour) { self.behaviour = behaviour }
    if let likeness = try values.decodeIfPresent(Double.self, forKey: .likeness) { self.likeness = likeness }
  }

  /// The weighted sum of one item's normalised scores.
  public func fuse(_ parts: [String: Double]) -> Double {
    lexical * (parts["lexical"] ?? 0) + dense * (parts["dense"] ?? 0) + graph * (parts["graph"] ?? 0)
      + slots * (parts["slots"] ?? 0) + behaviour * (parts["behaviour"] ?? 0) + likeness * (parts["likeness"] ?? 0)
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

/// Lexical, dense, graph and behavioural retrieval, likeness to a named item and the match of constraints, fused by a weighted sum of normalised scores.
public struct HybridRetriever: Retriever {
  /// The single retrievers whose scores are fused.
  public static let names = ["lexical", "dense", "graph", "slots", "behaviour", "likeness"]
  public let pack: Pack
  let lexical: LexicalIndex
  /// By language: the catalogue's vectors, with the encoder that made them.
  let dense: [String: (index: DenseIndex, encoder: any SentenceEncoder)]
  let graph: GraphRetriever
  let likeness: LikenessIndex
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
    likeness = LikenessIndex(pack: pack)
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
    let model = request.topics.lazy.compactMap { pack.itemIndex[$0] }.first
    let likenessScores = model.map { item in
      Self.normalised(likeness.scores(to: item, cosines: dense[language]?.index.cosines(to: item)), except: item)
    }
    let behaviourScores = behaviour.scores(liked: request.liked)
    let weight = weights[language] ?? .standard
    var candidates: [Candidate] = []
    candidates.reserveCapacity(pack.items.count)
    for index in pack.items.indices {
      let slots = matcher.score(index, constraints, fresh: request.fresh)
      let parts = [
        "lexical": Double(lexicalScores[index]), "dense": Double(denseScores[index]), "graph": graphScores[index],
        "slots": slots, "behaviour": behaviourScores[index], "likeness": likenessScores?[index] ?? 0,
      ]
      let score = only.map { parts[$0] ?? 0 } ?? weight.fuse(parts)
      let alike = model.flatMap { $0 == index ? nil : LikenessIndex.Likeness(to: pack.items[$0].id, shared: likeness.shared($0, index)) }
      candidates.append(Candidate(item: index, score: score, parts: parts, path: paths[index] ?? [], likeness: alike))
    }
    return candidates.sorted { ($0.score, $1.item) > ($1.score, $0.item) }
  }

  /// The same by the best of the other items: each is most like itself.
  private static func normalised(_ scores: [Double], except item: Int) -> [Double] {
    let top = scores.indices.filter { $0 != item }.map { scores[$0] }.max() ?? 0
    return top > 0 ? scores.map { min(1, $0 / top) } : scores
  }

  /// Scales to 0...1 by the best score, so that one query's numbers can be added to another retriever's.
  static func normalised(_ scores: [Float]) -> [Float] {
    guard let top = scores.max(), top > 0 else { return [Float](repeating: 0, count: scores.count) }
    return scores.map { max(0, $0 / top) }
  }
}
