import GRDB

/// The tables of the history, by migration. A released migration is never edited: a change is a new one.
enum HistorySchema {
  static var migrator: DatabaseMigrator {
    var migrator = DatabaseMigrator()
    migrator.registerMigration("1 conversations") { db in
      try db.execute(
        sql: """
          CREATE TABLE conversation (
            id TEXT PRIMARY KEY, pack TEXT NOT NULL, user TEXT NOT NULL, started REAL NOT NULL, updated REAL NOT NULL,
            closed REAL, state TEXT NOT NULL);
          CREATE INDEX conversation_user ON conversation (user, updated);
          CREATE TABLE turn (
            id INTEGER PRIMARY KEY, conversation TEXT NOT NULL REFERENCES conversation ON DELETE CASCADE,
            number INTEGER NOT NULL, at REAL NOT NULL, text TEXT NOT NULL, reply TEXT NOT NULL, frame TEXT NOT NULL,
            items TEXT NOT NULL, timing TEXT NOT NULL, UNIQUE (conversation, number));
          CREATE TABLE impression (
            turn INTEGER NOT NULL REFERENCES turn ON DELETE CASCADE, rank INTEGER NOT NULL, item TEXT NOT NULL,
            score REAL NOT NULL, reasons TEXT NOT NULL, PRIMARY KEY (turn, rank)) WITHOUT ROWID;
          CREATE INDEX impression_item ON impression (item);
          CREATE TABLE feedback (
            id INTEGER PRIMARY KEY, conversation TEXT REFERENCES conversation ON DELETE CASCADE, user TEXT NOT NULL,
            pack TEXT NOT NULL, item TEXT NOT NULL, kind TEXT NOT NULL, value REAL, at REAL NOT NULL);
          CREATE INDEX feedback_user ON feedback (user, pack);
          """)
      // Three-letter pieces find Japanese, which has no spaces. External content: the words are kept once.
      try db.execute(
        sql: """
          CREATE VIRTUAL TABLE said USING fts5 (text, reply, content='turn', content_rowid='id', tokenize='trigram');
          CREATE TRIGGER turn_said AFTER INSERT ON turn BEGIN
            INSERT INTO said (rowid, text, reply) VALUES (new.id, new.text, new.reply);
          END;
          CREATE TRIGGER turn_unsaid AFTER DELETE ON turn BEGIN
            INSERT INTO said (said, rowid, text, reply) VALUES ('delete', old.id, old.text, old.reply);
          END;
          """)
    }
    return migrator
  }
}
