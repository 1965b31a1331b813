import Foundation
import Frames
import GRDB

/// A turn as it was recorded.
public struct StoredTurn: Codable, Sendable, Hashable {
  public var conversation: String
  public var turn: Int
  /// Seconds since 1970.
  public var at: Double
  public var text: String
  public var reply: String
  public var frame: Frame
  public var items: [RecommendedItem]
}

/// A conversation where it stands: for resuming it.
public struct StoredConversation: Sendable {
  public var pack: String
  public var user: String
  public var state: ConversationState
  public var turns: Int
}

extension HistoryStore {
  /// Nil where there is no such conversation.
  public func conversation(_ id: String) throws -> StoredConversation? {
    try database.read { db in
      guard
        let row = try Row.fetchOne(
          db,
          sql:
            "SELECT pack, user, state, (SELECT COALESCE(MAX(number), 0) FROM turn WHERE turn.conversation = conversation.id) AS turns FROM conversation WHERE id = ?",
          arguments: [id])
      else { return nil }
      return StoredConversation(
        pack: row["pack"], user: row["user"], state: try Self.decode(ConversationState.self, row["state"]), turns: row["turns"])
    }
  }

  /// Newest first.
  /// - Parameters:
  ///   - user: only this user's; nil = everyone's.
  ///   - search: only conversations in which this was said, by user or reply.
  public func conversations(user: String? = nil, search: String? = nil, limit: Int = 100) throws -> [ConversationSummary] {
    try database.read { db in
      var conditions: [String] = []
      var arguments: [(any DatabaseValueConvertible)?] = []
      if let user {
        conditions.append("c.user = ?")
        arguments.append(user)
      }
      if let search, !search.isEmpty {
        // Trigrams cannot find fewer than three letters; a plain scan can, and such searches are rare.
        if search.unicodeScalars.count >= 3 {
          conditions.append("c.id IN (SELECT conversation FROM turn WHERE id IN (SELECT rowid FROM said WHERE said MATCH ?))")
          arguments.append("\"" + search.replacing("\"", with: "\"\"") + "\"")
        } else {
          conditions.append("c.id IN (SELECT conversation FROM turn WHERE instr(text, ?) OR instr(reply, ?))")
          arguments += [search, search]
        }
      }
      let filter = conditions.isEmpty ? "" : "WHERE " + conditions.joined(separator: " AND ")
      return try Row.fetchAll(
        db,
        sql: """
          SELECT c.id, c.pack, c.user, c.started, c.updated,
            (SELECT COUNT(*) FROM turn t WHERE t.conversation = c.id) AS turns,
            COALESCE((SELECT text FROM turn t WHERE t.conversation = c.id ORDER BY number LIMIT 1), '') AS title
          FROM conversation c \(filter) ORDER BY c.updated DESC, c.id LIMIT ?
          """, arguments: StatementArguments(arguments + [limit])
      ).map {
        ConversationSummary(
          id: $0["id"], pack: $0["pack"], user: $0["user"], started: $0["started"], updated: $0["updated"],
          turns: $0["turns"], title: $0["title"])
      }
    }
  }

  /// In the order said.
  public func turns(of conversation: String) throws -> [StoredTurn] {
    try database.read { db in
      try Row.fetchAll(
        db, sql: "SELECT number, at, text, reply, frame, items FROM turn WHERE conversation = ? ORDER BY number",
        arguments: [conversation]
      ).map {
        StoredTurn(
          conversation: conversation, turn: $0["number"], at: $0["at"], text: $0["text"], reply: $0["reply"],
          frame: try Self.decode(Frame.self, $0["frame"]), items: try Self.decode([RecommendedItem].self, $0["items"]))
      }
    }
  }

  /// A user's events, oldest first; nil = everyone's.
  public func feedback(user: String? = nil, pack: String? = nil) throws -> [FeedbackEvent] {
    try database.read { db in
      try Row.fetchAll(
        db,
        sql:
          "SELECT conversation, user, pack, item, kind, value FROM feedback WHERE (?1 IS NULL OR user = ?1) AND (?2 IS NULL OR pack = ?2) ORDER BY id",
        arguments: [user, pack]
      ).compactMap { row in
        guard let kind = FeedbackKind(rawValue: row["kind"]) else { return nil }
        return FeedbackEvent(
          conversation: row["conversation"], user: row["user"], pack: row["pack"], item: row["item"], kind: kind,
          value: row["value"])
      }
    }
  }
}
