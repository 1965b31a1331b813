import Foundation

/// Where a daemon keeps its state and listens.
public struct Places: Sendable, Hashable {
  /// Everything that is kept.
  public var data: URL
  public var socket: URL

  public var history: URL { data.appendingPathComponent("history.sqlite") }
  /// Derived files: heads, vectors. May be deleted at any time; `OSUSUME_CACHE` shares one between data folders.
  public var cache: URL
  /// Weights of language models, packed for this machine; may be deleted at any time.
  public var packedModels: URL { cache.appendingPathComponent("models") }
  public var log: URL { data.appendingPathComponent("osusumed.log") }
  public var lineHistory: URL { data.appendingPathComponent("chat_history") }

  /// - Parameters:
  ///   - data: `--data`, which also moves the socket.
  ///   - socket: `--socket`.
  public init(data: String?, socket: String?, environment: [String: String] = ProcessInfo.processInfo.environment) {
    let home = environment["HOME"] ?? NSHomeDirectory()
    let chosen = data ?? environment["OSUSUME_HOME"].flatMap { $0.isEmpty ? nil : $0 }
    let folder: URL
    if let chosen {
      folder = URL(fileURLWithPath: chosen)
    } else {
      let state = environment["XDG_STATE_HOME"].flatMap { $0.isEmpty ? nil : $0 } ?? home + "/.local/state"
      folder = URL(fileURLWithPath: state).appendingPathComponent("osusume")
    }
    self.data = folder
    cache =
      environment["OSUSUME_CACHE"].flatMap { $0.isEmpty ? nil : URL(fileURLWithPath: $0) } ?? folder.appendingPathComponent("cache")
    if let socket {
      self.socket = URL(fileURLWithPath: socket)
    } else if chosen == nil, let runtime = environment["XDG_RUNTIME_DIR"], !runtime.isEmpty {
      self.socket = URL(fileURLWithPath: runtime).appendingPathComponent("osusume/osusume.sock")
    } else {
      self.socket = folder.appendingPathComponent("osusume.sock")
    }
  }
}
