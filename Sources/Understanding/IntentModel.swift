import Foundation
import Frames
import Knowledge
import LanguageModel

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

  static func train(_ inputs: [(features: FeatureSet, dense: [Float])], _ utterances: [LabelledUtterance], seed: UInt64 = 7) throws
    -> IntentModel
  {
    let features = FeatureWeights(inputs.map(\.features))
    let examples = inputs.map { features.example($0.features, dense: $0.dense) }
    let dense = examples.first?.dense.count ?? 0
    let goalTargets = utterances.map { Set([Goal.allCases.firstIndex(of: $0.goal)!]) }
    let labels = frequentLabels(utterances)
    let position = Dictionary(uniqueKeysWithValues: labels.enumerated().map { ($1, $0) })
    let all = Array(examples.indices)
    let jobs: [Job] = [
      Job(outputs: Goal.allCases.count, exclusive: true, targets: goalTargets, subset: all),
      // Temperature from two folds: probabilities of seen utterances would be too sure of themselves.
      Job(outputs: Goal.allCases.count, exclusive: true, targets: goalTargets, subset: all.filter { $0 % 2 == 0 }),
      Job(outputs: Goal.allCases.count, exclusive: true, targets: goalTargets, subset: all.filter { $0 % 2 == 1 }),
      Job(
        outputs: Act.allCases.count, exclusive: true, targets: utterances.map { [Act.allCases.firstIndex(of: $0.act)!] }, subset: all),
      Job(outputs: 1, exclusive: false, targets: utterances.map { $0.indirect ? [0] : [] }, subset: all),
      Job(
        outputs: sentiments.count, exclusive: true,
        targets: utterances.map { [sentiments.firstIndex(of: $0.sentiment ?? .positive)!] },
        subset: all.filter { utterances[$0].sentiment != nil }),
      Job(
        outputs: max(1, labels.count), exclusive: false,
        targets: utterances.map { Set(Self.labels(of: $0).compactMap { position[$0] }) }, subset: all),
    ]
    var heads = try parallelMap(jobs) { job in
      var heads = LinearHeads(outputs: job.outputs, dense: dense, exclusive: job.exclusive)
      heads.train(job.subset.map { examples[$0] }, targets: job.subset.map { job.targets[$0] }, seed: seed)
      return heads
    }
    heads[0].calibrate(
      all.map { (logits: heads[$0 % 2 == 0 ? 2 : 1].logits(examples[$0]), target: goalTargets[$0].first!) })
    return IntentModel(
      goals: heads[0], acts: heads[3], indirect: heads[4], sentiment: heads[5], implied: heads[6], impliedLabels: labels,
      features: features)
  }

  /// One set of heads to train.
  private struct Job: Sendable {
    var outputs: Int
    var exclusive: Bool
    var targets: [Set<Int>]
    /// The utterances it learns from.
    var subset: [Int]
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
  static func frequentLabels(_ utterances: [LabelledUtterance], atLeast minimum: Int = 4) -> [ImpliedLabel] {
    var counts: [ImpliedLabel: Int] = [:]
    for utterance in utterances { for label in labels(of: utterance) { counts[label, default: 0] += 1 } }
    return counts.filter { $0.value >= minimum }.keys.sorted {
      ($0.slot, $0.value, $0.op.rawValue, $0.polarity.rawValue) < ($1.slot, $1.value, $1.op.rawValue, $1.polarity.rawValue)
    }
  }
}
