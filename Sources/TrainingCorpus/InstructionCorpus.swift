import Instructions
import Knowledge
import LanguageModel

/// All that a model learns from packs' language data, for the four tasks of `InstructionTask`.
///
/// Only a plan is held: 16 bytes an example. The text of an example is made when it is asked for, from the seed and its own row alone, so
/// that it is the same whenever and in whatever order it is asked for, and whatever rows were added elsewhere.
///
/// ```swift
/// let corpus = InstructionCorpus([CorpusSource(pack: pack, semanticIDs: ids)])
/// for example in corpus.examples(in: .training, epoch: 0) { … }
/// ```
public struct InstructionCorpus: Sendable {
  /// Where an example comes from.
  struct Entry: Sendable, Hashable {
    var pack: UInt16
    var recipe: Recipe
    var source: UInt32
    var variant: Int32
  }
  enum Recipe: UInt8, Sendable, CaseIterable {
    case understand, rewrite, reply, chooseByRequest, chooseByReply, chooseByKeyword

    var task: InstructionTask {
      switch self {
      case .understand: .understand
      case .rewrite: .rewrite
      case .reply: .reply
      case .chooseByRequest, .chooseByReply, .chooseByKeyword: .choose
      }
    }
  }

  public let options: CorpusOptions
  private let packs: [PackCorpus]
  private let entries: [CorpusSplit: [Entry]]
  /// Labelled utterances that no line of the pack can say, and why.
  public let skipped: [String]

  public init(_ sources: [CorpusSource], options: CorpusOptions = CorpusOptions()) {
    self.options = options
    packs = sources.map { PackCorpus($0, options: options) }
    var entries: [CorpusSplit: [Entry]] = [:]
    var skipped: [String] = []
    for (index, pack) in packs.enumerated() {
      var plan = CorpusPlan(pack: UInt16(index))
      pack.plan(&plan)
      for (split, list) in plan.entries { entries[split, default: []] += list }
      skipped += plan.skipped
    }
    self.entries = entries
    self.skipped = skipped
  }

  public func count(in split: CorpusSplit) -> Int { entries[split]?.count ?? 0 }

  /// By task: how many examples there are.
  public func counts(in split: CorpusSplit) -> [InstructionTask: Int] {
    (entries[split] ?? []).reduce(into: [:]) { $0[$1.recipe.task, default: 0] += 1 }
  }

  /// The example at a place of the plan, 0..<`count(in:)`.
  public func example(in split: CorpusSplit, at index: Int) -> TrainingExample {
    let entry = (entries[split] ?? [])[index]
    return packs[Int(entry.pack)].example(entry, in: split)
  }

  /// The examples of a split in the order of an epoch: each once, shuffled anew for each epoch.
  /// - Parameter start: how many to pass over, for a run that goes on.
  public func examples(in split: CorpusSplit, epoch: Int = 0, from start: Int = 0) -> some Sequence<TrainingExample> {
    var order = (0..<UInt32(count(in: split))).map { $0 }
    var random = RandomSource(seed: options.seed, for: "order", split.rawValue, String(epoch))
    random.shuffle(&order)
    return order.dropFirst(start).lazy.map { example(in: split, at: Int($0)) }
  }
}

/// The entries of one pack while they are listed.
struct CorpusPlan {
  let pack: UInt16
  private(set) var entries: [CorpusSplit: [InstructionCorpus.Entry]] = [:]
  private(set) var skipped: [String] = []

  init(pack: UInt16) { self.pack = pack }

  mutating func add(_ recipe: InstructionCorpus.Recipe, _ source: Int, _ variant: Int = 0, to split: CorpusSplit) {
    entries[split, default: []].append(.init(pack: pack, recipe: recipe, source: UInt32(source), variant: Int32(variant)))
  }

  mutating func skip(_ text: String, _ error: FrameLineError) { skipped.append("\(text): \(error)") }
}
