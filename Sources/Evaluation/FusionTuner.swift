import Dialogue
import Frames
import Knowledge
import Retrieval
import Understanding

/// Chooses the weights of the retrievers on the development half: coordinate ascent on nDCG@10.
public struct FusionTuner: Sendable {
  private let runtime: PackRuntime

  public init(runtime: PackRuntime) { self.runtime = runtime }

  /// What a turn would retrieve for the request, by fused score.
  func candidates(_ request: EvalRequest) throws -> [Candidate] {
    var frame = try runtime.understander.understand(request.text)
    if ![.recommend, .refine, .plan].contains(frame.goal) { frame.goal = .recommend }
    let state = runtime.standing.merge(ConversationState(), frame, text: request.text)
    return try runtime.retriever.retrieve(
      RetrievalRequest(query: state.query, language: frame.language, constraints: state.constraints, topics: state.topics))
  }

  public func tuned() throws -> [String: FusionWeights] {
    var result: [String: FusionWeights] = [:]
    for language in runtime.pack.manifest.languages {
      let requests = runtime.pack.evalRequests.filter { $0.language == language && $0.half == "dev" }
      guard !requests.isEmpty else { continue }
      let lists = try requests.map { (gains: $0.relevant, candidates: try candidates($0)) }
      result[language] = ascend(lists, language)
    }
    return result
  }

  private static let steps: [Double] = [0, 0.1, 0.2, 0.3, 0.45, 0.6, 0.8, 1, 1.3, 1.6, 2]
  /// No one has used the pack yet when it is built: behaviour keeps its standard weight.
  private static var tunable: [WritableKeyPath<FusionWeights, Double>] { [\.lexical, \.dense, \.graph, \.slots] }

  private func ascend(_ lists: [(gains: [String: Int], candidates: [Candidate])], _ language: String) -> FusionWeights {
    var best = FusionWeights.standard
    var value = quality(best, lists)
    for _ in 0..<4 {
      var improved = false
      for weight in Self.tunable {
        for step in Self.steps {
          var next = best
          next[keyPath: weight] = step
          let reached = quality(next, lists)
          // A gain within noise is no reason to move.
          if reached > value + 0.0005 {
            (best, value, improved) = (next, reached, true)
          }
        }
      }
      if !improved { break }
    }
    return best
  }

  private func quality(_ weights: FusionWeights, _ lists: [(gains: [String: Int], candidates: [Candidate])]) -> Double {
    lists.reduce(0) { sum, list in
      let ranked = list.candidates.map { (id: runtime.pack.items[$0.item].id, score: weights.fuse($0.parts)) }
        .sorted { ($0.score, $1.id) > ($1.score, $0.id) }.prefix(10).map(\.id)
      return sum + Metrics.ndcg(ranked, gains: list.gains, at: 10)
    } / Double(max(1, lists.count))
  }
}
