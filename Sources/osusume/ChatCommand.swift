import ArgumentParser
import Foundation
import Frames
import OsusumeClient
import Wire

struct ChatCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(commandName: "chat", abstract: "Chat (the default). Piped lines are answered one by one.")
  @OptionGroup var options: GlobalOptions
  @Option(help: "Go on in this conversation.") var conversation: String?

  func run() async throws {
    let client = try await options.connect()
    var session = try await ChatSession(client: client, options: options, conversation: conversation)
    if isatty(STDIN_FILENO) == 1 {
      try await session.converse()
    } else {
      try await session.batch()
    }
  }
}
