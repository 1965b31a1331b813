import Foundation
import Frames
import GRDB

/// A fault of the history: what, and the mend.
public struct HistoryError: Error, Sendable, CustomStringConvertible {
  public var problem: String
  public var mend: String
  public var description: String { "\(problem). \(mend)." }

  public init(problem: String, mend: String) {
    self.problem = problem
    self.mend = mend
  }
}

/// A conversation as a list shows it.
public struct ConversationSummary: Codable, Sendable, Hashable {
  public var id: String
  public var pack: String
  public var user: String
  /// Seconds since 1970.
  public var started: Double
  public var updated: Double
  public var turns: Int
  /// The first thing said.
  public var title: String
}

/// An event about an item, explicit or implicit.
public struct FeedbackEvent: Codable, Sendable, Hashable {
  public var conversation: String?
  public var user: String
  public var pack: String
  public var item: String
  public var kind: FeedbackKind
  /// Rating 1...5, dwell seconds; nil where the kind needs none.
  public var value: Double?

  public init(conversation: String? = nil, user: String, pack: String, item: String, kind: FeedbackKind, value: Double? = nil) {
    self.conversation = conversation
    self.user = user
    self.pack = pack
    self.item = item
    self.kind = kind
    self.value = value
  }
}

/// Conversations, turns, impressions and feedback in one SQLite file, or in memory only.
///
/// WAL, `secure_delete`, migrations and FTS5 over what was said. What is forgotten is overwritten in the file and gone
/// from its log before `forget` returns.
public struct HistoryStore: Sendable {
  let database: any DatabaseWriter
  /// Nil when nothing is kept on disk.
  public let file: URL?

  /// - Parameter file: created with mode 0600; nil keeps everything in memory.
  public init(file: URL?) throws {
    self.file = file
    var configuration = Configuration()
    configuration.foreignKeysEnabled = true
    configuration.busyMode = .timeout(5)
    configuration.prepareDatabase { db in
      try db.execute(sql: "PRAGMA secure_delete = ON")
    }
    if let file {
      do {
        try FileManager.default.createDirectory(
          at: file.deletingLastPathComponent(), withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        let pool = try DatabasePool(path: file.path, configuration: configuration)
        try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: file.path)
        // A reply is acknowledged only once its turn would survive a loss of power.
        try pool.writeWithoutTransaction { db in try db.execute(sql: "PRAGMA synchronous = FULL") }
        database = pool
      } catch {
        throw HistoryError(
          problem: "\(file.path) cannot be opened (\(error))",
          mend: "Check that its folder can be written, move the file away, or start with --no-history")
      }
    } else {
      database = try DatabaseQueue(configuration: configuration)
    }
    try HistorySchema.migrator.migrate(database)
  }

  // MARK: writing

  /// Opens a conversation; an id that is already there is left as it is.
  public func open(conversation id: String, pack: String, user: String) throws {
    let now = Date().timeIntervalSince1970
    try database.write { db in
      try db.execute(
        sql: "INSERT OR IGNORE INTO conversation (id, pack, user, started, updated, state) VALUES (?, ?, ?, ?, ?, ?)",
        arguments: [id, pack, user, now, now, try Self.json(ConversationState())])
    }
  }

  /// Records a turn, its impressions and the feedback it held in one transaction.
  public func record(_ turn: TurnRecord, feedback: [FeedbackEvent] = []) throws {
    let now = Date().timeIntervalSince1970
    try database.write { db in
      try db.execute(
        sql: "INSERT INTO turn (conversation, number, at, text, reply, frame, items, timing) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        arguments: [
          turn.conversation, turn.turn, now, turn.text, turn.reply, try Self.json(turn.frame), try Self.json(turn.items),
          try Self.json(turn.timing),
        ])
      let row = db.lastInsertedRowID
      for (rank, item) in turn.items.enumerated() {
        try db.execute(
          sql: "INSERT INTO impression (turn, rank, item, score, reasons) VALUES (?, ?, ?, ?, ?)",
          arguments: [row, rank + 1, item.id, item.score, try Self.json(item.reasons)])
      }
      for event in feedback { try Self.insert(event, at: now, db) }
      try db.execute(
        sql: "UPDATE conversation SET updated = ?, state = ?, pack = ? WHERE id = ?",
        arguments: [now, try Self.json(turn.state), turn.pack, turn.conversation])
    }
  }

  public func record(_ event: FeedbackEvent) throws {
    try database.write { db in try Self.insert(event, at: Date().timeIntervalSince1970, db) }
  }

  public func save(_ state: ConversationState, conversation: String) throws {
    try database.write { db in
      try db.execute(sql: "UPDATE conversation SET state = ? WHERE id = ?", arguments: [try Self.json(state), conversation])
    }
  }

  public func close(conversation: String) throws {
    try database.write { db in
      try db.execute(
        sql: "UPDATE conversation SET closed = ? WHERE id = ?", arguments: [Date().timeIntervalSince1970, conversation])
    }
  }

  private static func insert(_ event: FeedbackEvent, at now: Double, _ db: Database) throws {
    try db.execute(
      sql: "INSERT INTO feedback (conversation, user, pack, item, kind, value, at) VALUES (?, ?, ?, ?, ?, ?, ?)",
      arguments: [event.conversation, event.user, event.pack, event.item, event.kind.rawValue, event.value, now])
  }

  static func json(_ value: some Encodable) throws -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    return String(decoding: try encoder.encode(value), as: UTF8.self)
  }

  static func decode<T: Decodable>(_ type: T.Type, _ text: String) throws -> T {
    try JSONDecoder().decode(type, from: Data(text.utf8))
  }
}
