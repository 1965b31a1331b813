import Foundation
import Frames
import Knowledge

/// The trained heads of one language: goal, act, indirectness, sentiment and implied constraints.
struct IntentModel: Codable, Sendable {
  var goals: LinearHeads
  var acts: LinearHeads
  var indirect: LinearHeads
  var sentiment: LinearHeads
  var implied: LinearHeads
  /// Printed constraints that `implied` predicts, in output order.
  var impliedLabels: [ImpliedLabel]
  var features: FeatureWeights

  struct ImpliedLabel: Codable, Sendable, Hashable {
    var slot: String
    var op: ConstraintOperator
    var value: String
    var polarity: Polarity
  }

  static let sentiments = Sentiment.allCases

  static func train(_ inputs: [(features: FeatureSet, dense: [Float])], _ utterances: [LabelledUtterance], seed: UInt64 = 7) -> IntentModel
  {
    let features = FeatureWeights(inputs.map(\.features))
    let examples = inputs.map { features.example($0.features, dense: $0.dense) }
    let dense = examples.first?.dense.count ?? 0
    func head(_ outputs: Int, exclusive: Bool, _ targets: [Set<Int>], _ subset: [Int]? = nil, epochs: Int = 14) -> LinearHeads {
      var heads = LinearHeads(outputs: outputs, dense: dense, exclusive: exclusive)
      let chosen = subset ?? Array(examples.indices)
      heads.train(chosen.map { examples[$0] }, targets: chosen.map { targets[$0] }, epochs: epochs, seed: seed)
      return heads
    }
    let goalTargets = utterances.map { Set([Goal.allCases.firstIndex(of: $0.goal)!]) }
    var goals = head(Goal.allCases.count, exclusive: true, goalTargets)
    // Temperature from two folds: probabilities of seen utterances would be too sure of themselves.
    var held: [(logits: [Float], target: Int)] = []
    for fold in 0..<2 {
      let inside = examples.indices.filter { $0 % 2 != fold }
      let part = head(Goal.allCases.count, exclusive: true, goalTargets, inside, epochs: 8)
      for index in examples.indices where index % 2 == fold {
        held.append((part.logits(examples[index]), goalTargets[index].first!))
      }
    }
    goals.calibrate(held)
    let labels = frequentLabels(utterances)
    let position = Dictionary(uniqueKeysWithValues: labels.enumerated().map { ($1, $0) })
    let impliedTargets = utterances.map { utterance in
      Set(Self.labels(of: utterance).compactMap { position[$0] })
    }
    return IntentModel(
      goals: goals,
      acts: head(Act.allCases.count, exclusive: true, utterances.map { [Act.allCases.firstIndex(of: $0.act)!] }),
      indirect: head(1, exclusive: false, utterances.map { $0.indirect ? [0] : [] }),
      sentiment: head(
        sentiments.count, exclusive: true,
        utterances.map { Set([sentiments.firstIndex(of: $0.sentiment ?? .positive)!]) },
        utterances.indices.filter { utterances[$0].sentiment != nil }),
      implied: head(max(1, labels.count), exclusive: false, impliedTargets), impliedLabels: labels, features: features)
  }

  static func labels(of utterance: LabelledUtterance) -> [ImpliedLabel] {
    utterance.constraints.flatMap { constraint in
      constraint.value.map {
        ImpliedLabel(
          slot: constraint.slot, op: constraint.op == .in ? .is : constraint.op, value: $0,
          polarity: constraint.polarity)
      }
    }
  }

  /// Constraints that enough utterances carry to be learned; the rest is left to the words of the lexicon.
  static func frequentLabels(_ utterances: [LabelledUtterance], atLeast minimum: Int = 6) -> [ImpliedLabel] {
    var counts: [ImpliedLabel: Int] = [:]
    for utterance in utterances { for label in labels(of: utterance) { counts[label, default: 0] += 1 } }
    return counts.filter { $0.value >= minimum }.keys.sorted {
      ($0.slot, $0.value, $0.op.rawValue, $0.polarity.rawValue) < ($1.slot, $1.value, $1.op.rawValue, $1.polarity.rawValue)
    }
  }
}
