import Foundation
import Frames
import Yams

/// Reads `pack.yaml`.
struct ManifestReader {
  static let file = "pack.yaml"
  private let file = Self.file

  func read(_ folder: PackFolder, _ faults: inout FaultList) -> Manifest? {
    guard let data = folder.data(file, &faults) else { return nil }
    guard let text = String(validating: data, as: UTF8.self) else {
      faults.error(file, 0, "file", "is not UTF-8", "Save it as UTF-8")
      return nil
    }
    let root: Node
    do {
      guard let node = try Yams.compose(yaml: text) else {
        faults.error(file, 1, "file", "is empty", "Start from `osusume pack new`")
        return nil
      }
      root = node
    } catch {
      faults.error(file, Self.line(of: error), "yaml", "cannot be parsed: \(Self.reason(error))", "Mend the YAML at this line")
      return nil
    }
    guard let top = YAMLFields(root, path: "", file: file, &faults) else { return nil }
    return manifest(top, &faults)
  }

  private func manifest(_ top: YAMLFields, _ faults: inout FaultList) -> Manifest? {
    top.refuseUnknown(
      [
        "id", "version", "name", "description", "languages", "licence", "itemNoun", "clarifyBelow", "context", "ranking",
        "slots", "relations", "phrases", "durationSlot", "models",
      ], &faults)
    var languages = top.texts("languages", &faults)
    if languages.isEmpty {
      faults.error(file, top.line, "languages", "is missing", "Write `languages: [en]` or `[en, ja]`")
      languages = ["en"]
    }
    let id = top.text("id", required: true, &faults) ?? ""
    if !Self.isSlug(id) {
      faults.error(file, top["id"]?.mark?.line ?? 1, "id", "is not a slug", "Use a–z, 0–9 and hyphens, e.g. `board-games`")
    }
    var manifest = Manifest(
      id: id, version: top.text("version", required: true, &faults) ?? "0",
      name: top.localized("name", languages: languages, required: true, &faults),
      description: top.localized("description", languages: languages, &faults), languages: languages,
      licence: top.text("licence", required: true, &faults) ?? "")
    manifest.itemNoun = top.localized("itemNoun", languages: languages, required: true, &faults)
    manifest.clarifyBelow = top.number("clarifyBelow", in: 0...1, or: 0.45, &faults)
    manifest.context = top.texts("context", &faults)
    manifest.slots = slots(top, languages, &faults)
    for feature in manifest.context where manifest.slot(feature) == nil {
      faults.error(
        file, top["context"]?.mark?.line ?? 1, "context", "\"\(feature)\" is no slot of this pack", "Add the slot, or remove the name")
    }
    manifest.durationSlot = top.text("durationSlot", &faults)
    if let name = manifest.durationSlot, manifest.slot(name)?.type != .number {
      faults.error(
        file, top["durationSlot"]?.mark?.line ?? 1, "durationSlot", "\"\(name)\" is no numeric slot", "Name a slot of type number")
    }
    manifest.models = models(top, &faults)
    manifest.ranking = ranking(top, manifest.slots, &faults)
    manifest.relations = relations(top, languages, &faults)
    if let node = top["phrases"], let inner = YAMLFields(node, path: "phrases", file: file, &faults) {
      for (key, _) in inner.entries { manifest.phrases[key] = inner.localizedLists(key, languages: languages, &faults) }
    }
    return manifest
  }

  private func models(_ top: YAMLFields, _ faults: inout FaultList) -> ModelChoice? {
    guard let node = top["models"], let inner = YAMLFields(node, path: "models", file: file, &faults) else { return nil }
    inner.refuseUnknown(["language", "adapter"], &faults)
    func check(_ text: String?, _ key: String, mayBeName: Bool) {
      guard let text, !(mayBeName && Self.isSlug(text)) else { return }
      // Nothing outside of the pack's folder is read.
      let parts = text.split(separator: "/", omittingEmptySubsequences: false)
      if parts.count == 2, parts[0] == "models", parts[1].hasSuffix(".gguf"), !parts[1].hasPrefix(".") { return }
      faults.error(
        file, inner[key]?.mark?.line ?? 1, "models.\(key)", "\"\(text)\" is no model",
        "Write models/NAME.gguf for a file of the pack\(mayBeName ? ", or the name of a model that comes with Osusume" : "")")
    }
    let language = inner.text("language", required: true, &faults)
    let adapter = inner.text("adapter", &faults)
    check(language, "language", mayBeName: true)
    check(adapter, "adapter", mayBeName: false)
    return language.map { ModelChoice(language: $0, adapter: adapter) }
  }

  private func slots(_ top: YAMLFields, _ languages: [String], _ faults: inout FaultList) -> [Slot] {
    guard let node = top["slots"] else {
      faults.error(file, top.line, "slots", "is missing", "Add at least `kind`: see PACKS.md")
      return []
    }
    guard let list = YAMLFields(node, path: "slots", file: file, &faults) else { return [] }
    return list.entries.compactMap { name, node in slot(name, node, languages, &faults) }
  }

  private func slot(_ name: String, _ node: Node, _ languages: [String], _ faults: inout FaultList) -> Slot? {
    guard let fields = YAMLFields(node, path: "slots.\(name)", file: file, &faults) else { return nil }
    fields.refuseUnknown(
      ["type", "property", "nodeType", "predicate", "hard", "lasting", "group", "asked", "label", "reason", "values", "ranges"], &faults)
    let typeText = fields.text("type", required: true, &faults) ?? "enum"
    guard let type = SlotType(rawValue: typeText) else {
      faults.error(
        file, fields["type"]?.mark?.line ?? fields.line, fields.name("type"), "\"\(typeText)\" is no slot type",
        "Use one of: \(SlotType.allCases.map(\.rawValue).joined(separator: ", "))")
      return nil
    }
    var slot = Slot(
      name: name, type: type, property: fields.text("property", &faults) ?? name,
      label: fields.localized("label", languages: languages, required: true, &faults))
    slot.reason = fields.localized("reason", languages: languages, &faults)
    slot.asked = fields.localizedLists("asked", languages: languages, &faults)
    slot.group = fields.text("group", &faults)
    slot.hard = fields.flag("hard", &faults)
    slot.lasting = fields.flag("lasting", &faults)
    if type == .node {
      slot.nodeType = fields.text("nodeType", required: true, &faults)
      slot.predicate = fields.text("predicate", &faults) ?? "in_\(name)"
    }
    if let values = fields["values"], let inner = YAMLFields(values, path: fields.name("values"), file: file, &faults) {
      slot.values = inner.entries.compactMap { id, node in
        guard let value = YAMLFields(node, path: inner.name(id), file: file, &faults) else { return nil }
        value.refuseUnknown(["label", "synonyms", "except"], &faults)
        return SlotValue(
          id: id, label: value.localized("label", languages: languages, required: true, &faults),
          synonyms: value.localizedLists("synonyms", languages: languages, &faults),
          except: value.localizedLists("except", languages: languages, &faults))
      }
    }
    slot.ranges = ranges(fields, type, languages, &faults)
    if [.enum, .ordered].contains(type), slot.values.isEmpty {
      faults.error(file, fields.line, fields.name("values"), "is missing", "List the values of the slot")
    }
    return slot
  }

  private func ranges(_ slot: YAMLFields, _ type: SlotType, _ languages: [String], _ faults: inout FaultList) -> [SlotRange] {
    guard let node = slot["ranges"], let list = YAMLFields(node, path: slot.name("ranges"), file: file, &faults) else { return [] }
    guard type == .number else {
      faults.error(
        file, list.line, slot.name("ranges"), "belongs to slots of type number", "List `values` instead, or make the slot a number")
      return []
    }
    return list.entries.compactMap { id, node in
      guard let range = YAMLFields(node, path: list.name(id), file: file, &faults) else { return nil }
      range.refuseUnknown(["atMost", "atLeast", "label", "synonyms"], &faults)
      guard (range["atMost"] == nil) != (range["atLeast"] == nil) else {
        faults.error(file, range.line, list.name(id), "needs one bound", "Write either atMost or atLeast")
        return nil
      }
      let upper = range["atMost"] != nil
      return SlotRange(
        id: id, op: upper ? .le : .ge, bound: range.number(upper ? "atMost" : "atLeast", in: -1e9...1e9, or: 0, &faults),
        label: range.localized("label", languages: languages, required: true, &faults),
        synonyms: range.localizedLists("synonyms", languages: languages, &faults))
    }
  }

  private func ranking(_ top: YAMLFields, _ slots: [Slot], _ faults: inout FaultList) -> RankingPolicy {
    guard let node = top["ranking"], let fields = YAMLFields(node, path: "ranking", file: file, &faults) else {
      return RankingPolicy()
    }
    fields.refuseUnknown(["niche", "diversity", "diversitySlots"], &faults)
    var policy = RankingPolicy()
    policy.niche = fields.number("niche", in: 0...1, or: policy.niche, &faults)
    policy.diversity = fields.number("diversity", in: 0...1, or: policy.diversity, &faults)
    if fields["diversitySlots"] != nil { policy.diversitySlots = fields.texts("diversitySlots", &faults) }
    for name in policy.diversitySlots where !slots.contains(where: { $0.name == name }) {
      faults.error(file, fields.line, "ranking.diversitySlots", "\"\(name)\" is no slot of this pack", "Name slots listed under `slots`")
    }
    return policy
  }

  private func relations(_ top: YAMLFields, _ languages: [String], _ faults: inout FaultList) -> [Relation] {
    guard let node = top["relations"], let list = YAMLFields(node, path: "relations", file: file, &faults) else { return [] }
    return list.entries.compactMap { name, node in
      guard let fields = YAMLFields(node, path: "relations.\(name)", file: file, &faults) else { return nil }
      fields.refuseUnknown(["sentence", "asked", "weight", "complete"], &faults)
      let sentence = fields.localized("sentence", languages: languages, required: true, &faults)
      for (language, text) in sentence where !text.contains("{s}") || !text.contains("{o}") {
        faults.error(
          file, fields["sentence"]?.mark?.line ?? fields.line, fields.name("sentence.\(language)"),
          "lacks {s} or {o}", "Write for example \"{s} was made by {o}\"")
      }
      return Relation(
        predicate: name, sentence: sentence, asked: fields.localizedLists("asked", languages: languages, &faults),
        weight: fields.number("weight", in: 0...1, or: 0, &faults),
        complete: fields.flag("complete", &faults))
    }
  }

  static func isSlug(_ text: String) -> Bool {
    !text.isEmpty && text.count <= 100 && text.first != "-"
      && text.unicodeScalars.allSatisfy { ("a"..."z").contains($0) || ("0"..."9").contains($0) || $0 == "-" }
  }

  private static func line(of error: any Error) -> Int {
    switch error as? YamlError {
    case .scanner(_, _, let mark, _), .parser(_, _, let mark, _), .composer(_, _, let mark, _): mark.line
    default: 1
    }
  }

  private static func reason(_ error: any Error) -> String {
    switch error as? YamlError {
    case .scanner(_, let problem, _, _), .parser(_, let problem, _, _), .composer(_, let problem, _, _): problem
    case .duplicatedKeysInMapping(let keys, _): "the key \(keys.first.map { "\($0)" } ?? "") appears twice"
    default: "\(error)"
    }
  }
}
