import Foundation
import Frames
import OsusumeClient
import Wire

/// No daemon, and none could be started.
struct NoDaemon: Error, CustomStringConvertible {
  var description: String
}

/// Connects to the daemon of a data folder; starts one where none runs.
struct DaemonStarter {
  let places: Places
  let pack: String
  let keepsHistory: Bool

  func connect() async throws -> OsusumeClient {
    if let client = try? OsusumeClient(socket: places.socket) {
      if try await isCurrent(client) { return client }
      // The program was built anew since: what answers is the old one.
      try await Self.stop(client, places)
    }
    return try await start()
  }

  /// Nil where no daemon runs.
  static func running(_ places: Places) -> OsusumeClient? { try? OsusumeClient(socket: places.socket) }

  private func isCurrent(_ client: OsusumeClient) async throws -> Bool {
    guard let started = try await client.call("daemon.info")["started"]?.number,
      let built = try? FileManager.default.attributesOfItem(atPath: Installation.sibling("osusumed").path)[.modificationDate] as? Date
    else { return true }
    return built.timeIntervalSince1970 < started
  }

  static func stop(_ client: OsusumeClient, _ places: Places) async throws {
    guard let pid = try await client.call("daemon.info")["pid"]?.number else { return }
    client.close()
    kill(pid_t(pid), SIGTERM)
    for _ in 0..<100 where FileManager.default.fileExists(atPath: places.socket.path) {
      try await Task.sleep(for: .milliseconds(50))
    }
  }

  private func start() async throws -> OsusumeClient {
    let program = Installation.sibling("osusumed")
    guard FileManager.default.isExecutableFile(atPath: program.path) else {
      throw NoDaemon(description: "No daemon runs, and \(program.path) is not there to start one. Build it with `make`.")
    }
    try FileManager.default.createDirectory(at: places.data, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
    guard FileManager.default.createFile(atPath: places.log.path, contents: nil, attributes: [.posixPermissions: 0o600]) else {
      throw NoDaemon(description: "The log \(places.log.path) cannot be written. Choose another folder with --data.")
    }
    let log = try FileHandle(forWritingTo: places.log)
    let process = Process()
    process.executableURL = program
    process.arguments =
      ["--background", "--data", places.data.path, "--socket", places.socket.path, "--pack", pack] + (keepsHistory ? [] : ["--no-history"])
    process.standardInput = FileHandle.nullDevice
    process.standardOutput = log
    process.standardError = log
    try process.run()
    // The first start trains the pack's heads and encodes its catalogue, a minute or two on two cores; later ones read them. A daemon
    // that fails ends, so the limit is only for one that hangs.
    for attempt in 0..<18_000 {
      if let client = try? OsusumeClient(socket: places.socket) { return client }
      if !process.isRunning {
        let said = (try? String(contentsOf: places.log, encoding: .utf8)) ?? ""
        throw NoDaemon(description: said.split(separator: "\n").last.map(String.init) ?? "The daemon ended at once; see \(places.log.path)")
      }
      if attempt == 40 { Terminal.note("Starting; the first start of a pack takes about a minute …") }
      try await Task.sleep(for: .milliseconds(50))
    }
    process.terminate()
    throw NoDaemon(description: "The daemon did not get ready within a quarter of an hour. See \(places.log.path).")
  }
}
