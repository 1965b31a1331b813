import ArgumentParser
import Daemon
import Foundation
import Logging
import Wire

/// `osusumed`: serves packs on a Unix socket until SIGTERM or SIGINT.
@main
struct Osusumed: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "osusumed", abstract: "The Osusume daemon: recommends in conversation over a Unix socket.")

  @Option(help: "Folder for all state (else OSUSUME_HOME, else the XDG state folder).") var data: String?
  @Option(help: "Socket path.") var socket: String?
  @Option(help: "Pack that is used where a request names none.") var pack = "tokyo"
  @Option(help: "Folder in which packs lie; may be given several times.") var domains: [String] = []
  @Option(help: "Folder of the sentence encoder.") var encoder: String?
  @OptionGroup(title: "Language model") var model: ModelOptions
  @Flag(help: "Keep nothing of what is said on disk.") var noHistory = false
  @Flag(help: "Leave the terminal's session, as a daemon started by `osusume` does.") var background = false
  @Option(help: "trace, debug, info, notice, warning, error.") var logLevel: String = "info"

  func run() async throws {
    if background { setsid() }
    guard let level = Logger.Level(rawValue: logLevel) else { throw ValidationError("no log level \"\(logLevel)\"") }
    LoggingSystem.bootstrap(StreamLogHandler.standardError)
    var log = Logger(label: "osusumed")
    log.logLevel = level
    let places = Places(data: data, socket: socket)
    let configuration = DaemonConfiguration(
      places: places,
      domains: domains.map { URL(fileURLWithPath: $0) } + Installation.domains(places),
      encoder: encoder.map { URL(fileURLWithPath: $0) } ?? Installation.encoder(places), defaultPack: pack,
      keepsHistory: !noHistory, models: try model.configuration(places))
    do {
      try await Daemon(configuration, log: log).run()
    } catch {
      FileHandle.standardError.write(Data("osusumed: \(error)\n".utf8))
      throw ExitCode(1)
    }
  }
}
