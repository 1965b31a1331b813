import Foundation
import Frames
import GRDB
import History
import Testing

/// A history in a folder of its own.
final class HistoryFixture {
  let folder = FileManager.default.temporaryDirectory.appendingPathComponent("osusume-history-\(UUID().uuidString)")
  var file: URL { folder.appendingPathComponent("history.sqlite") }

  deinit { try? FileManager.default.removeItem(at: folder) }

  func store() throws -> HistoryStore { try HistoryStore(file: file) }

  /// Whether the words stand anywhere in the bytes of the file, its log or its index.
  func holds(_ words: String) throws -> Bool {
    for name in try FileManager.default.contentsOfDirectory(atPath: folder.path) {
      let data = try Data(contentsOf: folder.appendingPathComponent(name))
      if data.range(of: Data(words.utf8)) != nil { return true }
    }
    return false
  }
}

func turn(_ conversation: String, _ number: Int, text: String, reply: String = "Here.", item: String = "nezu-shrine") -> TurnRecord {
  var state = ConversationState()
  state.query = text
  state.shown = [item]
  return TurnRecord(
    conversation: conversation, turn: number, pack: "tokyo", user: "local", text: text, reply: reply,
    frame: Frame(act: .statement, goal: .recommend, indirect: true, language: "en", confidence: 0.9),
    items: [
      RecommendedItem(id: item, name: "Nezu Shrine", score: 1, reasons: [Reason(text: "in Nezu", path: ["area", "nezu"])], facts: [])
    ],
    state: state, timing: Timing())
}

@Suite struct HistoryTests {
  @Test func aConversationResumesAfterARestart() throws {
    let fixture = HistoryFixture()
    do {
      let store = try fixture.store()
      try store.open(conversation: "c1", pack: "tokyo", user: "local")
      try store.record(turn("c1", 1, text: "It's pouring"))
    }
    let again = try fixture.store()
    let stored = try #require(try again.conversation("c1"))
    #expect(stored.turns == 1)
    #expect(stored.state.query == "It's pouring")
    let turns = try again.turns(of: "c1")
    #expect(turns.map(\.text) == ["It's pouring"])
    #expect(turns[0].frame.indirect)
    #expect(turns[0].items[0].reasons[0].path == ["area", "nezu"])
    #expect(try again.conversation("c2") == nil)
  }

  @Test func impressionsKeepRankAndReason() throws {
    let fixture = HistoryFixture()
    let store = try fixture.store()
    try store.open(conversation: "c1", pack: "tokyo", user: "local")
    try store.record(turn("c1", 1, text: "x"))
    let row = try DatabaseQueue(path: fixture.file.path).read { try Row.fetchOne($0, sql: "SELECT rank, item, reasons FROM impression") }
    #expect(row?["rank"] == 1)
    #expect(row?["item"] == "nezu-shrine")
    #expect((row?["reasons"] as String?)?.contains("in Nezu") == true)
  }

  @Test func aTurnIsRecordedWholeOrNotAtAll() throws {
    let fixture = HistoryFixture()
    let store = try fixture.store()
    try store.open(conversation: "c1", pack: "tokyo", user: "local")
    try store.record(turn("c1", 1, text: "first"))
    // The same number twice breaks a rule of the table after the state would have been written.
    #expect(throws: (any Error).self) { try store.record(turn("c1", 1, text: "second")) }
    #expect(try store.conversation("c1")?.state.query == "first")
    #expect(try store.turns(of: "c1").count == 1)
  }

  @Test(arguments: [("pouring", 1), ("渋谷に", 1), ("雨", 1), ("zzz", 0), ("\" OR 1", 0), ("*", 0)])
  func searchFindsWhatWasSaid(_ words: String, _ count: Int) throws {
    let fixture = HistoryFixture()
    let store = try fixture.store()
    try store.open(conversation: "c1", pack: "tokyo", user: "local")
    try store.record(turn("c1", 1, text: "It's pouring", reply: "渋谷に行くなら雨の日は"))
    #expect(try store.conversations(search: words).count == count)
  }

  @Test func forgetLeavesNoByteBehind() throws {
    let fixture = HistoryFixture()
    let store = try fixture.store()
    let secret = "kumquat-marmalade-7731"
    for id in ["c1", "c2"] { try store.open(conversation: id, pack: "tokyo", user: "local") }
    for number in 1...30 { try store.record(turn("c1", number, text: "\(secret) \(number)", reply: "About \(secret)")) }
    try store.record(turn("c2", 1, text: "keep this marzipan"))
    try store.record(FeedbackEvent(conversation: "c1", user: "local", pack: "tokyo", item: secret, kind: .like))
    #expect(try fixture.holds(secret))
    #expect(try store.forget(conversation: "c1"))
    #expect(try !fixture.holds(secret))
    // Not even the pieces of the search index.
    #expect(try !fixture.holds("kumquat"))
    #expect(try fixture.holds("marzipan"))
    #expect(try store.conversations(search: "marzipan").count == 1)
    #expect(try !store.forget(conversation: "c1"))
  }

  @Test func forgetAllAndForgetUser() throws {
    let fixture = HistoryFixture()
    let store = try fixture.store()
    for (id, user) in [("c1", "ann"), ("c2", "bob")] {
      try store.open(conversation: id, pack: "tokyo", user: user)
      try store.record(turn(id, 1, text: "\(user)-said-gooseberry"))
      try store.record(FeedbackEvent(user: user, pack: "tokyo", item: "x-\(user)", kind: .like))
    }
    #expect(try store.forget(user: "ann") == 1)
    #expect(try !fixture.holds("ann-said"))
    #expect(try store.feedback().map(\.user) == ["bob"])
    #expect(try store.forgetAll() == 1)
    #expect(try !fixture.holds("gooseberry"))
    #expect(try store.feedback().isEmpty)
  }

  @Test func inMemoryNothingIsWritten() throws {
    let store = try HistoryStore(file: nil)
    try store.open(conversation: "c1", pack: "tokyo", user: "local")
    try store.record(turn("c1", 1, text: "hello"))
    #expect(try store.turns(of: "c1").count == 1)
    try store.forget(conversation: "c1")
    #expect(try store.turns(of: "c1").isEmpty)
  }

  @Test func aFileThatIsNoDatabaseIsRefusedAndKept() throws {
    let fixture = HistoryFixture()
    try FileManager.default.createDirectory(at: fixture.folder, withIntermediateDirectories: true)
    let garbage = Data("this is my diary, not a database, and it is longer than a header".utf8)
    try garbage.write(to: fixture.file)
    #expect(throws: (any Error).self) { try HistoryStore(file: fixture.file) }
    #expect(try Data(contentsOf: fixture.file) == garbage)
  }

  @Test func theFileIsForItsOwnerAlone() throws {
    let fixture = HistoryFixture()
    _ = try fixture.store()
    let mode = try FileManager.default.attributesOfItem(atPath: fixture.file.path)[.posixPermissions] as? Int
    #expect(mode == 0o600)
  }
}
