import Foundation
import Frames
import Knowledge

/// Answers questions of fact from the graph and the catalogue; says so when they do not hold the answer.
struct FactAnswerer {
  let pack: Pack
  let language: String
  let words: any Wording
  /// The item that was talked about before this question.
  var before: String?
  private var lines: ItemLines { ItemLines(pack: pack, language: language, words: words) }

  /// - Parameters:
  ///   - subjects: nodes and items that the question is about, in text order.
  ///   - stranger: a name in the question that the pack does not hold.
  ///   - assumed: the question names none of the subjects.
  func answer(_ text: String, subjects named: [String], stranger: String? = nil, assumed: Bool = false) -> Reply {
    let question = text.lowercased()
    if let stranger = named.isEmpty ? stranger : assumed ? UnknownOwner(pack: pack, language: language).name(in: question) : nil {
      var reply = Reply()
      reply.say(words.unknown(stranger), spaced: words.space)
      reply.saysUnknown = true
      return reply
    }
    // "When is the festival at X?": X has facts of its own, the mere notion of a festival has none.
    let subjects = named.filter { pack.graph.bySubject[$0] != nil } + named.filter { pack.graph.bySubject[$0] == nil }
    var reply = Reply()
    guard let subject = subjects.first else {
      reply.say(words.unknown(nil), spaced: words.space)
      reply.saysUnknown = true
      return reply
    }
    if subjects.count >= 2, let verdict = yesOrNo(subjects[0], subjects[1]) { return verdict }
    let relations = asked(question)
    for subject in subjects {
      // "Near a station" asks for the station more than "near" asks for the neighbours.
      if slotPhrase(question, subject) > longest(relations.first, question), let answer = slotAnswer(question, subject) { return answer }
      // "When is the festival at X?" asks along two relations: both are answered, the better match first.
      let answers = answers(about: subject, relations)
      if !answers.isEmpty {
        reply.leadsTo = answers.compactMap(\.leadsTo).first ?? (isPartOfItems(subject) ? nil : subject)
        let told = sentences(answers, more: asksForMore(question))
        for text in told.prefix(5) { reply.state(words.sentence(text), from: [text], spaced: words.space) }
        if told.isEmpty {
          reply.say(words.unknown(pack.graph.label(subject, in: language)), spaced: words.space)
          reply.saysUnknown = true
        }
        return reply
      }
      if let slotAnswer = slotAnswer(question, subject) { return slotAnswer }
    }
    if !relations.isEmpty || !isOpenQuestion(question) {
      reply.say(words.unknown(pack.graph.label(subject, in: language)), spaced: words.space)
      reply.saysUnknown = true
      // What the question was near to may still help.
      let rest = overview(subject, limit: 2)
      if !rest.isEmpty { reply.say(words.known(subject), spaced: words.space) }
      for text in rest { reply.state(words.sentence(text), from: [text], spaced: words.space) }
      return reply
    }
    let all = overview(subject, limit: 4)
    if !isPartOfItems(subject) { reply.leadsTo = subject }
    if all.isEmpty {
      reply.say(words.unknown(pack.graph.label(subject, in: language)), spaced: words.space)
      reply.saysUnknown = true
    }
    for text in all { reply.state(words.sentence(text), from: [text], spaced: words.space) }
    return reply
  }

  /// "Tell me about X", "What is X": the answer is all that is known.
  private func isOpenQuestion(_ question: String) -> Bool {
    let open =
      language == "ja"
      ? ["とは", "ゆかり", "関係", "って何", "ってなに", "について", "どんな", "教えて", "どういう", "何です", "なんです", "誰"]
      : [
        "tell me", "to do with", "connected", "connection", "related", "linked", "associated", "about", "what is", "what's", "who is",
        "who was", "what kind", "describe", "know of", "more on",
      ]
    return open.contains { question.contains($0) }
  }

  /// Relations whose asking phrases occur in the question, the longest phrase first.
  private func asked(_ question: String) -> [Relation] {
    var found: [(relation: Relation, length: Int)] = []
    for relation in pack.manifest.relations {
      let phrases = (relation.asked[language] ?? []).filter { contains($0, in: question) }
      if let longest = phrases.map(\.count).max() { found.append((relation, longest)) }
    }
    return found.sorted { $0.length > $1.length }.map(\.relation)
  }

  private func longest(_ relation: Relation?, _ question: String) -> Int {
    (relation?.asked[language] ?? []).filter { contains($0, in: question) }.map(\.count).max() ?? 0
  }

  /// Length of the longest asking phrase of a slot that the item has a value for; 0 without one.
  private func slotPhrase(_ question: String, _ subject: String) -> Int {
    guard let item = pack.item(subject) else { return 0 }
    return pack.manifest.slots.filter { lines.clause(of: $0, item) != nil }.flatMap { $0.asked[language] ?? [] }
      .filter { contains($0, in: question) }.map(\.count).max() ?? 0
  }

  private func contains(_ phrase: String, in question: String) -> Bool {
    if language == "ja" { return question.contains(phrase) }
    guard let range = question.range(of: phrase) else { return false }
    let before = range.lowerBound == question.startIndex ? nil : question[question.index(before: range.lowerBound)]
    return before.map { !$0.isLetter } ?? true
  }

  /// Answers along the asked relations, the best matching relation first.
  private func answers(about subject: String, _ relations: [Relation]) -> [Answer] {
    let found = relations.flatMap { facts(of: subject, $0) }
    // The festival that was asked for, not the film that also has a date.
    let asked = Set(relations.map(\.predicate))
    let wanted = found.filter { $0.bridge.map(asked.contains) ?? true }
    return wanted.isEmpty ? found : wanted
  }

  /// Each sentence once. "What else" leaves out what was told before, and so leaves nothing where there is nothing else.
  private func sentences(_ answers: [Answer], more: Bool) -> [String] {
    var told: [String] = []
    for answer in answers { for text in answer.sentences where !told.contains(text) { told.append(text) } }
    guard more else { return told }
    guard let known = before.map({ pack.graph.label($0, in: language) }) else { return told }
    let others = told.filter { !$0.contains(known) }
    return others
  }

  private func asksForMore(_ question: String) -> Bool {
    (language == "ja" ? ["他に", "ほかに", "他の", "ほかの", "以外"] : ["else", "other", "more", "besides"]).contains { question.contains($0) }
  }

  private struct Answer {
    var sentences: [String]
    /// The predicate to the neighbour whose fact it is; nil for the subject's own.
    var bridge: String?
    /// The node that the fact leads to from the subject.
    var leadsTo: String?
  }

  /// Items and the places that their slots name; what is left are people, works and the like.
  private func isPartOfItems(_ node: String) -> Bool {
    pack.itemIndex[node] != nil || pack.manifest.slots.contains { $0.nodeType == KnowledgeGraph.type(of: node) && $0.lasting }
  }

  /// Facts along a relation: from the subject, to it, or from a neighbour one hop away.
  private func facts(of subject: String, _ relation: Relation) -> [Answer] {
    let graph = pack.graph
    let direct = graph.objects(of: subject, relation.predicate)
    if direct.contains(where: { sentence($0) != nil }) {
      return direct.prefix(4).compactMap { fact in
        sentence(fact).map { Answer(sentences: [$0], leadsTo: fact.isLiteral || isPartOfItems(fact.object) ? nil : fact.object) }
      }
    }
    let inverse = graph.facts(to: subject).filter { $0.predicate == relation.predicate }.compactMap { sentence($0) }
    if !inverse.isEmpty { return inverse.prefix(6).map { Answer(sentences: [$0]) } }
    // Two hops: "when is the festival at X" goes over the festival.
    var chains: [Answer] = []
    for fact in graph.facts(to: subject) + graph.facts(about: subject) where !fact.isLiteral {
      let neighbour = fact.subject == subject ? fact.object : fact.subject
      // Through another item or a place the answer would be about something else.
      guard pack.itemIndex[neighbour] == nil, !pack.manifest.slotPredicates.contains(fact.predicate), let first = sentence(fact) else {
        continue
      }
      for second in graph.objects(of: neighbour, relation.predicate) {
        if let text = sentence(second) { chains.append(Answer(sentences: [first, text], bridge: fact.predicate)) }
      }
    }
    return chains
  }

  private func sentence(_ fact: Fact) -> String? {
    pack.sentence(subject: fact.subject, predicate: fact.predicate, object: fact.object, literal: fact.isLiteral, language: language)
  }

  /// A question about a property of an item: price, way from the station, length of a visit.
  private func slotAnswer(_ question: String, _ subject: String) -> Reply? {
    guard let item = pack.item(subject) else { return nil }
    var clauses: [String] = []
    for slot in pack.manifest.slots where (slot.asked[language] ?? []).contains(where: { contains($0, in: question) }) {
      if let clause = lines.clause(of: slot, item) { clauses.append(clause) }
    }
    guard !clauses.isEmpty else { return nil }
    let name = item.name(in: language)
    var reply = Reply()
    let text =
      language == "ja" ? words.sentence("\(name)は\(clauses.joined(separator: "、"))") : "\(name): \(clauses.joined(separator: ", "))."
    reply.state(text, from: [name] + clauses, spaced: words.space)
    return reply
  }

  /// "Is Shibuya in Minato?": yes when a fact joins the two; no, with the true one, when the first has a fact of
  /// that kind to something else.
  private func yesOrNo(_ a: String, _ b: String) -> Reply? {
    let graph = pack.graph
    var reply = Reply()
    let joining = graph.facts(about: a).filter { $0.object == b } + graph.facts(about: b).filter { $0.object == a }
    if let text = joining.compactMap({ sentence($0) }).first {
      reply.say(words.yes(), spaced: words.space)
      reply.state(words.sentence(text), from: [text], spaced: words.space)
      return reply
    }
    // An area and the ward called after it share a name: what was meant is the kind of thing the facts are about.
    for target in sameName(b) {
      guard let type = KnowledgeGraph.type(of: target) else { continue }
      for source in sameName(a) {
        let facts = graph.facts(about: source).filter { KnowledgeGraph.type(of: $0.object) == type && !$0.isLiteral }
        if let hit = facts.first(where: { $0.object == target }), let text = sentence(hit) {
          reply.say(words.yes(), spaced: words.space)
          reply.state(words.sentence(text), from: [text], spaced: words.space)
          return reply
        }
      }
    }
    for target in sameName(b) {
      guard let type = KnowledgeGraph.type(of: target) else { continue }
      for source in sameName(a) {
        let facts = graph.facts(about: source).filter {
          KnowledgeGraph.type(of: $0.object) == type && !$0.isLiteral && isComplete($0.predicate)
        }
        guard !facts.isEmpty else { continue }
        let texts = facts.compactMap { sentence($0) }
        reply.say(words.no(), spaced: words.space)
        for text in texts.prefix(3) { reply.state(words.sentence(text), from: [text], spaced: words.space) }
        return reply
      }
    }
    return nil
  }

  private func isComplete(_ predicate: String) -> Bool {
    pack.manifest.relation(predicate)?.complete ?? pack.manifest.slotPredicates.contains(predicate)
  }

  /// The node and the others of the same label or the same slug.
  private func sameName(_ node: String) -> [String] {
    guard let type = KnowledgeGraph.type(of: node) else { return [node] }
    let slug = node.dropFirst(type.count)
    let types = Set(pack.manifest.slots.compactMap(\.nodeType))
    return [node] + types.sorted().map { $0 + slug }.filter { $0 != node && pack.graph.labels[$0] != nil }
  }

  /// What is known of a node: an item's description first, then facts.
  func overview(_ node: String, limit: Int) -> [String] {
    var texts: [String] = []
    if let description = pack.item(node)?.description[language] { texts.append(description) }
    let own = pack.manifest.slotPredicates
    let facts = pack.graph.facts(about: node)
    // What the field says about it before where its slots put it.
    texts += (facts.filter { !own.contains($0.predicate) } + facts.filter { own.contains($0.predicate) }).compactMap { sentence($0) }
    if texts.count < limit { texts += pack.graph.facts(to: node).compactMap { sentence($0) } }
    return Array(texts.prefix(limit))
  }
}
