import Instructions
import Knowledge

/// A pack to learn from.
public struct CorpusSource: Sendable {
  public var pack: Pack
  /// Item id → the text of its semantic id; the task `choose` leaves out items that have none.
  public var semanticIDs: [String: String]

  public init(pack: Pack, semanticIDs: [String: String] = [:]) { (self.pack, self.semanticIDs) = (pack, semanticIDs) }
}

/// How much is made of a pack's language data, and what is held out.
public struct CorpusOptions: Sendable, Hashable, Codable {
  /// Another seed chooses other items, names and contexts.
  public var seed: UInt64 = 1
  public var holdOut = HoldOut()
  public var tasks: Set<InstructionTask> = Set(InstructionTask.allCases)
  /// How often an utterance that names something is repeated with other names.
  public var substitutions = 2
  /// About how many items (or sets of them) each reply example speaks.
  public var fillings = 8
  /// How often each request is answered with items.
  public var choices = 2
  /// Items in an answer of `choose`.
  public var chosenItems = 3

  public init() {}
}
