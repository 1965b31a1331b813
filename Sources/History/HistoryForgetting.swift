import GRDB

extension HistoryStore {
  /// Erases a conversation for good: rows overwritten, search index rewritten, log truncated.
  /// - Returns: false where there is no such conversation.
  @discardableResult
  public func forget(conversation: String) throws -> Bool {
    let found = try database.write { db in
      try db.execute(sql: "DELETE FROM conversation WHERE id = ?", arguments: [conversation])
      return db.changesCount > 0
    }
    try scrub()
    return found
  }

  /// Erases every conversation, and every event with or without one.
  /// - Returns: how many conversations there were.
  @discardableResult
  public func forgetAll() throws -> Int {
    let count = try database.write { db in
      try db.execute(sql: "DELETE FROM feedback")
      try db.execute(sql: "DELETE FROM conversation")
      return db.changesCount
    }
    try scrub()
    return count
  }

  /// Erases all that is kept about a user.
  @discardableResult
  public func forget(user: String) throws -> Int {
    let count = try database.write { db in
      try db.execute(sql: "DELETE FROM feedback WHERE user = ?", arguments: [user])
      try db.execute(sql: "DELETE FROM conversation WHERE user = ?", arguments: [user])
      return db.changesCount
    }
    try scrub()
    return count
  }

  /// `secure_delete` zeroes freed pages, but old words also stand in the pieces of the search index and in the log:
  /// the index is rebuilt, the file rewritten without its free pages, the log emptied.
  private func scrub() throws {
    try database.writeWithoutTransaction { db in
      try db.execute(sql: "INSERT INTO said (said) VALUES ('rebuild')")
      try db.execute(sql: "VACUUM")
      if file != nil {
        let row = try Row.fetchOne(db, sql: "PRAGMA wal_checkpoint(TRUNCATE)")
        if (row?[0] as Int?) == 1 {
          throw HistoryError(
            problem: "The words are deleted, but another program reading the history keeps them in its log",
            mend: "Close that program and forget again")
        }
      }
    }
  }
}
