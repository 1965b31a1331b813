import Foundation
import Frames

/// Reads `catalog/items.jsonl` against the slots of the manifest.
struct CatalogueReader {
  static let file = "catalog/items.jsonl"
  private static let own = ["id", "name", "alternateName", "description", "keywords", "geo"]
  let manifest: Manifest
  private let file = Self.file
  /// Property path → slot.
  private let slots: [String: Slot]
  /// First parts of the dotted paths: objects that hold slots.
  private let containers: Set<String>

  init(manifest: Manifest) {
    self.manifest = manifest
    slots = Dictionary(manifest.slots.map { ($0.property, $0) }, uniquingKeysWith: { first, _ in first })
    containers = Set(
      manifest.slots.compactMap { slot in
        slot.property.firstIndex(of: ".").map { String(slot.property[..<$0]) }
      })
  }

  func read(_ folder: PackFolder, _ faults: inout FaultList) -> [Item] {
    var items: [Item] = []
    var firstLine: [String: Int] = [:]
    let decoder = JSONDecoder()
    for line in folder.lines(file, &faults) {
      let value: JSONValue
      do {
        value = try decoder.decode(JSONValue.self, from: Data(line.text.utf8))
      } catch {
        faults.error(file, line.number, "line", "is not JSON", "Write one JSON object a line, without line breaks inside")
        continue
      }
      guard let object = value.object else {
        faults.error(file, line.number, "line", "is not a JSON object", "Write `{\"id\": …}`")
        continue
      }
      guard let item = item(object, line.number, &faults) else { continue }
      if let first = firstLine.updateValue(line.number, forKey: item.id) {
        faults.error(file, line.number, "id", "\"\(item.id)\" is already used on line \(first)", "Give every item an id of its own")
        continue
      }
      items.append(item)
    }
    if items.isEmpty { faults.error(file, 0, "items", "there are none", "Add at least one item") }
    return items
  }

  private func item(_ object: [String: JSONValue], _ line: Int, _ faults: inout FaultList) -> Item? {
    guard let id = object["id"]?.string, ManifestReader.isSlug(id) else {
      faults.error(file, line, "id", object["id"] == nil ? "is missing" : "is not a slug", "Add an id of a–z, 0–9 and hyphens")
      return nil
    }
    var item = Item(id: id, kind: "", name: localized(object["name"], "name", line, &faults))
    for language in manifest.languages where item.name[language] == nil {
      faults.error(file, line, "name.\(language)", "is missing", "Add the name in \(language)")
    }
    item.description = localized(object["description"], "description", line, &faults)
    for language in manifest.languages where item.description[language] == nil {
      faults.warning(file, line, "description.\(language)", "is missing", "Add one or two sentences in \(language)")
    }
    item.alternateNames = lists(object["alternateName"], "alternateName", line, &faults)
    item.keywords = lists(object["keywords"], "keywords", line, &faults)
    geo(object["geo"], line, &item, &faults)
    for (key, value) in object.sorted(by: { $0.key < $1.key }) where !Self.own.contains(key) {
      if containers.contains(key), slots[key] == nil {
        guard let inner = value.object else {
          faults.error(file, line, key, "is not an object", "Write `\"\(key)\": {…}`")
          continue
        }
        for (name, part) in inner.sorted(by: { $0.key < $1.key }) { attribute("\(key).\(name)", part, line, &item, &faults) }
      } else {
        attribute(key, value, line, &item, &faults)
      }
    }
    item.kind = item.attributes["kind"]?.first?.text ?? ""
    item.popularity = item.attributes["popularity"]?.first?.number ?? 3
    return item
  }

  private func attribute(_ path: String, _ value: JSONValue, _ line: Int, _ item: inout Item, _ faults: inout FaultList) {
    guard let slot = slots[path] else {
      faults.error(
        file, line, path, "is no field of an item and no property of a slot",
        "Remove it, or add a slot with `property: \(path)` to pack.yaml")
      return
    }
    for element in value.array ?? [value] {
      switch slot.type {
      case .number:
        guard let number = element.number, number.isFinite else {
          faults.error(file, line, path, "is not a number", "Write a number without quotes")
          return
        }
        item.attributes[slot.name, default: []].append(.number(number))
      case .enum, .ordered:
        guard let text = element.string else {
          faults.error(file, line, path, "is not a text", "Write one of the values of slot \(slot.name)")
          return
        }
        if !slot.values.contains(where: { $0.id == text }) {
          faults.error(
            file, line, path, "\"\(text)\" is no value of slot \(slot.name)",
            "Use one of: \(slot.values.prefix(12).map(\.id).joined(separator: ", "))\(slot.values.count > 12 ? ", …" : "")")
          continue
        }
        item.attributes[slot.name, default: []].append(.text(text))
      case .node:
        guard let text = element.string, ManifestReader.isSlug(text) else {
          faults.error(file, line, path, "is not the id of a node", "Write the id without its type, e.g. \"shibuya\"")
          return
        }
        item.attributes[slot.name, default: []].append(.text(text))
      }
    }
  }

  private func geo(_ value: JSONValue?, _ line: Int, _ item: inout Item, _ faults: inout FaultList) {
    guard let value else { return }
    guard let latitude = value["latitude"]?.number, let longitude = value["longitude"]?.number,
      (-90...90).contains(latitude), (-180...180).contains(longitude)
    else {
      faults.error(file, line, "geo", "is not a position", "Write `{\"latitude\": 35.6, \"longitude\": 139.7}` in degrees")
      return
    }
    item.latitude = latitude
    item.longitude = longitude
  }

  private func localized(_ value: JSONValue?, _ field: String, _ line: Int, _ faults: inout FaultList) -> LocalizedText {
    guard let value else { return [:] }
    guard let object = value.object else {
      faults.error(file, line, field, "is not an object of languages", "Write `{\"en\": …}`")
      return [:]
    }
    var result: LocalizedText = [:]
    for (language, part) in object {
      guard known(language, field, line, &faults) else { continue }
      if let text = part.string, !text.isEmpty {
        result[language] = text
      } else {
        faults.error(file, line, "\(field).\(language)", "is not a text", "Put the text in quotes")
      }
    }
    return result
  }

  private func lists(_ value: JSONValue?, _ field: String, _ line: Int, _ faults: inout FaultList) -> [String: [String]] {
    guard let value else { return [:] }
    guard let object = value.object else {
      faults.error(file, line, field, "is not an object of languages", "Write `{\"en\": [\"…\"]}`")
      return [:]
    }
    var result: [String: [String]] = [:]
    for (language, part) in object {
      guard known(language, field, line, &faults) else { continue }
      let texts = part.array?.compactMap(\.string)
      if let texts, texts.count == part.array?.count {
        result[language] = texts
      } else {
        faults.error(file, line, "\(field).\(language)", "is not a list of texts", "Write `[\"…\", \"…\"]`")
      }
    }
    return result
  }

  private func known(_ language: String, _ field: String, _ line: Int, _ faults: inout FaultList) -> Bool {
    if manifest.languages.contains(language) { return true }
    faults.error(
      file, line, "\(field).\(language)", "is a language that pack.yaml does not list",
      "Add \"\(language)\" to `languages`, or remove the text")
    return false
  }
}
