import Frames

/// Reads labelled utterances (`language/utterances.<lang>.tsv`, `eval/utterances.<lang>.tsv`) and
/// requests with relevant items (`eval/requests.<lang>.tsv`).
struct UtteranceReader {
  let manifest: Manifest
  let items: Set<String>
  let nodes: KnowledgeGraph

  /// Columns: text, act, goal, indirect, constraints, sentiment. In eval files a first column `dev|test` and a last
  /// one with the entities named, joined by `|`.
  func utterances(_ folder: PackFolder, _ stem: String, eval: Bool, _ faults: inout FaultList) -> [LabelledUtterance] {
    var result: [LabelledUtterance] = []
    for language in folder.languages(of: stem) {
      let file = "\(stem).\(language).tsv"
      guard known(language, file, &faults) else { continue }
      var firstLine: [String: Int] = [:]
      for line in folder.lines(file, &faults) where !line.text.hasPrefix("#") {
        guard let utterance = utterance(line, language, file, eval, &faults) else { continue }
        if let first = firstLine.updateValue(line.number, forKey: utterance.text) {
          faults.error(file, line.number, "text", "is already on line \(first)", "Keep one of the two")
          continue
        }
        result.append(utterance)
      }
    }
    return result
  }

  private func utterance(
    _ line: PackLine, _ language: String, _ file: String, _ eval: Bool, _ faults: inout FaultList
  ) -> LabelledUtterance? {
    var columns = line.text.split(separator: "\t", omittingEmptySubsequences: false).map(String.init)
    let wanted = eval ? 8 : 6
    guard columns.count == wanted else {
      faults.error(
        file, line.number, "columns", "there are \(columns.count), not \(wanted)", "Separate the columns by TAB; leave empty ones empty")
      return nil
    }
    var half: String?
    var entities: [String] = []
    if eval {
      half = columns.removeFirst()
      guard checkHalf(half, file, line.number, &faults) else { return nil }
      entities = columns.removeLast().split(separator: "|").map(String.init)
      for id in entities where nodes.labels[id] == nil {
        faults.error(file, line.number, "entities", "\"\(id)\" is neither an item nor a labelled node", "Mend the id")
      }
    }
    guard !columns[0].isEmpty else {
      faults.error(file, line.number, "text", "is empty", "Write the utterance")
      return nil
    }
    guard let act = Act(rawValue: columns[1]) else {
      faults.error(
        file, line.number, "act", "\"\(columns[1])\" is no dialogue act",
        "Use one of: \(Act.allCases.map(\.rawValue).joined(separator: ", "))")
      return nil
    }
    guard let goal = Goal(rawValue: columns[2]) else {
      faults.error(
        file, line.number, "goal", "\"\(columns[2])\" is no goal", "Use one of: \(Goal.allCases.map(\.rawValue).joined(separator: ", "))")
      return nil
    }
    guard ["0", "1"].contains(columns[3]) else {
      faults.error(file, line.number, "indirect", "is neither 0 nor 1", "Write 1 for a hint, else 0")
      return nil
    }
    var constraints: [Constraint] = []
    do {
      constraints = try ConstraintSyntax.parse(columns[4], manifest: manifest)
    } catch {
      faults.error(
        file, line.number, "constraints", "\"\(error.part)\" \(error.problem)", "Write slot=value, with slots and values of pack.yaml")
      return nil
    }
    var sentiment: Sentiment?
    if !columns[5].isEmpty {
      sentiment = Sentiment(rawValue: columns[5])
      guard sentiment != nil, goal == .feedback else {
        faults.error(
          file, line.number, "sentiment", goal == .feedback ? "\"\(columns[5])\" is no sentiment" : "is only for goal feedback",
          "Use one of: \(Sentiment.allCases.map(\.rawValue).joined(separator: ", ")), or leave it empty")
        return nil
      }
    } else if goal == .feedback {
      faults.error(file, line.number, "sentiment", "is missing", "Feedback needs positive, negative, known or chosen")
      return nil
    }
    return LabelledUtterance(
      text: columns[0], language: language, act: act, goal: goal, indirect: columns[3] == "1", constraints: constraints,
      sentiment: sentiment, entities: entities, half: half)
  }

  /// Columns: `dev|test`, text, `id:gain|id:gain …`
  func requests(_ folder: PackFolder, _ faults: inout FaultList) -> [EvalRequest] {
    var result: [EvalRequest] = []
    for language in folder.languages(of: "eval/requests") {
      let file = "eval/requests.\(language).tsv"
      guard known(language, file, &faults) else { continue }
      for line in folder.lines(file, &faults) where !line.text.hasPrefix("#") {
        let columns = line.text.split(separator: "\t", omittingEmptySubsequences: false).map(String.init)
        guard columns.count == 3 else {
          faults.error(file, line.number, "columns", "there are \(columns.count), not 3", "Write half, TAB, text, TAB, id:gain|id:gain")
          continue
        }
        guard checkHalf(columns[0], file, line.number, &faults) else { continue }
        var relevant: [String: Int] = [:]
        for pair in columns[2].split(separator: "|") {
          let parts = pair.split(separator: ":").map(String.init)
          guard parts.count == 2, let gain = Int(parts[1]), (1...3).contains(gain) else {
            faults.error(file, line.number, "relevant", "\"\(pair)\" is not id:gain", "Write for example ueno-zoo:2 (gain 1 to 3)")
            continue
          }
          guard items.contains(parts[0]) else {
            faults.error(file, line.number, "relevant", "\"\(parts[0])\" is no item of the catalogue", "Mend the id")
            continue
          }
          relevant[parts[0]] = gain
        }
        if !relevant.isEmpty {
          result.append(EvalRequest(text: columns[1], language: language, relevant: relevant, half: columns[0]))
        }
      }
    }
    return result
  }

  private func checkHalf(_ half: String?, _ file: String, _ line: Int, _ faults: inout FaultList) -> Bool {
    if half == "dev" || half == "test" { return true }
    faults.error(file, line, "half", "is neither dev nor test", "Write dev or test in the first column")
    return false
  }

  private func known(_ language: String, _ file: String, _ faults: inout FaultList) -> Bool {
    if manifest.languages.contains(language) { return true }
    faults.error(file, 0, "language", "\"\(language)\" is not listed in pack.yaml", "Add it to `languages`, or remove the file")
    return false
  }
}
