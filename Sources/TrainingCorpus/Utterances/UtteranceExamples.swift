import Instructions
import Frames
import Knowledge
import LanguageModel
import Understanding

/// The examples of `understand` and `rewrite`: labelled utterances, as they are and with other names, each within a conversation.
struct UtteranceExamples: Sendable {
  private let pack: Pack
  private let line: FrameLine
  private let prompt: InstructionPrompt
  private let options: CorpusOptions
  private let linker: EntityLinker
  private let references: ReferenceResolver
  private let rewriter: Rewriter
  private let substitutions: [String: NameSubstitution]
  private let contexts: ConversationContexts
  /// Folded texts of the pack's benchmark, which no substitution may hit upon.
  private let benchmark: Set<String>

  /// The variant that names an entity held out; 0 is the utterance itself, 1… name others that are seen.
  private static let unseen = -1

  init(pack: Pack, line: FrameLine, prompt: InstructionPrompt, options: CorpusOptions) {
    self.pack = pack
    self.line = line
    self.prompt = prompt
    self.options = options
    linker = EntityLinker(pack: pack)
    references = ReferenceResolver(pack: pack)
    rewriter = Rewriter(pack: pack)
    substitutions = Dictionary(
      uniqueKeysWithValues: pack.manifest.languages.map { ($0, NameSubstitution(pack: pack, language: $0)) })
    contexts = ConversationContexts(pack: pack, holdOut: options.holdOut)
    benchmark = Set((pack.evalUtterances.map(\.text) + pack.evalRequests.map(\.text)).map(FoldedText.fold))
  }

  /// Where an utterance lies as it was written; nil for an unseen wording about an unseen entity, which would measure both at once.
  func split(of utterance: LabelledUtterance) -> CorpusSplit? {
    if benchmark.contains(FoldedText.fold(utterance.text)) { return nil }
    let isNew = options.holdOut.holdsOut(wording: utterance.text)
    let namesNew = substitutions[utterance.language]?.entities(of: utterance).contains(where: options.holdOut.holdsOut(entity:)) == true
    return isNew ? (namesNew ? nil : .unseenWording) : namesNew ? .unseenEntity : .training
  }

  func plan(_ plan: inout CorpusPlan) {
    let reads = options.tasks.contains(.understand)
    for (index, utterance) in pack.utterances.enumerated() {
      do {
        for constraint in utterance.constraints { _ = try line.write(constraint) }
      } catch {
        plan.skip(utterance.text, error)
        continue
      }
      let rewrites = options.tasks.contains(.rewrite) && [.recommend, .refine, .plan].contains(utterance.goal)
      func add(_ variant: Int, to split: CorpusSplit) {
        if reads { plan.add(.understand, index, variant, to: split) }
        if rewrites { plan.add(.rewrite, index, variant, to: split) }
      }
      if let split = split(of: utterance) { add(0, to: split) }
      guard !options.holdOut.holdsOut(wording: utterance.text) else { continue }
      for variant in 0..<options.substitutions where substituted(index, variant + 1) != nil { add(variant + 1, to: .training) }
      if options.holdOut.entities > 0, substituted(index, Self.unseen) != nil { add(Self.unseen, to: .unseenEntity) }
    }
  }

  /// A variant of an utterance, or nil where there is none.
  private func substituted(_ index: Int, _ variant: Int) -> LabelledUtterance? {
    let utterance = pack.utterances[index]
    if variant == 0 { return utterance }
    guard let substitution = substitutions[utterance.language] else { return nil }
    let sites = substitution.sites(in: utterance)
    let isUnseen = variant == Self.unseen
    guard !sites.isEmpty, !isUnseen || sites.contains(where: { substitution.isEntity($0, of: utterance) }) else { return nil }
    var random = RandomSource(seed: options.seed, for: "names", utterance.language, utterance.text, String(variant))
    let result = substitution.substituted(
      utterance, sites, allowed: { options.holdOut.holdsOut(entity: $0) == isUnseen }, &random)
    guard let result, !benchmark.contains(FoldedText.fold(result.text)) else { return nil }
    // A name beside the replaced one may still be held out.
    if !isUnseen, substitution.entities(of: result).contains(where: options.holdOut.holdsOut(entity:)) { return nil }
    return result
  }

  func example(_ task: InstructionTask, _ index: Int, _ variant: Int, in split: CorpusSplit) -> TrainingExample {
    let utterance = substituted(index, variant) ?? pack.utterances[index]
    var random = RandomSource(
      seed: options.seed, for: "context", utterance.language, pack.utterances[index].text, String(variant))
    let context = contexts.draw(before: utterance, &random)
    let frame = frame(of: utterance, shown: context.shown)
    let asked = prompt.reading(task, utterance.text, language: utterance.language, standing: context.standing, shown: context.shown)
    let answer = task == .rewrite ? rewriter.rewrite(frame, text: utterance.text) : line.writeKnown(frame, shown: context.shown)
    return TrainingExample(
      task: task, pack: pack.manifest.id, language: utterance.language, split: split, prompt: asked, answer: answer)
  }

  /// The Frame that an utterance is labelled with. What it points at, and whom it names, is looked up as in a turn.
  func frame(of utterance: LabelledUtterance, shown: [String]) -> Frame {
    let folded = FoldedText(utterance.text)
    let entities = linker.link(folded, forgiving: false)
    let pointed = references.resolve(folded, language: utterance.language, shown: shown, entities: entities)
    return Frame(
      act: utterance.act, goal: utterance.goal, indirect: utterance.indirect, entities: entities, constraints: utterance.constraints,
      references: pointed, sentiment: utterance.sentiment, language: utterance.language)
  }
}
