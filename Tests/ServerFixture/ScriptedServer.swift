import NIOCore
import NIOHTTP1
import NIOPosix
import Synchronization

/// A real HTTP server on a free port of 127.0.0.1 that answers the n-th request as its n-th script says; further requests as the last.
final class ScriptedServer: Sendable {
  struct Script: Sendable {
    enum Step: Sendable {
      case bytes([UInt8])
      case wait(Duration)
      /// Closes the connection in the midst of the body.
      case cut
    }

    var status = 200
    var headers: [String: String] = ["content-type": "text/event-stream"]
    var steps: [Step] = []

    /// A whole completion, an event a word.
    static func completion(_ words: [String], finish: String = "stop") -> Script {
      var steps = words.map { Step.bytes(Array(event($0).utf8)) }
      steps.append(.bytes(Array("data: {\"choices\":[{\"delta\":{},\"finish_reason\":\"\(finish)\"}]}\n\n".utf8)))
      steps.append(.bytes(Array("data: {\"choices\":[],\"usage\":{\"prompt_tokens\":7,\"completion_tokens\":3}}\n\ndata: [DONE]\n\n".utf8)))
      return Script(steps: steps)
    }

    static func refusal(_ status: Int, _ body: String, headers: [String: String] = [:]) -> Script {
      Script(status: status, headers: headers.merging(["content-type": "application/json"]) { $1 }, steps: [.bytes(Array(body.utf8))])
    }

    static func event(_ word: String) -> String {
      "data: {\"id\":\"1\",\"choices\":[{\"index\":0,\"delta\":{\"content\":\"\(word)\"},\"finish_reason\":null}]}\n\n"
    }
  }

  struct Received: Sendable {
    var head: HTTPRequestHead
    var body: String
  }

  let port: Int
  private let channel: any Channel
  private let log: Log

  var baseURL: String { "http://127.0.0.1:\(port)/v1" }
  var received: [Received] { log.received.withLock { $0 } }
  /// Answers that ended because the client went away.
  var abandoned: Int { log.abandoned.load(ordering: .relaxed) }

  final class Log: Sendable {
    let received = Mutex<[Received]>([])
    let abandoned = Atomic(0)
  }

  init(_ scripts: [Script]) async throws {
    let log = Log()
    channel = try await ServerBootstrap(group: .singletonMultiThreadedEventLoopGroup)
      .childChannelInitializer { channel in
        channel.eventLoop.makeCompletedFuture {
          try channel.pipeline.syncOperations.configureHTTPServerPipeline()
          try channel.pipeline.syncOperations.addHandler(Handler(scripts, log))
        }
      }
      .bind(host: "127.0.0.1", port: 0).get()
    self.log = log
    port = channel.localAddress?.port ?? 0
  }

  func close() async { try? await channel.close() }

  private final class Handler: ChannelInboundHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundOut = HTTPServerResponsePart

    private let scripts: [Script]
    private let log: Log
    private var head: HTTPRequestHead?
    private var body = ""
    private var isAnswering = false

    init(_ scripts: [Script], _ log: Log) { (self.scripts, self.log) = (scripts, log) }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
      switch unwrapInboundIn(data) {
      case .head(let head): (self.head, body) = (head, "")
      case .body(let buffer): body += String(buffer: buffer)
      case .end:
        guard let head else { return }
        let index = log.received.withLock { received in
          received.append(Received(head: head, body: body))
          return received.count - 1
        }
        let script = scripts[min(index, scripts.count - 1)]
        var answer = HTTPResponseHead(version: .http1_1, status: .init(statusCode: script.status))
        for (name, value) in script.headers { answer.headers.add(name: name, value: value) }
        isAnswering = true
        context.writeAndFlush(wrapOutboundOut(.head(answer)), promise: nil)
        run(script.steps[...], context)
      }
    }

    func channelInactive(context: ChannelHandlerContext) {
      if isAnswering { log.abandoned.wrappingAdd(1, ordering: .relaxed) }
    }

    private func run(_ steps: ArraySlice<Script.Step>, _ context: ChannelHandlerContext) {
      guard context.channel.isActive else { return }
      guard let step = steps.first else {
        isAnswering = false
        context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
        return
      }
      let rest = steps.dropFirst()
      switch step {
      case .bytes(let bytes):
        context.writeAndFlush(wrapOutboundOut(.body(.byteBuffer(ByteBuffer(bytes: bytes)))), promise: nil)
        run(rest, context)
      case .wait(let duration):
        let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
        context.eventLoop.scheduleTask(in: TimeAmount(duration)) { bound.value.0.run(rest, bound.value.1) }
      case .cut:
        isAnswering = false
        context.close(promise: nil)
      }
    }
  }
}

/// A server that runs while `body` does.
func withServer(_ scripts: [ScriptedServer.Script], _ body: (ScriptedServer) async throws -> Void) async throws {
  let server = try await ScriptedServer(scripts)
  do {
    try await body(server)
  } catch {
    await server.close()
    throw error
  }
  await server.close()
}
