import Frames
import Knowledge

/// What a reply is written from: the Frame, what was ranked, and what the turn found out on the way.
public struct ReplyBrief: Sendable {
  public var text: String
  public var frame: Frame
  public var items: [RecommendedItem]
  /// Conditions that had to be given up to find anything, as people read them.
  public var relaxed: [String]
  /// The conditions this turn added, as people read them.
  public var changed: [String]
  /// Nodes that the turn is about, what the text named first.
  public var subjects: [String]
  /// The item that was talked about before.
  public var before: String?
  /// True when the question asks which one of the whole list is most of something.
  public var wantsBest: Bool
  /// A name in a question that the pack does not hold.
  public var stranger: String?
  /// True when the question names nothing, so that it is taken to be about what was talked of.
  public var assumesSubject: Bool
  /// What a question about the whole list asks of its items; the items are the subjects.
  public var properties: [Property]
  /// True when this list continues an earlier one.
  public var continues: Bool
  /// True when the goal is too uncertain to leave unasked.
  public var unsure: Bool
  /// Metres from each stop of a plan to the one before; empty where positions are unknown.
  public var distances: [Int]
  /// Varies the wording from turn to turn.
  public var seed: Int

  public struct Property: Sendable {
    public var constraint: Constraint
    /// As people read it.
    public var wish: String

    public init(_ constraint: Constraint, wish: String) {
      self.constraint = constraint
      self.wish = wish
    }
  }

  public init(text: String, frame: Frame) {
    self.text = text
    self.frame = frame
    items = []
    relaxed = []
    properties = []
    wantsBest = false
    assumesSubject = false
    changed = []
    subjects = []
    continues = false
    unsure = false
    distances = []
    seed = 0
  }
}

/// Writes the reply of a turn.
public protocol ReplyWriting: Sendable {
  func write(_ brief: ReplyBrief) -> Reply
}

/// Writes replies from the facts of the pack, with the wording of the user's language around them.
public struct ReplyWriter: ReplyWriting {
  private let pack: Pack

  public init(pack: Pack) { self.pack = pack }

  public func write(_ brief: ReplyBrief) -> Reply {
    let language = language(of: brief)
    let words = wording(for: language)
    let lines = ItemLines(pack: pack, language: language, words: words)
    let noun = pack.manifest.itemNoun[language] ?? ""
    let packName = pack.manifest.name[language] ?? pack.manifest.id
    var reply = Reply()
    switch brief.frame.goal {
    case .inform where brief.wantsBest, .compare where brief.wantsBest:
      reply = Comparer(pack: pack, language: language, words: words).compare(brief.subjects, text: brief.text)
    case .inform where !brief.properties.isEmpty, .compare where !brief.properties.isEmpty:
      reply = Sifter(pack: pack, language: language, words: words).sift(brief.subjects, by: brief.properties)
    case .recommend, .refine: recommend(brief, language, words, lines, &reply)
    case .plan: plan(brief, language, words, lines, &reply)
    case .inform:
      let answerer = FactAnswerer(pack: pack, language: language, words: words, before: brief.before)
      reply = answerer.answer(brief.text, subjects: brief.subjects, stranger: brief.stranger, assumed: brief.assumesSubject)
    case .compare: reply = Comparer(pack: pack, language: language, words: words).compare(brief.subjects, text: brief.text)
    case .explain: explain(brief, language, words, &reply)
    case .feedback: feedback(brief, language, words, lines, &reply)
    case .social:
      let kind = SmallTalk.social(brief.text, act: brief.frame.act, language: language)
      reply.say(words.social(brief.frame.act, kind, packName: packName, noun: noun, seed: brief.seed), spaced: words.space)
    case .meta:
      let kind = SmallTalk.meta(brief.text, language: language)
      let description = pack.manifest.description[language] ?? ""
      reply.state(
        words.meta(kind, packName: packName, noun: noun, description: description), from: [packName, description], spaced: words.space)
    case .outOfDomain:
      reply.say(words.outOfDomain(packName: packName, noun: noun), spaced: words.space)
      reply.evidence.append(packName)
    }
    if brief.unsure { reply.line(clarification(brief, language, words)) }
    return reply
  }

  /// What is said whoever words the rest: the conditions that had to be given up.
  public func preface(_ brief: ReplyBrief) -> Reply {
    let language = language(of: brief)
    let words = wording(for: language)
    var reply = Reply()
    guard !brief.relaxed.isEmpty, !brief.items.isEmpty else { return reply }
    reply.state(words.relaxed(brief.relaxed, noun: pack.manifest.itemNoun[language] ?? ""), from: brief.relaxed, spaced: words.space)
    return reply
  }

  /// The list by itself, and the question back where the goal is unsure.
  /// - Parameters:
  ///   - told: items that were described already, which are listed without it.
  ///   - after: whether a text stands before it.
  public func list(_ brief: ReplyBrief, told: Set<String>, after: Bool) -> Reply {
    let language = language(of: brief)
    let words = wording(for: language)
    let lines = ItemLines(pack: pack, language: language, words: words)
    var reply = Reply()
    for (index, item) in brief.items.enumerated() { lines.entry(index + 1, item, describes: !told.contains(item.id), into: &reply) }
    if brief.unsure { reply.line(clarification(brief, language, words)) }
    if after, !reply.parts.isEmpty { reply.parts[0] = "\n" + reply.parts[0] }
    return reply
  }

  /// The user's language, or the pack's first where it does not have that.
  public func language(of brief: ReplyBrief) -> String {
    pack.manifest.languages.contains(brief.frame.language) ? brief.frame.language : pack.manifest.languages[0]
  }

  private func clarification(_ brief: ReplyBrief, _ language: String, _ words: any Wording) -> String {
    let goals = [brief.frame.goal] + brief.frame.alternatives.map(\.goal)
    return words.clarify(goals, noun: pack.manifest.itemNoun[language] ?? "", topic: topic(brief, language))
  }

  private func recommend(_ brief: ReplyBrief, _ language: String, _ words: any Wording, _ lines: ItemLines, _ reply: inout Reply) {
    let noun = pack.manifest.itemNoun[language] ?? ""
    opening(brief, language, words, &reply)
    guard !brief.items.isEmpty else {
      reply.say(words.exhausted(noun: noun), spaced: words.space)
      return
    }
    if !brief.relaxed.isEmpty {
      reply.state(words.relaxed(brief.relaxed, noun: noun), from: brief.relaxed, spaced: words.space)
    }
    let sensed = reply.parts.count
    if brief.frame.goal == .refine, !brief.changed.isEmpty, sensed == 0 {
      reply.state(words.refined(brief.changed), from: brief.changed, spaced: words.space)
    } else if brief.continues {
      reply.say(words.more(noun: noun, seed: brief.seed), spaced: words.space)
    } else {
      reply.say(words.lead(noun: noun, topic: topic(brief, language), seed: brief.seed), spaced: words.space)
    }
    for (index, item) in brief.items.enumerated() { lines.entry(index + 1, item, into: &reply) }
  }

  /// What an indirect request says on its surface is answered too, and what was sensed is named.
  private func opening(_ brief: ReplyBrief, _ language: String, _ words: any Wording, _ reply: inout Reply) {
    if let question = SmallTalk.ownQuestion(brief.text, act: brief.frame.act, language: language) {
      reply.say(words.ownExperience(question), spaced: words.space)
    }
    guard brief.frame.indirect else { return }
    for constraint in brief.frame.constraints where constraint.polarity == .positive {
      guard let value = constraint.value.first,
        let said = pack.manifest.phrases["sense.\(constraint.slot).\(value)"]?[language], !said.isEmpty
      else { continue }
      reply.say(said[brief.seed % said.count], spaced: words.space)
      break
    }
    // "I've heard X is nice": what the graph says X is known for.
    if brief.frame.act == .statement, let subject = brief.frame.entities.first?.id, pack.itemIndex[subject] == nil,
      let text = pack.graph.facts(about: subject).first(where: { !$0.isLiteral && pack.manifest.relation($0.predicate)?.weight ?? 0 >= 0.8 }
      )
      .flatMap({ pack.sentence(subject: $0.subject, predicate: $0.predicate, object: $0.object, language: language) })
    {
      reply.state(words.sentence(text), from: [text], spaced: words.space)
    }
  }

  private func plan(_ brief: ReplyBrief, _ language: String, _ words: any Wording, _ lines: ItemLines, _ reply: inout Reply) {
    let noun = pack.manifest.itemNoun[language] ?? ""
    guard !brief.items.isEmpty else {
      reply.say(words.exhausted(noun: noun), spaced: words.space)
      return
    }
    if !brief.relaxed.isEmpty {
      reply.state(words.relaxed(brief.relaxed, noun: noun), from: brief.relaxed, spaced: words.space)
    }
    reply.say(words.plan(noun: noun, stops: brief.items.count), spaced: words.space)
    reply.evidence += brief.distances.map { words.walk(metres: $0) } + ["\(brief.items.count)"]
    var minutes = 0.0
    for (index, item) in brief.items.enumerated() {
      if index > 0, brief.distances.indices.contains(index - 1) { reply.line("   ↓ \(words.walk(metres: brief.distances[index - 1]))") }
      lines.entry(index + 1, item, into: &reply)
      if let slot = pack.manifest.durationSlot { minutes += pack.item(item.id)?.attributes[slot]?.first?.number ?? 0 }
    }
    if minutes > 0 {
      let total = words.total(minutes: Int(minutes), ways: !brief.distances.isEmpty)
      reply.line(total)
      reply.evidence.append(total)
    }
  }

  private func explain(_ brief: ReplyBrief, _ language: String, _ words: any Wording, _ reply: inout Reply) {
    guard !brief.items.isEmpty else {
      reply.say(words.nothingToExplain(), spaced: words.space)
      return
    }
    for item in brief.items {
      reply.line(words.why(item.name))
      if let about = pack.item(item.id)?.description[language] {
        reply.line("  \(about)")
        reply.evidence.append(about)
      }
      for reason in item.reasons { reply.line("  • \(reason.text)") }
      for fact in item.facts.prefix(3) { reply.line("  · \(words.sentence(fact))") }
      reply.evidence += [item.name] + item.reasons.map(\.text) + item.facts
    }
  }

  private func feedback(_ brief: ReplyBrief, _ language: String, _ words: any Wording, _ lines: ItemLines, _ reply: inout Reply) {
    let sentiment = brief.frame.sentiment ?? .positive
    let names = brief.subjects.map { pack.graph.label($0, in: language) }
    reply.state(words.feedback(sentiment, names), from: names, spaced: words.space)
    if sentiment == .chosen, let item = brief.subjects.lazy.compactMap({ pack.item($0) }).first {
      // What one needs in order to go.
      let clauses = pack.manifest.slots.filter { [.node, .number].contains($0.type) && $0.group == nil && $0.name != "popularity" }
        .compactMap { lines.clause(of: $0, item) }
      reply.state(words.sentence(clauses.joined(separator: words.comma)), from: clauses, spaced: words.space)
    }
    guard !brief.items.isEmpty else { return }
    reply.say(words.instead(noun: pack.manifest.itemNoun[language] ?? ""), spaced: words.space)
    for (index, item) in brief.items.enumerated() { lines.entry(index + 1, item, into: &reply) }
  }

  /// The place, person or work the list is about.
  private func topic(_ brief: ReplyBrief, _ language: String) -> String? {
    let excluded = Set(brief.frame.constraints.filter { $0.polarity == .negative }.flatMap(\.value))
    return brief.frame.entities.map(\.id).first { id in
      !excluded.contains(KnowledgeGraph.type(of: id).map { String(id.dropFirst($0.count + 1)) } ?? id)
    }.map { pack.graph.label($0, in: language) }
  }
}

/// Names and reasons only: what is sent when a richer reply held something that the pack does not.
public struct PlainReplyWriter: ReplyWriting {
  private let pack: Pack

  public init(pack: Pack) { self.pack = pack }

  public func write(_ brief: ReplyBrief) -> Reply {
    let language = brief.frame.language
    let words = wording(for: language)
    var reply = Reply()
    if brief.items.isEmpty {
      reply.say(words.unknown(nil), spaced: words.space)
      reply.saysUnknown = true
    }
    for (index, item) in brief.items.enumerated() {
      reply.line("\(index + 1). \(item.name)")
      reply.evidence.append(item.name)
    }
    return reply
  }
}
