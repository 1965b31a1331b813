import ArgumentParser
import Foundation
import Frames
import OsusumeClient
import Wire

struct AskCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(commandName: "ask", abstract: "Say one thing and print the reply.")
  @OptionGroup var options: GlobalOptions
  @Option(help: "Go on in this conversation.") var conversation: String?
  @Argument(help: "What to say.") var text: [String] = []

  func run() async throws {
    var params: [String: JSONValue] = options.withPack(["text": .string(try textArgument(text))])
    if let conversation { params["conversation"] = .string(conversation) }
    let result = try await options.connect().call("chat.send", params)
    try options.show(result) { result["reply"]?.string ?? "" }
  }
}

struct UnderstandCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "understand", abstract: "Print the Frame of a text: what was said, what is wanted.")
  @OptionGroup var options: GlobalOptions
  @Argument(help: "The text.") var text: [String] = []

  func run() async throws {
    let result = try await options.connect().call("understand", options.withPack(["text": .string(try textArgument(text))]))
    try options.show(result) { Self.describe(try result.decode(Frame.self)) }
  }

  static func describe(_ frame: Frame) -> String {
    var lines = [
      "act         \(frame.act.rawValue)",
      "goal        \(frame.goal.rawValue)\(frame.indirect ? " (indirect)" : "")  p=\(String(format: "%.2f", frame.confidence))",
    ]
    lines.append("rewrite     \(frame.rewrite)")
    for entity in frame.entities { lines.append("entity      \(entity.surface) = \(entity.id) [\(entity.start)–\(entity.end)]") }
    for constraint in frame.constraints {
      lines.append(
        "constraint  \(constraint.polarity.rawValue)\(constraint.slot) \(constraint.op.rawValue) \(constraint.value.joined(separator: "|")) (\(constraint.strength.rawValue))"
      )
    }
    if !frame.references.isEmpty { lines.append("references  \(frame.references.joined(separator: ", "))") }
    if let sentiment = frame.sentiment { lines.append("sentiment   \(sentiment.rawValue)") }
    lines.append("language    \(frame.language)")
    let others = frame.alternatives.map { "\($0.goal.rawValue) \(String(format: "%.2f", $0.probability))" }
    if !others.isEmpty { lines.append("otherwise   \(others.joined(separator: ", "))") }
    return lines.joined(separator: "\n")
  }
}

struct RecommendCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "recommend", abstract: "Print recommendations for a request, without a conversation.")
  @OptionGroup var options: GlobalOptions
  @Option(help: "How many.") var limit = 5
  @Option(help: "Context, e.g. weather=rain; may be given several times.") var context: [String] = []
  @Argument(help: "The request.") var text: [String] = []

  func run() async throws {
    var features: [String: JSONValue] = [:]
    for pair in context {
      let parts = pair.split(separator: "=", maxSplits: 1).map(String.init)
      guard parts.count == 2 else { throw ValidationError("--context takes name=value, not \"\(pair)\"") }
      features[parts[0]] = .string(parts[1])
    }
    let result = try await options.connect().call(
      "recommend",
      options.withPack(["text": .string(try textArgument(text)), "limit": .number(Double(limit)), "context": .object(features)]))
    try options.show(result) { try Self.describe(result) }
  }

  static func describe(_ result: JSONValue) throws -> String {
    let items = try result["items"]?.decode([RecommendedItem].self) ?? []
    return items.enumerated().map { index, item in
      "\(index + 1). \(item.name) [\(item.id)]\n   → \(item.reasons.map(\.text).joined(separator: " · "))"
    }.joined(separator: "\n")
  }
}

struct ExplainCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(commandName: "explain", abstract: "Print why an item is suggested.")
  @OptionGroup var options: GlobalOptions
  @Option(help: "The conversation in which it was shown.") var conversation: String?
  @Option(help: "Language of the answer.") var language: String?
  @Argument(help: "Id of the item.") var item: String

  func run() async throws {
    var params: [String: JSONValue] = options.withPack(["item": .string(item)])
    if let conversation { params["conversation"] = .string(conversation) }
    if let language { params["language"] = .string(language) }
    let result = try await options.connect().call("explain", params)
    try options.show(result) { result["reply"]?.string ?? "" }
  }
}

struct StatusCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "status", abstract: "Print whether a daemon runs, its packs and its latencies.")
  @OptionGroup var options: GlobalOptions

  func run() async throws {
    guard let client = DaemonStarter.running(options.places) else {
      throw NoDaemon(description: "No daemon runs for \(options.places.socket.path).")
    }
    let info = try await client.call("daemon.info")
    let stats = try await client.call("daemon.stats")
    try options.show(.object(["info": info, "stats": stats])) {
      var lines = ["osusumed \(info["version"]?.string ?? "") (pid \(Int(info["pid"]?.number ?? 0))) on \(options.places.socket.path)"]
      lines.append("packs      \((info["packs"]?.array ?? []).compactMap(\.string).joined(separator: ", "))")
      lines.append("history    \(info["historyOnDisk"]?.bool == true ? options.places.history.path : "not kept on disk")")
      for (stage, value) in (stats["latencyMilliseconds"]?.object ?? [:]).sorted(by: { $0.key < $1.key }) {
        lines.append(
          "\(stage.padding(toLength: 10, withPad: " ", startingAt: 0)) p50 \(String(format: "%.2f", value["p50"]?.number ?? 0)) ms, p99 \(String(format: "%.2f", value["p99"]?.number ?? 0)) ms"
        )
      }
      for (name, value) in (stats["counters"]?.object ?? [:]).sorted(by: { $0.key < $1.key }) where value.number ?? 0 > 0 {
        lines.append("\(name): \(Int(value.number ?? 0))")
      }
      return lines.joined(separator: "\n")
    }
  }
}

struct StopCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(commandName: "stop", abstract: "End the daemon; answers in flight finish.")
  @OptionGroup var options: GlobalOptions

  func run() async throws {
    guard let client = DaemonStarter.running(options.places) else {
      throw NoDaemon(description: "No daemon runs for \(options.places.socket.path).")
    }
    try await DaemonStarter.stop(client, options.places)
    try options.show(.object(["stopped": .bool(true)])) { "stopped" }
  }
}
