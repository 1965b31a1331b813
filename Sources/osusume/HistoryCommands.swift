import ArgumentParser
import Evaluation
import Foundation
import Frames
import OsusumeClient
import Wire

struct HistoryCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "history", abstract: "What was said, on this machine only.",
    subcommands: [HistoryList.self, HistoryShow.self, HistoryExport.self, HistoryForget.self], defaultSubcommand: HistoryList.self)
}

struct HistoryPrinter {
  let terminal: Terminal

  func list(_ client: OsusumeClient, search: String?) async throws {
    var params: [String: JSONValue] = [:]
    if let search { params["search"] = .string(search) }
    Terminal.out(text(try await client.call("chat.list", params)))
  }

  func text(_ result: JSONValue) -> String {
    (result["conversations"]?.array ?? []).map { entry in
      let at = Date(timeIntervalSince1970: entry["updated"]?.number ?? 0)
      let day = at.formatted(.iso8601.year().month().day().dateSeparator(.dash))
      let title = entry["title"]?.string ?? ""
      return
        "\(entry["id"]?.string ?? "")  \(day)  \(DisplayWidth.padded(entry["pack"]?.string ?? "", to: 8)) \(String(format: "%3d", Int(entry["turns"]?.number ?? 0)))  \(DisplayWidth.padded(title, to: max(10, terminal.columns - 48)))\n"
    }.joined()
  }

  func show(_ client: OsusumeClient, _ conversation: String) async throws {
    Terminal.out(turns(try await client.call("chat.history", ["conversation": .string(conversation)])))
  }

  func turns(_ result: JSONValue) -> String {
    let columns = terminal.columns
    return (result["turns"]?.array ?? []).map { turn in
      var wrapper = LineWrapper(columns: columns)
      return terminal.bold("> \(turn["text"]?.string ?? "")") + "\n" + wrapper.wrap(turn["reply"]?.string ?? "") + "\n"
    }.joined(separator: "\n")
  }
}

struct HistoryList: AsyncParsableCommand {
  static let configuration = CommandConfiguration(commandName: "list", abstract: "List conversations, newest first.")
  @OptionGroup var options: GlobalOptions
  @Option(help: "Only those in which this was said.") var search: String?

  func run() async throws {
    var params: [String: JSONValue] = [:]
    if let search { params["search"] = .string(search) }
    let result = try await options.connect().call("chat.list", params)
    try options.show(result) { HistoryPrinter(terminal: Terminal()).text(result) }
  }
}

struct HistoryShow: AsyncParsableCommand {
  static let configuration = CommandConfiguration(commandName: "show", abstract: "Print a conversation.")
  @OptionGroup var options: GlobalOptions
  @Argument(help: "Id of the conversation.") var conversation: String

  func run() async throws {
    let result = try await options.connect().call("chat.history", ["conversation": .string(conversation)])
    try options.show(result) { HistoryPrinter(terminal: Terminal()).turns(result) }
  }
}

struct HistoryExport: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "export", abstract: "Print a conversation as a replayable one (JSON lines), so that a bad experience becomes a test.")
  @OptionGroup var options: GlobalOptions
  @Argument(help: "Id of the conversation; all of them with --all.") var conversation: String?
  @Flag(help: "Every conversation.") var all = false

  func run() async throws {
    let client = try await options.connect()
    var ids = conversation.map { [$0] } ?? []
    if all {
      ids = (try await client.call("chat.list", ["limit": .number(1000)])["conversations"]?.array ?? []).compactMap { $0["id"]?.string }
    }
    guard !ids.isEmpty || all else { throw ValidationError("Name a conversation, or say --all.") }
    for id in ids {
      let stored = try await client.call("chat.history", ["conversation": .string(id)])
      Terminal.out(try ConversationScript(stored: stored, name: id).lines())
    }
  }
}

struct HistoryForget: AsyncParsableCommand {
  static let configuration = CommandConfiguration(commandName: "forget", abstract: "Erase a conversation, or all, for good.")
  @OptionGroup var options: GlobalOptions
  @Argument(help: "Id of the conversation.") var conversation: String?
  @Flag(help: "Every conversation and all feedback.") var all = false

  func run() async throws {
    guard all != (conversation != nil) else { throw ValidationError("Name one conversation, or say --all.") }
    let params: [String: JSONValue] = all ? ["all": .bool(true)] : ["conversation": .string(conversation ?? "")]
    let result = try await options.connect().call("chat.forget", params)
    LineReader.forget(options.places.lineHistory)
    try options.show(result) { "forgotten: \(Int(result["forgotten"]?.number ?? 0))" }
  }
}
