import Foundation
import LanguageModel

/// Makes text of the bytes of a streamed completion, and checks it: the form of the events, the length, and the grammar.
struct CompletionReader {
  private let server: String
  private let textLimit: Int
  private var events = ServerSentEvents()
  private var matcher: PatternMatcher?
  private var bytes = 0
  private(set) var characters = 0
  private var reason: TextEnd.Reason?
  private var usage: ChatCompletion.Event.Usage?
  /// Whether `[DONE]` was read: nothing counts after it.
  private(set) var isDone = false

  init(server: String, textLimit: Int, matcher: PatternMatcher?) {
    self.server = server
    self.textLimit = textLimit
    self.matcher = matcher
  }

  /// - Returns: the text that `piece` brings; may be empty.
  mutating func append(_ piece: some Sequence<UInt8>) throws(RemoteModelError) -> String {
    var text = ""
    let whole: [[UInt8]]
    do { whole = try events.append(piece) } catch { throw .tooLong(server: server, limit: events.limit) }
    for data in whole where !isDone { text += try read(data) }
    return text
  }

  private mutating func read(_ data: [UInt8]) throws(RemoteModelError) -> String {
    if data.elementsEqual("[DONE]".utf8) {
      isDone = true
      return ""
    }
    let event: ChatCompletion.Event
    do {
      event = try ChatCompletion.decoder.decode(ChatCompletion.Event.self, from: Data(data))
    } catch {
      let beginning = String(decoding: data.prefix(120), as: UTF8.self)
      throw .malformed(server: server, event: beginning, cause: Self.summary(error))
    }
    if let fault = event.error { throw .serverFault(server: server, message: String(fault.message.prefix(500))) }
    usage = event.usage ?? usage
    guard let choice = event.choices?.first else { return "" }
    if let finish = choice.finishReason {
      switch finish {
      case "stop": reason = .stop
      case "length": reason = .length
      default: reason = .other(String(finish.prefix(100)))
      }
    }
    let text = choice.delta?.content ?? ""
    bytes += text.utf8.count
    guard bytes <= textLimit else { throw .tooLong(server: server, limit: textLimit) }
    if matcher?.accept(text.utf8) == false { throw .outsideGrammar(server: server, characters: characters) }
    characters += text.count
    return text
  }

  private static func summary(_ error: any Error) -> String {
    switch error as? DecodingError {
    case .typeMismatch(_, let context)?, .valueNotFound(_, let context)?, .keyNotFound(_, let context)?, .dataCorrupted(let context)?:
      context.debugDescription
    default: "\(error)"
    }
  }

  /// What the whole text came to.
  /// - Throws: `interrupted` if the server did not end it, `outsideGrammar` if it ended too early for the grammar.
  func end() throws(RemoteModelError) -> TextEnd {
    guard isDone || reason != nil else { throw .interrupted(server: server, characters: characters) }
    let reason = reason ?? .stop
    if reason == .stop, let matcher, !matcher.isComplete { throw .outsideGrammar(server: server, characters: characters) }
    return TextEnd(reason, promptTokens: usage?.promptTokens, textTokens: usage?.completionTokens)
  }
}
