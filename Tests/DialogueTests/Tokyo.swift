import Dialogue
import Foundation
import Knowledge
import LanguageModel

/// The packs of the repository, ready to serve; what is derived from them is shared between runs.
enum Shipped {
  static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
  private static let encoder = Result {
    CachedEncoder(try MiniLM(folder: root.appendingPathComponent(".build-encoder/all-MiniLM-L6-v2")), capacity: 8192)
  }

  static func pack(_ id: String) throws -> Pack { try PackReader.read(root.appendingPathComponent("domains/\(id)")) }

  private static func runtime(_ id: String) throws -> PackRuntime {
    try PackRuntime(pack: pack(id), encoder: encoder.get(), cache: root.appendingPathComponent(".build-cache"))
  }

  private static let kept = Result { try runtime("tokyo") }
  static func tokyo() throws -> PackRuntime { try kept.get() }

  static let ids = ((try? FileManager.default.contentsOfDirectory(atPath: root.appendingPathComponent("domains").path)) ?? []).sorted()
}
