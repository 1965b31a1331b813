import Yams

/// A YAML mapping read field by field: what is missing, unknown or of the wrong type becomes a fault with its line.
struct YAMLFields {
  let file: String
  let path: String
  let line: Int
  private let fields: [(key: String, node: Node)]

  /// Nil, with a fault, where `node` is not a mapping.
  init?(_ node: Node, path: String, file: String, _ faults: inout FaultList) {
    self.file = file
    self.path = path
    line = node.mark?.line ?? 1
    guard let mapping = node.mapping else {
      faults.error(file, line, path.isEmpty ? "pack.yaml" : path, "is not a mapping", "Write `key: value` pairs")
      return nil
    }
    fields = mapping.map { (Self.text($0.key) ?? "?", $0.value) }
    var seen = Set<String>()
    for (key, node) in fields where !seen.insert(key).inserted {
      faults.error(file, node.mark?.line ?? line, name(key), "appears twice", "Keep one of them")
    }
  }

  func name(_ key: String) -> String { path.isEmpty ? key : "\(path).\(key)" }

  subscript(_ key: String) -> Node? { fields.first { $0.key == key }?.node }

  var entries: [(key: String, node: Node)] { fields }

  func refuseUnknown(_ known: [String], _ faults: inout FaultList) {
    for (key, node) in fields where !known.contains(key) {
      faults.error(
        file, node.mark?.line ?? line, name(key), "is not a field known here",
        "Remove it, or use one of: \(known.joined(separator: ", "))")
    }
  }

  /// Scalars are text whatever YAML would make of them: `no`, `1.0`.
  static func text(_ node: Node) -> String? { node.scalar?.string }

  func text(_ key: String, required: Bool = false, _ faults: inout FaultList) -> String? {
    guard let node = self[key] else {
      if required { faults.error(file, line, name(key), "is missing", "Add `\(key): …`") }
      return nil
    }
    if let text = Self.text(node), !text.isEmpty { return text }
    faults.error(file, node.mark?.line ?? line, name(key), "is not a text", "Write `\(key): some text`")
    return nil
  }

  func number(_ key: String, in range: ClosedRange<Double>, or standard: Double, _ faults: inout FaultList) -> Double {
    guard let node = self[key] else { return standard }
    if let text = Self.text(node), let value = Double(text), range.contains(value) { return value }
    faults.error(
      file, node.mark?.line ?? line, name(key), "is not a number from \(range.lowerBound) to \(range.upperBound)",
      "Write for example `\(key): \(standard)`")
    return standard
  }

  func flag(_ key: String, _ faults: inout FaultList) -> Bool {
    guard let node = self[key] else { return false }
    if let text = Self.text(node), ["true", "false"].contains(text) { return text == "true" }
    faults.error(file, node.mark?.line ?? line, name(key), "is neither true nor false", "Write `\(key): true`")
    return false
  }

  func texts(_ key: String, _ faults: inout FaultList) -> [String] {
    guard let node = self[key] else { return [] }
    return Self.texts(node, name(key), file, &faults)
  }

  static func texts(_ node: Node, _ name: String, _ file: String, _ faults: inout FaultList) -> [String] {
    guard let sequence = node.sequence else {
      faults.error(file, node.mark?.line ?? 1, name, "is not a list", "Write `[one, two]`")
      return []
    }
    return sequence.compactMap { element in
      if let text = text(element), !text.isEmpty { return text }
      faults.error(file, element.mark?.line ?? 1, name, "holds something that is not a text", "Put quotes around it")
      return nil
    }
  }

  /// `{en: …, ja: …}`; a language that the pack does not have is a fault, a missing one falls back to another.
  func localized(_ key: String, languages: [String], required: Bool = false, _ faults: inout FaultList) -> LocalizedText {
    guard let node = self[key] else {
      if required { faults.error(file, line, name(key), "is missing", "Add `\(key): {\(languages.first ?? "en"): …}`") }
      return [:]
    }
    guard let inner = YAMLFields(node, path: name(key), file: file, &faults) else { return [:] }
    inner.refuseUnknown(languages, &faults)
    var result: LocalizedText = [:]
    for (language, _) in inner.entries where languages.contains(language) {
      result[language] = inner.text(language, &faults)
    }
    return result
  }

  /// `{en: [..], ja: [..]}`
  func localizedLists(_ key: String, languages: [String], _ faults: inout FaultList) -> [String: [String]] {
    guard let node = self[key], let inner = YAMLFields(node, path: name(key), file: file, &faults) else { return [:] }
    inner.refuseUnknown(languages, &faults)
    var result: [String: [String]] = [:]
    for (language, _) in inner.entries where languages.contains(language) { result[language] = inner.texts(language, &faults) }
    return result
  }
}
