import Frames
import Knowledge

extension FrameLine {
  /// The lines of this pack in GBNF: whatever a model writes under it, `read` takes. Values are factored by their beginnings, so that at any
  /// byte one way is open.
  public var grammar: String {
    var rules: [String] = []
    let slots = pack.manifest.slots.filter { $0.type == .number || !values(of: $0).isEmpty }
    func names(_ all: [String]) -> String { Self.alternatives(all) }
    var root = "\"goal=\" goal \" act=\" act \" indirect\"? (\" feel=\" sentiment)?"
    if !slots.isEmpty { root += " (\" \" constraint){0,\(Self.mostConstraints)}" }
    rules.append("root ::= \(root) (\" #\" [1-9]){0,\(Self.mostReferences)}")
    rules.append("goal ::= \(names(Goal.allCases.map(\.rawValue)))")
    rules.append("act ::= \(names(Act.allCases.map(\.rawValue)))")
    rules.append("sentiment ::= \(names(Sentiment.allCases.map(\.rawValue)))")
    if !slots.isEmpty { rules.append("constraint ::= \(slots.indices.map { "slot-\($0)" }.joined(separator: " | "))") }
    if slots.contains(where: { $0.type == .number }) { rules.append("number ::= \"-\"? [0-9]{1,6} (\".\" [0-9]{1,3})?") }
    let types = Array(Set(slots.compactMap(\.nodeType))).sorted()
    for (index, type) in types.enumerated() { rules.append("node-\(index) ::= \(names(nodes[type] ?? []))") }
    for (index, slot) in slots.enumerated() {
      let value: String
      switch slot.type {
      case .number: value = "number"
      case .node: value = "node-\(types.firstIndex(of: slot.nodeType ?? "") ?? 0)"
      case .enum, .ordered:
        value = "value-\(index)"
        rules.append("\(value) ::= \(names(values(of: slot)))")
      }
      var forms = ["\(value) (\"|\" \(value)){0,\(Self.mostValues - 1)}"]
      if slot.type == .node { forms.append("\"~\" \(value)") }
      if slot.type.isOrdered {
        forms.append("(\(Self.bounds.map { "\"\($0.sign)\"" }.joined(separator: " | "))) \(value)")
        forms.append("\(value) \"..\" \(value)")
      }
      rules.append("slot-\(index) ::= \"\(slot.name)\" [+!] (\(forms.joined(separator: " | "))) \"\(slot.hard ? "?" : "*")\"?")
    }
    return rules.joined(separator: "\n") + "\n"
  }

  private func values(of slot: Slot) -> [String] {
    slot.nodeType.map { nodes[$0] ?? [] } ?? slot.values.map(\.id)
  }

  /// `"s" ("hiba" | "oba")` for shiba, soba.
  static func alternatives(_ texts: [String]) -> String {
    alternatives(Array(Set(texts)).map { Array($0.unicodeScalars) }.sorted { $0.lexicographicallyPrecedes($1) }[...], from: 0)
  }

  private static func alternatives(_ sorted: ArraySlice<[Unicode.Scalar]>, from start: Int) -> String {
    var forms: [String] = []
    var rest = sorted
    while let first = rest.first {
      if first.count == start {
        rest.removeFirst()
        continue
      }
      let end = rest.firstIndex { $0[start] != first[start] } ?? rest.endIndex
      let group = rest[rest.startIndex..<end]
      rest = rest[end...]
      let last = group[group.endIndex - 1]
      // First and last of a sorted group share what all of it shares.
      var length = start
      while length < first.count, length < last.count, first[length] == last[length] { length += 1 }
      let shared = literal(first[start..<length])
      if group.count == 1 {
        forms.append(shared)
        continue
      }
      let tail = alternatives(group, from: length)
      forms.append("\(shared) (\(tail))" + (first.count == length ? "?" : ""))
    }
    return forms.joined(separator: " | ")
  }

  private static func literal(_ scalars: ArraySlice<Unicode.Scalar>) -> String {
    var text = "\""
    for scalar in scalars {
      switch scalar {
      case "\"", "\\": text += "\\\(scalar)"
      default: text.unicodeScalars.append(scalar)
      }
    }
    return text + "\""
  }
}
