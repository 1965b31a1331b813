import Foundation
import Frames
import Knowledge
import LanguageModel

/// The trained heads of one language: goal with its directness, act, sentiment and implied constraints.
struct IntentModel: Codable, Sendable {
  /// Over `intents`: goal and directness together, since a hint for a wish shares little with a hint for a change.
  var intent: LinearHeads
  var intents: [Intent]
  var acts: LinearHeads
  var sentiment: LinearHeads
  var implied: LinearHeads
  /// Printed constraints that `implied` predicts, in output order.
  var impliedLabels: [ImpliedLabel]
  var features: FeatureIndex

  struct Intent: Codable, Sendable, Hashable {
    var goal: Goal
    var indirect: Bool
  }

  /// Probability of each goal, and how likely it is to be meant indirectly, best goal first.
  func goals(_ example: Example) -> [(goal: Goal, probability: Float, indirect: Float)] {
    let scores = intent.probabilities(example)
    var sums: [Goal: (all: Float, indirect: Float)] = [:]
    for (each, score) in zip(intents, scores) {
      sums[each.goal, default: (0, 0)].all += score
      if each.indirect { sums[each.goal]?.indirect += score }
    }
    return Goal.allCases.compactMap { goal in
      sums[goal].map { (goal: goal, probability: $0.all, indirect: $0.all > 0 ? $0.indirect / $0.all : 0) }
    }.sorted { $0.probability > $1.probability }
  }

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
    let features = FeatureIndex(inputs.map(\.features))
    let examples = inputs.map { features.example($0.features, dense: $0.dense) }
    let dense = examples.first?.dense.count ?? 0
    let intents = Array(Set(utterances.map { Intent(goal: $0.goal, indirect: $0.indirect) })).sorted {
      ($0.goal.rawValue, $0.indirect ? 1 : 0) < ($1.goal.rawValue, $1.indirect ? 1 : 0)
    }
    let places = Dictionary(uniqueKeysWithValues: intents.enumerated().map { ($1, $0) })
    let targets = utterances.map { Set([places[Intent(goal: $0.goal, indirect: $0.indirect)]!]) }
    let labels = frequentLabels(utterances)
    let position = Dictionary(uniqueKeysWithValues: labels.enumerated().map { ($1, $0) })
    let all = Array(examples.indices)
    let jobs: [Job] = [
      Job(outputs: intents.count, exclusive: true, targets: targets, subset: all),
      // Temperature from two folds: probabilities of seen utterances would be too sure of themselves.
      Job(outputs: intents.count, exclusive: true, targets: targets, subset: all.filter { $0 % 2 == 0 }),
      Job(outputs: intents.count, exclusive: true, targets: targets, subset: all.filter { $0 % 2 == 1 }),
      Job(
        outputs: Act.allCases.count, exclusive: true, targets: utterances.map { [Act.allCases.firstIndex(of: $0.act)!] }, subset: all),
      Job(
        outputs: sentiments.count, exclusive: true,
        targets: utterances.map { [sentiments.firstIndex(of: $0.sentiment ?? .positive)!] },
        subset: all.filter { utterances[$0].sentiment != nil }),
      Job(
        outputs: max(1, labels.count), exclusive: false,
        targets: utterances.map { Set(Self.labels(of: $0).compactMap { position[$0] }) }, subset: all,
        features: features.frequent),
    ]
    var heads = try parallelMap(jobs) { job in
      var heads = LinearHeads(outputs: job.outputs, features: job.features ?? features.count, dense: dense, exclusive: job.exclusive)
      heads.train(job.subset.map { examples[$0] }, targets: job.subset.map { job.targets[$0] }, seed: seed)
      return heads
    }
    heads[0].calibrate(
      all.map { (logits: heads[$0 % 2 == 0 ? 2 : 1].logits(examples[$0]), target: targets[$0].first!) })
    return IntentModel(
      intent: heads[0], intents: intents, acts: heads[3], sentiment: heads[4], implied: heads[5], impliedLabels: labels,
      features: features)
  }

  /// One set of heads to train.
  private struct Job: Sendable {
    var outputs: Int
    var exclusive: Bool
    var targets: [Set<Int>]
    /// The utterances it learns from.
    var subset: [Int]
    /// Features it sees, the most frequent ones; nil for all. Heads of hundreds of outputs would be large with all.
    var features: Int?
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
