import ArgumentParser
import Foundation
import OsusumeClient
import Wire

/// `osusume`: what a person types. Without a subcommand it chats.
struct Osusume: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "osusume",
    abstract: "Recommendations in conversation, on your own machine.",
    version: "0.1.0",
    subcommands: [
      ChatCommand.self, AskCommand.self, UnderstandCommand.self, RecommendCommand.self, ExplainCommand.self,
      HistoryCommand.self, PackCommand.self, ModelCommand.self, StatusCommand.self, StopCommand.self,
    ], defaultSubcommand: ChatCommand.self)
}

@main
enum Program {
  /// Exit codes are a contract: 0 done, 1 failed, 2 wrong usage, 3 no daemon.
  static func main() async {
    do {
      var command = try Osusume.parseAsRoot()
      if var asynchronous = command as? any AsyncParsableCommand {
        try await asynchronous.run()
      } else {
        try command.run()
      }
    } catch let error as NoDaemon {
      Terminal.note("osusume: \(error)")
      exit(3)
    } catch let error as ConnectionError {
      Terminal.note("osusume: \(error)")
      exit(3)
    } catch let error as RPCError {
      Terminal.note("osusume: \(error)")
      exit(1)
    } catch {
      let code = Osusume.exitCode(for: error)
      let message = Osusume.fullMessage(for: error)
      if code == .success {
        Terminal.out(message + "\n")
        exit(0)
      }
      if !message.isEmpty { Terminal.note(message) }
      exit(code == .validationFailure ? 2 : 1)
    }
  }
}
