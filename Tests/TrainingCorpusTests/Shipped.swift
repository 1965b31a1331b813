import Foundation
import Frames
import Knowledge

/// The packs of this repository, read once.
enum Shipped {
  static let root: URL = {
    var url = URL(fileURLWithPath: #filePath)
    while url.path != "/", !FileManager.default.fileExists(atPath: url.appendingPathComponent("domains").path) {
      url.deleteLastPathComponent()
    }
    return url
  }()

  static let packs: [String: Pack] = {
    var packs: [String: Pack] = [:]
    for id in ids {
      guard var pack = try? PackReader.read(root.appendingPathComponent("domains/\(id)")) else { continue }
      // A pack that has no examples of its own yet is filled with some that need nothing special.
      if pack.replies.isEmpty { pack.replies = samples(pack) }
      packs[id] = pack
    }
    return packs
  }()

  static let ids = ["films", "tokyo"]

  static func pack(_ id: String) throws -> Pack {
    guard let pack = packs[id] else { throw CocoaError(.fileNoSuchFile) }
    return pack
  }

  /// The pack with a part of its utterances, for tests that go through all of a corpus.
  static func small(_ id: String, every stride: Int = 12) throws -> Pack {
    var pack = try pack(id)
    pack.utterances = pack.utterances.enumerated().filter { $0.offset % stride == 0 }.map(\.element)
    pack.replies = samples(pack)
    return pack
  }

  static func samples(_ pack: Pack) -> [ReplyExample] {
    func example(_ user: String, _ language: String, _ items: [[ReplyCondition]], _ reply: String) -> ReplyExample? {
      guard let user = try? ReplyTemplate(user), let reply = try? ReplyTemplate(reply) else { return nil }
      return ReplyExample(user: user, language: language, goal: .recommend, items: items, reply: reply)
    }
    let kind = ReplyCondition(slot: "kind", value: .sameAs(item: 0))
    let quiet = ReplyCondition(slot: "mood", value: .value("quiet"))
    return [
      example("Too loud here", "en", [[quiet]], "{1.mood}, then: {1} is {1.a.kind}. {1.about}"),
      example("Any {1.kind}?", "en", [[], [kind]], "{1} and {2} are both of that kind. {1.fact}"),
      example("静かなのがいい", "ja", [[quiet]], "{1}は{1.mood}です。{1.about}"),
      example("{1.kind}が好き", "ja", [[], [kind]], "{1}と{2}があります。{2.fact}"),
    ].compactMap { $0 }
  }
}
