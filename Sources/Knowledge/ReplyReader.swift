import Frames

/// Reads reply examples (`language/replies.<lang>.tsv`): user, goal, items, reply.
///
/// ```
/// My feet hurt	recommend	1:effort=low	{1} asks little of them: {1.a.kind}, {1.walkMinutes} minutes from {1.station}.
/// ```
/// Items are numbered from 1 (thanks and the like may be about none); behind the colon stands what must be true of one (`slot=value`, or `slot=@1`: shared with item 1).
struct ReplyReader {
  let pack: Pack

  func replies(_ folder: PackFolder, _ faults: inout FaultList) -> [ReplyExample] {
    var result: [ReplyExample] = []
    for language in folder.languages(of: "language/replies") {
      let file = "language/replies.\(language).tsv"
      guard pack.manifest.languages.contains(language) else {
        faults.error(file, 0, "language", "\"\(language)\" is not listed in pack.yaml", "Add it to `languages`, or remove the file")
        continue
      }
      var firstLine: [ReplyTemplate: Int] = [:]
      for line in folder.lines(file, &faults) where !line.text.hasPrefix("#") {
        do throws(Problem) {
          let example = try example(line.text, language)
          if let first = firstLine.updateValue(line.number, forKey: example.reply) {
            throw Problem(field: "reply", problem: "is already on line \(first)", mend: "Keep one of the two")
          }
          result.append(example)
        } catch {
          faults.error(file, line.number, error.field, error.problem, error.mend)
        }
      }
    }
    return result
  }

  private struct Problem: Error {
    var field: String
    var problem: String
    var mend: String
  }

  private func example(_ line: String, _ language: String) throws(Problem) -> ReplyExample {
    let columns = line.split(separator: "\t", omittingEmptySubsequences: false).map(String.init)
    guard columns.count == 4 else {
      throw Problem(field: "columns", problem: "there are \(columns.count), not 4", mend: "Write user, TAB, goal, TAB, items, TAB, reply")
    }
    guard let goal = Goal(rawValue: columns[1]), ReplyExample.goals.contains(goal) else {
      let known = ReplyExample.goals.map(\.rawValue).joined(separator: ", ")
      throw Problem(field: "goal", problem: "\"\(columns[1])\" is no goal of a reply", mend: "Use one of: \(known)")
    }
    let example = ReplyExample(
      user: try template(columns[0], "user", language), language: language, goal: goal,
      items: try items(columns[2], least: goal == .feedback ? 0 : 1),
      reply: try template(columns[3], "reply", language))
    try checkPlaceholders(of: example.user, "user", example)
    try checkPlaceholders(of: example.reply, "reply", example)
    try checkReply(example)
    for place in example.items.indices where !pack.items.contains(where: { pack.fits($0, example, at: place) }) {
      throw Problem(
        field: "items", problem: "no item of the catalogue fits number \(place + 1)",
        mend: "Ask less of it, or name other slots in the placeholders")
    }
    return example
  }

  private func template(_ text: String, _ field: String, _ language: String) throws(Problem) -> ReplyTemplate {
    guard text.contains(where: { !$0.isWhitespace }) else { throw Problem(field: field, problem: "is empty", mend: "Write the text") }
    do {
      return try ReplyTemplate(text)
    } catch {
      throw Problem(field: field, problem: error.problem, mend: error.mend)
    }
  }

  private func items(_ text: String, least: Int) throws(Problem) -> [[ReplyCondition]] {
    var result: [[ReplyCondition]] = []
    for part in text.split(separator: " ") {
      let halves = part.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
      guard halves[0] == String(result.count + 1) else {
        throw Problem(field: "items", problem: "\"\(part)\" is not item \(result.count + 1)", mend: "Number the items 1, 2, 3")
      }
      var conditions: [ReplyCondition] = []
      if halves.count == 2 {
        for condition in halves[1].split(separator: ",", omittingEmptySubsequences: false) {
          conditions.append(try self.condition(condition, place: result.count))
        }
      }
      result.append(conditions)
    }
    guard (least...ReplyExample.mostItems).contains(result.count) else {
      throw Problem(
        field: "items", problem: "there are \(result.count), not \(least) to \(ReplyExample.mostItems)",
        mend: "Write for example `1:company=kids 2`")
    }
    return result
  }

  private func condition(_ text: Substring, place: Int) throws(Problem) -> ReplyCondition {
    let sides = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
    guard sides.count == 2, !sides[1].isEmpty else {
      throw Problem(field: "items", problem: "\"\(text)\" is not slot=value", mend: "Write for example `1:company=kids,weather=rain`")
    }
    let slot = try self.slot(sides[0], "items")
    if sides[1].hasPrefix("@") {
      guard let other = Int(sides[1].dropFirst()), (1...ReplyExample.mostItems).contains(other), other - 1 < place else {
        throw Problem(field: "items", problem: "\"\(text)\" points at no earlier item", mend: "Write `2:\(slot.name)=@1`")
      }
      return ReplyCondition(slot: slot.name, value: .sameAs(item: other - 1))
    }
    let isKnown =
      switch slot.type {
      case .enum, .ordered: slot.values.contains { $0.id == sides[1] }
      case .number: Double(sides[1])?.isFinite == true
      case .node: pack.graph.labels["\(slot.nodeType ?? ""):\(sides[1])"] != nil
      }
    guard isKnown else {
      throw Problem(
        field: "items", problem: "\"\(sides[1])\" is no value of slot \(slot.name)",
        mend: slot.values.isEmpty ? "Mend the value" : "Use one of: \(slot.values.map(\.id).joined(separator: ", "))")
    }
    // As the catalogue's own numbers are written, so that "5.0" meets 5.
    let value = slot.type == .number ? AttributeValue.number(Double(sides[1]) ?? 0).written : sides[1]
    return ReplyCondition(slot: slot.name, value: .value(value))
  }

  private func slot(_ name: String, _ field: String) throws(Problem) -> Slot {
    if let slot = pack.manifest.slot(name) { return slot }
    throw Problem(
      field: field, problem: "\"\(name)\" is no slot of this pack",
      mend: "Use one of: \(pack.manifest.slots.map(\.name).joined(separator: ", "))")
  }

  private func checkPlaceholders(of template: ReplyTemplate, _ field: String, _ example: ReplyExample) throws(Problem) {
    for (index, part) in template.parts.enumerated() {
      guard case .placeholder(let placeholder) = part else { continue }
      guard example.items.indices.contains(placeholder.item) else {
        throw Problem(
          field: field, problem: "names item \(placeholder.item + 1), and there are \(example.items.count)", mend: "Add it to the items")
      }
      if case .slot(let name, let article) = placeholder.content {
        let place = placeholder.item + 1
        _ = try slot(name, field)
        guard !article || example.language == "en" else {
          throw Problem(field: field, problem: "asks for an article in \(example.language)", mend: "Write {\(place).\(name)}")
        }
      }
      // Descriptions and facts bring their full stop with them.
      guard placeholder.content.isSentence, template.parts.indices.contains(index + 1), case .text(let next) = template.parts[index + 1],
        let mark = next.first, ".。,、;!！?？".contains(mark)
      else { continue }
      throw Problem(
        field: field, problem: "puts \"\(mark)\" behind a whole sentence",
        mend: "Let {n.about} and {n.fact} stand as sentences of their own")
    }
  }

  private func checkReply(_ example: ReplyExample) throws(Problem) {
    if let digit = example.reply.ownText.unicodeScalars.first(where: { ("0"..."9").contains($0) || ("０"..."９").contains($0) }) {
      throw Problem(
        field: "reply", problem: "has the number \(digit) in it", mend: "Numbers are facts: take them from the catalogue, {1.slot}")
    }
    if example.goal != .feedback, example.reply.placeholders.isEmpty {
      throw Problem(field: "reply", problem: "has no placeholder", mend: "Name what it is about: {1}")
    }
  }
}
