import Frames

/// Reads `knowledge/graph.tsv`: subject, predicate, object, and the labels and aliases of nodes.
struct GraphReader {
  static let file = "knowledge/graph.tsv"
  let manifest: Manifest
  private let file = Self.file

  func read(_ folder: PackFolder, items: [Item], _ faults: inout FaultList) -> KnowledgeGraph {
    var graph = KnowledgeGraph()
    for item in items { name(item, in: &graph) }
    let predicates = Set(manifest.relations.map(\.predicate))
    let ids = Set(items.map(\.id))
    /// Where a node was first used, to name the line if its label is missing.
    var firstUse: [String: Int] = [:]
    if folder.exists(file) {
      for line in folder.lines(file, &faults) where !line.text.hasPrefix("#") {
        row(line, predicates, ids, &graph, &firstUse, &faults)
      }
    }
    addSlotFacts(items, &graph)
    for (node, line) in firstUse.sorted(by: { $0.value < $1.value }) where graph.labels[node] == nil {
      faults.error(file, line, node, "has no label", "Add a row `\(node)<TAB>label@\(manifest.languages.first ?? "en")<TAB>\"…\"`")
    }
    for item in items {
      for slot in manifest.slots {
        guard let type = slot.nodeType else { continue }
        for value in item.attributes[slot.name] ?? [] {
          guard let text = value.text, graph.labels["\(type):\(text)"] == nil else { continue }
          faults.error(
            CatalogueReader.file, 0, "\(item.id).\(slot.property)", "\"\(text)\" has no node in the graph",
            "Add a row `\(type):\(text)<TAB>label@\(manifest.languages.first ?? "en")<TAB>\"…\"` to \(file)")
        }
      }
    }
    return graph
  }

  /// Items are nodes too: their names are labels and their other names aliases.
  private func name(_ item: Item, in graph: inout KnowledgeGraph) {
    for (language, text) in item.name { graph.setLabel(text, node: item.id, language: language) }
    for (language, names) in item.alternateNames {
      for text in names { graph.addAlias(text, node: item.id, language: language) }
    }
  }

  private func row(
    _ line: PackLine, _ predicates: Set<String>, _ items: Set<String>, _ graph: inout KnowledgeGraph,
    _ firstUse: inout [String: Int], _ faults: inout FaultList
  ) {
    let columns = line.text.split(separator: "\t", omittingEmptySubsequences: false).map(String.init)
    guard columns.count == 3 else {
      faults.error(file, line.number, "columns", "there are \(columns.count), not 3", "Write subject, TAB, predicate, TAB, object")
      return
    }
    let (subject, predicate, object) = (columns[0], columns[1], columns[2])
    guard isNode(subject, items, "subject", line.number, &faults) else { return }
    if let at = predicate.firstIndex(of: "@") {
      let (kind, language) = (predicate[..<at], String(predicate[predicate.index(after: at)...]))
      guard kind == "label" || kind == "alias", manifest.languages.contains(language) else {
        faults.error(
          file, line.number, "predicate", "\"\(predicate)\" is neither label@ nor alias@ in a language of the pack",
          "Write label@\(manifest.languages[0])")
        return
      }
      guard let text = literal(object) else {
        faults.error(file, line.number, "object", "a label needs double quotes", "Write \"\(object)\"")
        return
      }
      if kind == "label" {
        graph.setLabel(text, node: subject, language: language)
      } else {
        graph.addAlias(text, node: subject, language: language)
      }
      return
    }
    guard predicates.contains(predicate) else {
      faults.error(
        file, line.number, "predicate", "\"\(predicate)\" is no relation of pack.yaml", "Add it under `relations`, or mend the name")
      return
    }
    firstUse[subject] = min(firstUse[subject] ?? line.number, line.number)
    if let text = literal(object) {
      graph.add(Fact(subject: subject, predicate: predicate, object: text, isLiteral: true))
    } else if object.hasPrefix("\"") || object.hasSuffix("\"") {
      faults.error(file, line.number, "object", "has only one of its two quotes", "Write a literal as \"text\"")
    } else if isNode(object, items, "object", line.number, &faults) {
      firstUse[object] = min(firstUse[object] ?? line.number, line.number)
      graph.add(Fact(subject: subject, predicate: predicate, object: object, isLiteral: false))
    }
  }

  private func isNode(_ text: String, _ items: Set<String>, _ field: String, _ line: Int, _ faults: inout FaultList) -> Bool {
    let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
    if parts.count == 2, ManifestReader.isSlug(parts[0]), ManifestReader.isSlug(parts[1]) { return true }
    if parts.count == 1, items.contains(text) { return true }
    if parts.count == 1, ManifestReader.isSlug(text) {
      faults.error(file, line, field, "\"\(text)\" is no item of the catalogue", "Mend the id, or write a node as type:id")
    } else {
      faults.error(file, line, field, "\"\(text)\" is not a node", "Write an item's id or type:id in lower case with hyphens")
    }
    return false
  }

  private func literal(_ text: String) -> String? {
    guard text.count >= 2, text.hasPrefix("\""), text.hasSuffix("\"") else { return nil }
    let inner = String(text.dropFirst().dropLast())
    return inner.isEmpty ? nil : inner
  }

  /// What an item's node slots say is a fact like any other: `nezu-shrine in_area area:nezu`.
  private func addSlotFacts(_ items: [Item], _ graph: inout KnowledgeGraph) {
    for item in items {
      for slot in manifest.slots {
        guard let type = slot.nodeType, let predicate = slot.predicate else { continue }
        for value in item.attributes[slot.name] ?? [] {
          guard let text = value.text else { continue }
          graph.add(Fact(subject: item.id, predicate: predicate, object: "\(type):\(text)", isLiteral: false))
        }
      }
    }
  }
}
