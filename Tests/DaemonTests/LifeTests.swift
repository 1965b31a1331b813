import Foundation
import Frames
import OsusumeClient
import Testing
import Wire

@Suite(.serialized) struct LifeTests {
  @Test func sigtermLetsAnswersFinishAndRemovesTheSocket() async throws {
    let daemon = try await RunningDaemon()
    let connection = try RawConnection(daemon.places.socket)
    for id in 0..<20 {
      connection.send(#"{"jsonrpc":"2.0","id":\#(id),"method":"chat.send","params":{"text":"Quiet temples \#(id)"}}"# + "\n")
    }
    #expect(try connection.receive()?["result"] != nil)
    #expect(daemon.stop() == 0)
    #expect(!FileManager.default.fileExists(atPath: daemon.places.socket.path))
    // What was begun was answered, each line whole.
    while let answer = try connection.receive() { #expect(answer["result"] != nil) }
  }

  @Test func aStaleSocketIsRecovered() async throws {
    let daemon = try await RunningDaemon()
    kill(daemon.process.processIdentifier, SIGKILL)
    daemon.process.waitUntilExit()
    #expect(FileManager.default.fileExists(atPath: daemon.places.socket.path))
    try await daemon.start()
    #expect(try await daemon.client().call("daemon.health")["ready"] == .bool(true))
  }

  @Test func aSecondDaemonIsRefused() async throws {
    let daemon = try await Shared.daemon()
    let second = RunningDaemon.daemon(["--data", daemon.data.path])
    let errors = Pipe()
    second.standardError = errors
    try second.run()
    let said = String(decoding: errors.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    second.waitUntilExit()
    #expect(second.terminationStatus == 1)
    #expect(said.contains("Another daemon is serving"))
    #expect(try await daemon.client().call("daemon.health")["ready"] == .bool(true))
  }

  @Test func socketAndFolderAreForTheOwnerAlone() async throws {
    let daemon = try await Shared.daemon()
    func mode(_ url: URL) throws -> Int? { try FileManager.default.attributesOfItem(atPath: url.path)[.posixPermissions] as? Int }
    #expect(try mode(daemon.places.socket) == 0o600)
    #expect(try mode(daemon.data) == 0o700)
  }

  @Test func aConversationGoesOnAfterARestart() async throws {
    let daemon = try await RunningDaemon()
    let first = try await daemon.client().call("chat.send", ["text": .string("A quiet temple in Yanaka please")])
    let id = try #require(first["conversation"]?.string)
    #expect(daemon.stop() == 0)
    try await daemon.start()
    let second = try await daemon.client().call("chat.send", ["conversation": .string(id), "text": .string("What else is there?")])
    #expect(second["turn"] == .number(2))
    let before = Set((first["items"]?.array ?? []).compactMap { $0["id"]?.string })
    let after = Set((second["items"]?.array ?? []).compactMap { $0["id"]?.string })
    #expect(!after.isEmpty && before.isDisjoint(with: after))
  }

  @Test func withoutHistoryNothingIsOnDisk() async throws {
    let daemon = try await RunningDaemon(["--no-history"])
    let answer = try await daemon.client().call("chat.send", ["text": .string("A secret quince orchard")])
    #expect(answer["turn"] == .number(1))
    let files = FileManager.default.enumerator(at: daemon.data, includingPropertiesForKeys: [.isRegularFileKey])?.allObjects as? [URL] ?? []
    for file in files {
      guard let data = try? Data(contentsOf: file) else { continue }
      #expect(data.range(of: Data("quince".utf8)) == nil, "\(file.path)")
    }
  }

  @Test func forgetErasesTheBytes() async throws {
    let daemon = try await RunningDaemon()
    let client = try daemon.client()
    let id = try #require(try await client.call("chat.send", ["text": .string("A medlar-tasting in Ueno")])["conversation"]?.string)
    _ = try await client.call("chat.forget", ["conversation": .string(id)])
    for name in try FileManager.default.contentsOfDirectory(atPath: daemon.data.path) where name.hasPrefix("history") {
      let data = try Data(contentsOf: daemon.data.appendingPathComponent(name))
      #expect(data.range(of: Data("medlar".utf8)) == nil, "\(name)")
    }
    let error = await #expect(throws: RPCError.self) {
      try await client.call("chat.send", ["conversation": .string(id), "text": .string("hello")])
    }
    #expect(error?.reason == "unknown_conversation")
  }

  @Test func packsComeAndGoWhileItServes() async throws {
    let daemon = try await RunningDaemon()
    let client = try daemon.client()
    let folder = daemon.data.appendingPathComponent("new/games")
    let made = try RunningDaemon.osusume(["pack", "new", folder.path], data: daemon.data)
    #expect(made.status == 0, "\(made.err)")
    #expect(try RunningDaemon.osusume(["pack", "check", folder.path], data: daemon.data).status == 0)
    let busy = Task {
      for number in 0..<40 { _ = try await client.call("chat.send", ["text": .string("Gardens, please \(number)")]) }
    }
    #expect(try await client.call("pack.load", ["path": .string(folder.path)])["id"] == .string("games"))
    let answer = try await client.call("chat.send", ["pack": .string("games"), "text": .string("Something lively please")])
    #expect(answer["items"]?.array?.isEmpty == false)
    // A broken version is refused and the good one goes on.
    let items = folder.appendingPathComponent("catalog/items.jsonl")
    let good = try String(contentsOf: items, encoding: .utf8)
    try (good + "{broken\n").write(to: items, atomically: true, encoding: .utf8)
    let error = await #expect(throws: RPCError.self) { try await client.call("pack.load", ["path": .string(folder.path)]) }
    #expect(error?.reason == "bad_pack")
    #expect(error?.message.contains("items.jsonl:4") == true)
    // A new item is there as soon as the pack is loaded.
    let line = good.split(separator: "\n")[0].replacing("catan", with: "new-game").replacing("Catan", with: "Newest Game")
    try (good + line + "\n").write(to: items, atomically: true, encoding: .utf8)
    _ = try await client.call("pack.load", ["path": .string(folder.path)])
    #expect(try await client.call("explain", ["pack": .string("games"), "item": .string("new-game")])["items"]?.array?.count == 1)
    _ = try await client.call("pack.unload", ["pack": .string("games")])
    let gone = await #expect(throws: RPCError.self) {
      try await client.call("chat.send", ["pack": .string("games"), "text": .string("x")])
    }
    #expect(gone?.reason == "unknown_pack")
    try await busy.value
  }
}
