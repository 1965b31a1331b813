import Frames
import Knowledge
import Replies
import Retrieval
import Understanding

/// Checks a model's sentences one by one, as they are written: what one says of an item must be what the pack holds of that item.
///
/// The sentence's names, numbers and properties are its claims. A claim is supported by what the pack holds of the items that the sentence
/// names, or of those named last where it names none; before any is named, by what the user said.
struct SentenceChecker {
  private let pack: Pack
  private let understander: Understander
  private let matcher: ConstraintMatcher
  private let language: String
  private let dossiers: [String: ItemDossier]
  /// What the user said and wants.
  private let said: FoldedText
  private let wishes: [Constraint]
  /// All that may be said, and the graph's nodes in it; linked only when a sentence names another node than the items.
  private let evidence: String
  private let general: String
  private lazy var nameable = Set(
    understander.linker.link(FoldedText(evidence + "\n" + said.string), forgiving: false).map(\.id))
  /// What the user's words ask for.
  private lazy var asked = understander.properties(in: said.string, language: language)
  /// The items that the last sentence with a name was about.
  private(set) var topic: [String] = []
  /// All items named so far.
  private(set) var named = Set<String>()

  /// - Parameters:
  ///   - dossiers: of the items that the reply may be about.
  ///   - evidence: what was found out for this turn besides: the plain reply's evidence.
  init(
    pack: Pack, understander: Understander, matcher: ConstraintMatcher, brief: ReplyBrief, language: String, dossiers: [ItemDossier],
    evidence: [String]
  ) {
    self.pack = pack
    self.understander = understander
    self.matcher = matcher
    self.language = language
    self.dossiers = Dictionary(dossiers.map { ($0.id, $0) }, uniquingKeysWith: { first, _ in first })
    said = FoldedText(([brief.text] + brief.changed).joined(separator: "\n"))
    wishes = brief.frame.constraints
    general = evidence.joined(separator: "\n")
    self.evidence = FoldedText.fold((dossiers.map(\.text) + [general]).joined(separator: "\n"))
  }

  /// The claims of the next sentence that nothing supports; empty for one that may be sent.
  mutating func unsupported(_ sentence: String) -> [String] {
    let folded = FoldedText(sentence)
    let mentions = understander.linker.link(folded, forgiving: false)
    let items = mentions.map(\.id).filter { dossiers[$0] != nil }
    let subjects = items.isEmpty ? topic : items
    var missing: [String] = []
    for mention in mentions where dossiers[mention.id] == nil && !evidence.contains(FoldedText.fold(mention.surface)) {
      if !nameable.contains(mention.id) { missing.append(mention.surface) }
    }
    missing += strangers(sentence, mentions)
    missing += numbers(folded, subjects)
    missing += properties(sentence, subjects)
    guard missing.isEmpty else { return missing }
    topic = subjects
    named.formUnion(items)
    return []
  }

  private func strangers(_ sentence: String, _ mentions: [EntityMention]) -> [String] {
    let surfaces = FoldedText.fold(mentions.map(\.surface).joined(separator: "\n"))
    return NameShapes.names(in: sentence, language: language) { name in
      let folded = FoldedText.fold(name)
      return surfaces.contains(folded) || evidence.contains(folded) || said.string.contains(folded)
        || understander.isEverydayWord(name)
    }
  }

  private func numbers(_ sentence: FoldedText, _ subjects: [String]) -> [String] {
    let texts = subjects.compactMap { dossiers[$0]?.text } + [general, said.string]
    let known = Set(ClaimChecker.numbers(FoldedText(texts.joined(separator: "\n"))))
    return ClaimChecker.numbers(sentence).filter { !known.contains($0) }
  }

  private mutating func properties(_ sentence: String, _ subjects: [String]) -> [String] {
    let open = understander.properties(in: sentence, language: language).filter { claim in
      // "Sore feet, then:" says what the user wants, of no item yet.
      !subjects.contains { holds($0, claim) } && !(subjects.isEmpty && (Self.contains(wishes, claim) || Self.contains(asked, claim)))
    }
    guard !open.isEmpty else { return [] }
    let held = understander.properties(
      in: (subjects.compactMap { dossiers[$0]?.text } + [general]).joined(separator: "\n"), language: language)
    return open.filter { !Self.contains(held, $0) }.map { Rewriter(pack: pack).wish($0, in: language) }
  }

  private func holds(_ id: String, _ claim: Constraint) -> Bool {
    guard let index = pack.itemIndex[id] else { return false }
    return matcher.meets(index, claim) == true
  }

  private static func contains(_ constraints: [Constraint], _ claim: Constraint) -> Bool {
    constraints.contains { $0.slot == claim.slot && $0.polarity == claim.polarity && !Set($0.value).isDisjoint(with: claim.value) }
  }
}
