import Foundation
import Frames
import OsusumeClient
import Synchronization
import Wire

/// One chat: the conversation it is in, what is on screen, and the slash commands.
struct ChatSession {
  let client: OsusumeClient
  let options: GlobalOptions
  private(set) var conversation: String
  private(set) var pack: String
  private(set) var items: [RecommendedItem] = []
  private var language = "en"
  private let terminal = Terminal()

  static let commands = ["/why", "/like", "/dislike", "/known", "/more", "/pack", "/new", "/history", "/forget", "/help", "/quit"]

  init(client: OsusumeClient, options: GlobalOptions, conversation: String?) async throws {
    self.client = client
    self.options = options
    if let conversation {
      let stored = try await client.call("chat.history", ["conversation": .string(conversation)])
      self.conversation = conversation
      pack = stored["pack"]?.string ?? ""
      items = try stored["turns"]?.array?.last { !($0["items"]?.array ?? []).isEmpty }?["items"]?.decode([RecommendedItem].self) ?? []
      language = stored["state"]?["language"]?.string ?? "en"
    } else {
      let opened = try await client.call("chat.open", options.withPack([:]))
      self.conversation = opened["conversation"]?.string ?? ""
      pack = opened["pack"]?.string ?? ""
    }
  }

  // MARK: ways to run

  /// At a terminal.
  mutating func converse() async throws {
    let reader = LineReader(historyFile: options.places.lineHistory)
    let info = try await client.call("pack.info", ["pack": .string(pack)])
    Terminal.out(
      terminal.bold("Osusume")
        + terminal.dim("  \(info["name"]?["en"]?.string ?? pack) · \(Int(info["items"]?.number ?? 0)) items · /help\n\n"))
    while let line = reader.read("> ", completing: Self.commands + items.map(\.name)) {
      let text = line.trimmingCharacters(in: .whitespaces)
      if text.isEmpty { continue }
      if ["/quit", "/exit"].contains(text) { break }
      do {
        try await handle(text)
      } catch let error as RPCError {
        Terminal.note(error.description)
      }
      // Sentences typed are part of what is said: with no history, none of them is kept either.
      if !options.noHistory { reader.keep() }
      Terminal.out("\n")
    }
    Terminal.out("\n")
  }

  /// Lines from a file or a pipe.
  mutating func batch() async throws {
    var first = true
    while let line = readLine() {
      let text = line.trimmingCharacters(in: .whitespaces)
      if text.isEmpty { continue }
      if ["/quit", "/exit"].contains(text) { break }
      if !first, !options.json { Terminal.out("\n") }
      first = false
      try await handle(text)
    }
  }

  private mutating func handle(_ text: String) async throws {
    if text.hasPrefix("/") { try await command(text) } else { try await say(text) }
  }

  // MARK: speaking

  mutating func say(_ text: String) async throws {
    let params: [String: JSONValue] = [
      "conversation": .string(conversation), "text": .string(text), "stream": .bool(!options.json),
    ]
    let streamed = Mutex("")
    let current = Mutex<RequestID?>(nil)
    let wrapper = Mutex(LineWrapper(columns: terminal.columns))
    let (client, isTerminal) = (client, terminal.isTerminal)
    // Ctrl-C while an answer comes cancels the answer, not the chat.
    let watcher = Task {
      while !Task.isCancelled {
        if LineReader.interrupted(), let id = current.withLock({ $0 }) { try? await client.cancel(id) }
        try? await Task.sleep(for: .milliseconds(40))
      }
    }
    defer { watcher.cancel() }
    let result: JSONValue
    do {
      result = try await client.call("chat.send", params, started: { id in current.withLock { $0 = id } }) { part in
        streamed.withLock { $0 += part }
        Terminal.out(isTerminal ? wrapper.withLock { $0.wrap(part) } : part)
      }
    } catch let error as RPCError where error.reason == "cancelled" {
      Terminal.out("\n" + terminal.dim("(cancelled)") + "\n")
      return
    }
    let shown = try result["items"]?.decode([RecommendedItem].self) ?? []
    let goal = result["frame"]?["goal"]?.string
    if !shown.isEmpty, goal != "explain" { items = shown }
    language = result["frame"]?["language"]?.string ?? language
    if options.json { Terminal.out(try result.line() + "\n") } else { Terminal.out("\n") }
  }

  // MARK: commands

  private mutating func command(_ text: String) async throws {
    let words = text.split(separator: " ").map(String.init)
    let argument = words.dropFirst().joined(separator: " ")
    switch words[0] {
    case "/help": Terminal.out(Self.help(language))
    case "/why": try await why(argument)
    case "/like": try await feedback("like", argument)
    case "/dislike": try await feedback("dislike", argument)
    case "/known": try await feedback("known", argument)
    case "/more": try await say(language == "ja" ? "ほかには？" : "What else is there?")
    case "/pack": try await choosePack(argument)
    case "/new":
      try await open(pack)
      Terminal.out(language == "ja" ? "新しい会話を始めます。\n" : "A new conversation.\n")
    case "/history": try await showHistory(argument)
    case "/forget": try await forget()
    default: Terminal.note(language == "ja" ? "\(words[0]) というコマンドはありません。/help をどうぞ。" : "There is no \(words[0]). Try /help.")
    }
  }

  private func item(_ argument: String) -> RecommendedItem? {
    if let number = Int(argument), items.indices.contains(number - 1) { return items[number - 1] }
    if let named = items.first(where: { $0.name.lowercased() == argument.lowercased() }) { return named }
    Terminal.note(
      items.isEmpty
        ? (language == "ja" ? "まだ何も表示していません。" : "Nothing has been suggested yet.")
        : (language == "ja" ? "1 から \(items.count) の番号を付けてください。" : "Give a number from 1 to \(items.count)."))
    return nil
  }

  private func why(_ argument: String) async throws {
    guard let item = item(argument.isEmpty ? "1" : argument) else { return }
    let result = try await client.call(
      "explain", ["conversation": .string(conversation), "item": .string(item.id), "language": .string(language)])
    var wrapper = LineWrapper(columns: terminal.columns)
    Terminal.out(wrapper.wrap(result["reply"]?.string ?? "") + "\n")
  }

  private func feedback(_ kind: String, _ argument: String) async throws {
    guard let item = item(argument) else { return }
    _ = try await client.call(
      "feedback", ["conversation": .string(conversation), "item": .string(item.id), "kind": .string(kind)])
    let noted =
      [
        "like": ("Noted: more like \(item.name).", "\(item.name)が好み、と覚えました。"),
        "dislike": ("Noted: no more \(item.name).", "\(item.name)は今後外します。"),
        "known": ("Noted: you know \(item.name).", "\(item.name)はご存じ、と覚えました。"),
      ][kind] ?? ("", "")
    Terminal.out((language == "ja" ? noted.1 : noted.0) + "\n")
  }

  private mutating func choosePack(_ argument: String) async throws {
    if !argument.isEmpty {
      try await open(argument)
      Terminal.out("\(pack)\n")
      return
    }
    for entry in try await client.call("pack.list")["packs"]?.array ?? [] {
      let id = entry["id"]?.string ?? ""
      let about = entry["description"]?[language]?.string ?? entry["description"]?["en"]?.string ?? ""
      Terminal.out("\(id == pack ? "*" : " ") \(DisplayWidth.padded(id, to: 16)) \(about)\n")
    }
  }

  private mutating func open(_ name: String) async throws {
    conversation = try await client.call("chat.open", ["pack": .string(name)])["conversation"]?.string ?? ""
    pack = name
    items = []
  }

  private func showHistory(_ search: String) async throws {
    if !search.isEmpty {
      try await HistoryPrinter(terminal: terminal).list(client, search: search)
    } else {
      try await HistoryPrinter(terminal: terminal).show(client, conversation)
    }
  }

  private mutating func forget() async throws {
    _ = try await client.call("chat.forget", ["conversation": .string(conversation)])
    // The lines typed are words of the conversation too.
    LineReader.forget(options.places.lineHistory)
    try await open(pack)
    Terminal.out(language == "ja" ? "この会話を消しました。ここからは新しい会話です。\n" : "This conversation is erased. Here begins a new one.\n")
  }

  private static func help(_ language: String) -> String {
    language == "ja"
      ? """
      そのまま話しかけてください。「足が疲れた」「雨だ」「もっと安く」「1番と2番を比べて」「半日のプラン」など。
      /why N      N番を選んだ理由      /like N /dislike N /known N   好み・不要・既知として覚える
      /more       ほかの候補            /pack [名前]   分野の一覧・切り替え
      /new        新しい会話            /history [言葉]   この会話・検索
      /forget     この会話を完全に消す  Ctrl-C 返事を止める  Ctrl-D 終わる

      """
      : """
      Just talk: "my feet hurt", "it's pouring", "cheaper", "compare 1 and 2", "plan half a day".
      /why N      why N is suggested          /like N /dislike N /known N   remember it
      /more       other suggestions           /pack [name]    list packs, or switch
      /new        a new conversation          /history [words]  this conversation, or a search
      /forget     erase this conversation     Ctrl-C stops a reply, Ctrl-D leaves

      """
  }
}
