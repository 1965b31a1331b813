import Foundation
import Frames
import Knowledge

/// Keeps trained heads between starts, under a name that changes with anything they were trained on.
struct HeadStore {
  private let file: URL
  /// What the names of all heads of this language begin with.
  private let prefix: String

  init(folder: URL, utterances: [LabelledUtterance], pack: Pack, encoded: Bool) {
    var digest = FeatureExtractor.hash("heads-17 \(encoded) \(pack.manifest.id)")
    for utterance in utterances {
      digest = digest &* 31 &+ FeatureExtractor.hash(utterance.text + utterance.goal.rawValue + "\(utterance.constraints)")
      digest = digest &* 31 &+ FeatureExtractor.hash("\(utterance.act) \(utterance.indirect) \(String(describing: utterance.sentiment))")
    }
    for (node, labels) in pack.graph.labels.sorted(by: { $0.key < $1.key }) {
      let aliases = (pack.graph.aliases[node] ?? [:]).values.joined().sorted()
      digest = digest &* 31 &+ FeatureExtractor.hash(node + labels.values.sorted().joined() + aliases.joined())
    }
    for slot in pack.manifest.slots {
      for value in slot.values {
        let words = "\(value.synonyms.sorted { $0.key < $1.key })\(value.except.sorted { $0.key < $1.key })"
        digest = digest &* 31 &+ FeatureExtractor.hash(slot.name + value.id + words)
      }
    }
    let language = utterances.first?.language ?? "none"
    prefix = "heads.\(language)."
    file = folder.appendingPathComponent("heads.\(language).\(String(digest, radix: 16)).plist")
  }

  /// The kept heads, or nil when there are none or they cannot be read: they are derived and can be trained again.
  func load() -> IntentModel? {
    guard let data = try? Data(contentsOf: file) else { return nil }
    return try? PropertyListDecoder().decode(IntentModel.self, from: data)
  }

  func save(_ model: IntentModel) throws {
    let encoder = PropertyListEncoder()
    encoder.outputFormat = .binary
    let folder = file.deletingLastPathComponent()
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    // Heads of older data are of no use to anyone.
    for name in try FileManager.default.contentsOfDirectory(atPath: folder.path) where name.hasPrefix(prefix) {
      try FileManager.default.removeItem(at: folder.appendingPathComponent(name))
    }
    try encoder.encode(model).write(to: file, options: .atomic)
  }
}
