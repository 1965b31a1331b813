import Frames
import Knowledge
import LanguageModel
import Replies
import Retrieval
import Understanding

/// Writes replies with a language model, from the pack's facts, and sends no sentence that they do not support.
///
/// A sentence goes out as soon as it is complete and checked. The first one that fails ends the model's part; the plain wording says the
/// rest. So a reply begins after one sentence's time, and a model that wanders costs fluency, never truth.
public struct ReplyComposer: Sendable {
  public struct Limits: Sendable {
    /// For the whole of a reply.
    public var time: Duration
    /// Tokens of a reply.
    public var tokens: Int
    /// Items that a reply tells of; the others are listed.
    public var items: Int

    public init(time: Duration = .seconds(20), tokens: Int = 320, items: Int = 3) {
      self.time = time
      self.tokens = tokens
      self.items = items
    }
  }

  /// What was said before, and what stands in for it where it is too long for the model.
  public struct Conversation: Sendable {
    public var transcript: [ChatMessage]
    /// The standing request and the ids of items that were shown.
    public var summary: String

    public init(transcript: [ChatMessage] = [], summary: String = "") {
      self.transcript = transcript
      self.summary = summary
    }
  }

  /// Whom the model is taken for.
  public enum Kind: Sendable {
    /// A chat model that is told what to do in words.
    case chat
    /// One that learned its task from packs.
    case instructed
  }

  private let generator: any TextGenerator
  private let prompting: any ReplyPrompting
  private let kind: Kind
  private let tally: CompositionTally
  private let limits: Limits
  private let pack: Pack
  private let understander: Understander
  private let matcher: ConstraintMatcher

  public init(
    _ generator: any TextGenerator, kind: Kind = .chat, pack: Pack, understander: Understander, matcher: ConstraintMatcher,
    tally: CompositionTally,
    limits: Limits = Limits()
  ) {
    self.generator = generator
    self.kind = kind
    prompting = kind == .chat ? ChatReplyPrompt(pack: pack) : InstructionReplyPrompt(pack: pack)
    self.pack = pack
    self.understander = understander
    self.matcher = matcher
    self.tally = tally
    self.limits = limits
  }

  /// Whether the model words the reply: small talk, help and the stops of a plan are the plain wording's, and so is what was looked up
  /// where the model is one of ours, which only knows how to tell of items.
  public func writes(_ brief: ReplyBrief) -> Bool {
    switch kind {
    case .chat: [.recommend, .refine, .inform, .compare, .explain, .feedback].contains(brief.frame.goal)
    case .instructed: [.recommend, .refine].contains(brief.frame.goal) && !brief.items.isEmpty
    }
  }

  /// - Parameters:
  ///   - draft: the plain reply: its evidence may be stated, and it stands in where the model fails.
  ///   - emit: gets the reply's parts as they come.
  /// - Throws: `CancellationError`, and what `emit` throws. A model's failure is no error: it is counted.
  public func compose(
    _ brief: ReplyBrief, draft: Reply, conversation: Conversation, emit: (String) async throws -> Void
  ) async throws -> Reply {
    let writer = ReplyWriter(pack: pack)
    let language = writer.language(of: brief)
    let dossiers = dossiers(brief, language)
    tally.change { $0.requested += 1 }
    var checker = SentenceChecker(
      pack: pack, understander: understander, matcher: matcher, brief: brief, language: language, dossiers: dossiers,
      evidence: draft.evidence)
    // Conditions that were given up are said in any case.
    var reply = writer.preface(brief)
    for part in reply.parts { try await emit(part) }
    let space = reply.parts.isEmpty ? "" : wording(for: language).space
    let material = ReplyMaterial(brief: brief, language: language, dossiers: dossiers, draft: draft)
    let prompt = prompting.messages(material, transcript: conversation.transcript)
    var sentences = 0
    let isWhole = try await write(prompt, summary: conversation.summary) { sentence in
      let missing = checker.unsupported(sentence)
      guard missing.isEmpty else { return false }
      let part = sentences == 0 ? space + Self.leadingTrimmed(sentence) : sentence
      sentences += 1
      reply.parts.append(part)
      try await emit(part)
      return true
    }
    let rest = rest(brief, draft, checker.named, isWhole: isWhole && sentences > 0, hasText: !reply.parts.isEmpty, writer)
    for part in rest.parts { try await emit(part) }
    reply.parts += rest.parts
    reply.evidence += dossiers.map(\.text) + draft.evidence + rest.evidence
    reply.leadsTo = draft.leadsTo
    reply.saysUnknown = draft.saysUnknown
    tally.change { counts in
      if sentences == 0 { counts.plain += 1 } else if isWhole { counts.written += 1 } else { counts.partly += 1 }
    }
    return reply
  }

  private func dossiers(_ brief: ReplyBrief, _ language: String) -> [ItemDossier] {
    let ranked = brief.items.prefix(limits.items)
    if !ranked.isEmpty { return ranked.compactMap { ItemDossier($0.id, item: $0, pack: pack, language: language) } }
    return brief.subjects.prefix(limits.items).compactMap { ItemDossier($0, pack: pack, language: language) }
  }

  /// What the plain wording says after the model's sentences.
  private func rest(_ brief: ReplyBrief, _ draft: Reply, _ named: Set<String>, isWhole: Bool, hasText: Bool, _ writer: ReplyWriter) -> Reply
  {
    if !brief.items.isEmpty, brief.frame.goal != .explain { return writer.list(brief, told: named, after: hasText) }
    guard !isWhole else { return Reply() }
    var rest = draft
    if hasText, !rest.parts.isEmpty { rest.parts[0] = "\n" + rest.parts[0] }
    return rest
  }

  /// Gives the model's sentences to `accept` until it says no.
  /// - Returns: whether all of the model's text was accepted.
  private func write(
    _ messages: [ChatMessage], summary: String, accept: (String) async throws -> Bool
  ) async throws -> Bool {
    let deadline = ContinuousClock.now + limits.time
    let request = TextRequest(messages, sampling: .greedy, maximumTokens: limits.tokens, deadline: deadline, summary: summary)
    var thoughts = ThoughtFilter()
    var stream = SentenceStream()
    var count = 0
    func take(_ sentences: [String]) async throws -> Bool {
      for sentence in sentences {
        guard try await accept(sentence) else {
          tally.change { $0.refusedSentences += 1 }
          return false
        }
        count += 1
      }
      return true
    }
    var events = generator.generate(request).makeAsyncIterator()
    while let text = try await next(&events, before: deadline) {
      guard let text else { return false }
      guard try await take(stream.append(thoughts.append(text))) else { return false }
    }
    guard try await take(stream.append(thoughts.finish()) + [stream.finish()].compactMap { $0 }) else { return false }
    if count == 0 { tally.change { $0.empty += 1 } }
    return count > 0
  }

  /// The model's next piece of text; `.some(nil)` if it failed, nil at the end.
  private func next(
    _ events: inout AsyncThrowingStream<TextEvent, any Error>.Iterator, before deadline: ContinuousClock.Instant
  ) async throws -> String?? {
    do {
      guard case .text(let text)? = try await events.next() else { return nil }
      return .some(text)
    } catch {
      try Task.checkCancellation()
      tally.change { counts in
        if .now >= deadline { counts.late += 1 } else { counts.failed += 1 }
      }
      return .some(nil)
    }
  }

  private static func leadingTrimmed(_ text: String) -> String { String(text.drop(while: \.isWhitespace)) }
}
