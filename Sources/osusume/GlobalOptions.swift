import ArgumentParser
import Foundation
import Frames
import OsusumeClient
import Wire

/// What every command takes.
struct GlobalOptions: ParsableArguments {
  @Flag(help: "Print JSON.") var json = false
  @Option(help: "Socket of the daemon.") var socket: String?
  @Option(help: "Pack to use.") var pack: String?
  @Option(help: "Folder for all state (else OSUSUME_HOME, else the XDG state folder).") var data: String?
  @Flag(help: "Where a daemon is started, keep nothing of what is said on disk.") var noHistory = false

  var places: Places { Places(data: data, socket: socket) }

  func connect() async throws -> OsusumeClient {
    try await DaemonStarter(places: places, pack: pack ?? "tokyo", keepsHistory: !noHistory).connect()
  }

  /// Prints the result as JSON, or as `text` says.
  func show(_ result: JSONValue, _ text: () throws -> String) throws {
    let line = json ? try result.line() : try text()
    Terminal.out(line.hasSuffix("\n") || line.isEmpty ? line : line + "\n")
  }

  func withPack(_ params: [String: JSONValue]) -> [String: JSONValue] {
    var all = params
    if let pack { all["pack"] = .string(pack) }
    return all
  }
}

/// The words of the command line, or standard input where that is not a terminal.
func textArgument(_ words: [String]) throws -> String {
  let joined = words.joined(separator: " ")
  if !joined.isEmpty { return joined }
  if isatty(STDIN_FILENO) == 0, let text = String(data: FileHandle.standardInput.readDataToEndOfFile(), encoding: .utf8) {
    let trimmed = text.trimmingCharacters(in: .whitespacesAndNewlines)
    if !trimmed.isEmpty { return trimmed }
  }
  throw ValidationError("Missing TEXT: give it as words, or on standard input.")
}
