import LanguageModel
import Replies

/// What a reply is written from.
struct ReplyMaterial: Sendable {
  var brief: ReplyBrief
  var language: String
  /// Of the items that the reply may tell of.
  var dossiers: [ItemDossier]
  /// The plain reply, which holds what was found out for this turn.
  var draft: Reply
}

/// How a model is asked for a reply.
protocol ReplyPrompting: Sendable {
  /// - Parameter transcript: the turns before this one.
  func messages(_ material: ReplyMaterial, transcript: [ChatMessage]) -> [ChatMessage]
}
