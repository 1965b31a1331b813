import AsyncHTTPClient
import Foundation
import LanguageModel
import NIOCore
import NIOHTTP1
import Synchronization

/// A model behind a server that streams OpenAI's chat completions: vLLM, llama-server, Ollama.
///
/// What the server sends is checked as it comes. A request that fails before its first text is sent again where that may help; later
/// nothing is repeated, since the text would differ. One that is refused since the conversation does not fit the server's context is sent
/// once more with the request's summary in place of all turns but the newest. Errors are `RemoteModelError`, or `CancellationError`.
public final class RemoteModel: TextGenerator {
  /// What was sent and what became of it.
  public struct Counts: Sendable, Equatable, Codable {
    public var requests = 0
    /// Requests sent again.
    public var retries = 0
    /// Requests sent again without the turns that their summary stands for.
    public var shortened = 0
    public var texts = 0
    /// Requests that failed for good, by `RemoteModelError.reason`.
    public var failures: [String: Int] = [:]
  }

  public let configuration: RemoteModelConfiguration
  private let url: String
  private let tally = Mutex(Counts())

  /// One for the process: it keeps connections open, and lives as long.
  private static let client: HTTPClient = {
    var configuration = HTTPClient.Configuration()
    configuration.timeout.connect = .seconds(3)
    // A key must not follow a redirection to another server, and repeating is this type's own matter.
    configuration.redirectConfiguration = .disallow
    configuration.connectionPool.retryConnectionEstablishment = false
    configuration.connectionPool.concurrentHTTP1ConnectionsPerHostSoftLimit = 64
    return HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
  }()

  /// - Throws: `unusableURL`.
  public init(_ configuration: RemoteModelConfiguration) throws(RemoteModelError) {
    let base = configuration.baseURL
    guard let parts = URLComponents(string: base), ["http", "https"].contains(parts.scheme), parts.host?.isEmpty == false,
      parts.query == nil, parts.fragment == nil, parts.user == nil
    else { throw .unusableURL(base) }
    self.configuration = configuration
    url = base + (base.hasSuffix("/") ? "" : "/") + "chat/completions"
  }

  public var counts: Counts { tally.withLock { $0 } }

  public func generate(_ request: TextRequest) -> AsyncThrowingStream<TextEvent, any Error> {
    let (stream, continuation) = AsyncThrowingStream<TextEvent, any Error>.makeStream()
    let task = Task {
      do {
        tally.withLock { $0.requests += 1 }
        try await send(request) { continuation.yield($0) }
        tally.withLock { $0.texts += 1 }
        continuation.finish()
      } catch {
        if let error = error as? RemoteModelError { tally.withLock { $0.failures[error.reason, default: 0] += 1 } }
        continuation.finish(throwing: error)
      }
    }
    continuation.onTermination = { _ in task.cancel() }
    return stream
  }

  // MARK: - Attempts

  private typealias Output = @Sendable (TextEvent) -> Void

  /// A failure before the first text, with the wait that the server asks for.
  private struct Refusal: Error {
    var error: RemoteModelError
    var retryAfter: Duration?
  }

  private func send(_ request: TextRequest, _ output: @escaping Output) async throws {
    let matcher = try matcher(of: request)
    var message = try message(for: request)
    var shortened = request.shortened
    var attempt = 1
    while true {
      let hasText = Atomic(false)
      let failure: Refusal
      do {
        try await self.attempt(message, matcher, deadline: request.deadline) { event in
          hasText.store(true, ordering: .relaxed)
          output(event)
        }
        return
      } catch let refusal as Refusal {
        failure = refusal
      } catch let error as RemoteModelError {
        failure = Refusal(error: error)
      }
      try Task.checkCancellation()
      if failure.error.isContextOverflow, let shorter = shortened {
        // Another request, so that it is no repetition whose number the policy limits; there is but one.
        shortened = nil
        message = try self.message(for: shorter)
        tally.withLock { $0.shortened += 1 }
        continue
      }
      let policy = configuration.retries
      guard attempt < policy.attempts, !hasText.load(ordering: .relaxed), policy.mayRetry(failure.error) else { throw failure.error }
      var random = SystemRandomNumberGenerator()
      let delay = policy.delay(after: attempt, retryAfter: failure.retryAfter, using: &random)
      if let deadline = request.deadline, .now + delay >= deadline { throw failure.error }
      try await Task.sleep(for: delay)
      tally.withLock { $0.retries += 1 }
      attempt += 1
    }
  }

  private func attempt(
    _ message: HTTPClientRequest, _ matcher: PatternMatcher?, deadline: ContinuousClock.Instant?, _ output: @escaping Output
  ) async throws {
    let watchdog = Watchdog(configuration, deadline: deadline)
    try await watchdog.guarding { [self] in
      let response: HTTPClientResponse
      do {
        response = try await Self.client.execute(message, deadline: .distantFuture)
      } catch {
        try Task.checkCancellation()
        throw RemoteModelError.unreachable(server: configuration.baseURL, cause: "\(error)")
      }
      try await check(response)
      var reader = CompletionReader(server: configuration.baseURL, textLimit: configuration.textLimit, matcher: matcher)
      do {
        for try await piece in response.body {
          let text = try reader.append(piece.readableBytesView)
          watchdog.note(hasText: !text.isEmpty)
          if !text.isEmpty { output(.text(text)) }
          if reader.isDone { break }
        }
      } catch let error as RemoteModelError {
        throw error
      } catch {
        // The connection broke; whether the text was whole by then, the reader knows.
        try Task.checkCancellation()
      }
      try Task.checkCancellation()
      output(.ended(try reader.end()))
    }
  }

  private func check(_ response: HTTPClientResponse) async throws {
    let server = configuration.baseURL
    guard response.status == .ok else {
      var body = ByteBuffer()
      do {
        for try await var piece in response.body where body.readableBytes < 64 << 10 { body.writeBuffer(&piece) }
      } catch {
        // The status alone tells enough.
        try Task.checkCancellation()
      }
      let data = Data(body.readableBytesView)
      let message = (try? ChatCompletion.decoder.decode(ChatCompletion.Refusal.self, from: data))?.error.message
      let text = message ?? String(decoding: data, as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines)
      throw Refusal(
        error: .refused(server: server, status: Int(response.status.code), message: String(text.prefix(300))),
        retryAfter: response.headers.first(name: "retry-after").flatMap { Int64($0) }.map { .seconds($0) })
    }
    let type = response.headers.first(name: "content-type") ?? ""
    guard type.lowercased().hasPrefix("text/event-stream") else {
      throw RemoteModelError.notAnEventStream(server: server, contentType: String(type.prefix(100)))
    }
  }

  // MARK: - The message

  private func message(for request: TextRequest) throws -> HTTPClientRequest {
    var message = HTTPClientRequest(url: url)
    message.method = .POST
    message.headers.add(name: "content-type", value: "application/json")
    message.headers.add(name: "accept", value: "text/event-stream")
    if let key = configuration.key { message.headers.add(name: "authorization", value: "Bearer \(key)") }
    let body = ChatCompletion.Request(request, model: configuration.model, dialect: configuration.dialect)
    message.body = .bytes(ByteBuffer(bytes: try ChatCompletion.encoder.encode(body)))
    return message
  }

  /// What checks that the server keeps to the grammar.
  private func matcher(of request: TextRequest) throws -> PatternMatcher? {
    guard let text = request.grammar else { return nil }
    let server = configuration.baseURL
    guard configuration.dialect != .openAI else {
      throw RemoteModelError.grammarNotSent(server: server, cause: "its dialect has no grammars; set llama-server or vllm if it is one")
    }
    do {
      return try PatternMatcher(.grammar(Grammar(text)))
    } catch {
      throw RemoteModelError.grammarNotSent(server: server, cause: "\(error)")
    }
  }
}
