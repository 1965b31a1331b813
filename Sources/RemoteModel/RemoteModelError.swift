/// Why a server's text could not be had.
public enum RemoteModelError: Error, Sendable, Equatable, CustomStringConvertible {
  case unusableURL(String)
  case unreachable(server: String, cause: String)
  case refused(server: String, status: Int, message: String)
  case notAnEventStream(server: String, contentType: String)
  case malformed(server: String, event: String, cause: String)
  case serverFault(server: String, message: String)
  case silent(server: String, after: Duration)
  case deadlineExceeded(server: String)
  case interrupted(server: String, characters: Int)
  case tooLong(server: String, limit: Int)
  case grammarNotSent(server: String, cause: String)
  case outsideGrammar(server: String, characters: Int)

  /// Stable word for counts and logs.
  public var reason: String {
    switch self {
    case .unusableURL: "unusable-url"
    case .unreachable: "unreachable"
    case .refused: "refused"
    case .notAnEventStream: "not-an-event-stream"
    case .malformed: "malformed"
    case .serverFault: "server-fault"
    case .silent: "silent"
    case .deadlineExceeded: "deadline-exceeded"
    case .interrupted: "interrupted"
    case .tooLong: "too-long"
    case .grammarNotSent: "grammar-not-sent"
    case .outsideGrammar: "outside-grammar"
    }
  }

  /// Whether the server is down or overloaded, so that other requests would fail too.
  public var isOutage: Bool {
    switch self {
    case .unreachable, .silent, .deadlineExceeded, .interrupted: true
    case .refused(_, let status, _): status == 429 || (500...599).contains(status)
    default: false
    }
  }

  public var description: String {
    switch self {
    case .unusableURL(let url): "\(url) is no base address of a model server; write it as http://HOST:PORT/v1."
    case .unreachable(let server, let cause): "\(server) cannot be reached (\(cause)); start the server or correct the address."
    case .refused(let server, let status, let message):
      "\(server) answered \(status)\(message.isEmpty ? "" : " (\(message))"); check the model's name, the key and the server's log."
    case .notAnEventStream(let server, let type):
      "\(server) answered with \(type.isEmpty ? "no content type" : type) and not text/event-stream; it must stream chat completions."
    case .malformed(let server, let event, let cause): "\(server) sent an event that is no chat completion (\(cause)): \(event)"
    case .serverFault(let server, let message): "\(server) reported a fault while it wrote: \(message)"
    case .silent(let server, let duration): "\(server) sent nothing for \(duration); raise the time limit or lighten the server's load."
    case .deadlineExceeded(let server): "The text from \(server) was not done by the deadline; allow more time or fewer tokens."
    case .interrupted(let server, let characters): "\(server) broke off after \(characters) characters; ask again."
    case .tooLong(let server, let limit): "\(server) sent a line or text of more than \(limit) bytes; it is not read further."
    case .grammarNotSent(let server, let cause): "The grammar cannot be sent to \(server): \(cause)."
    case .outsideGrammar(let server, let characters):
      "\(server) left the grammar after \(characters) characters; it seems to disregard grammars: set the dialect that it understands."
    }
  }
}
