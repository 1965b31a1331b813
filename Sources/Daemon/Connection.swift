import Frames
import Logging
import NIOCore
import ServiceLifecycle
import Wire

/// One client: lines in, answers out, many at once; a client that goes away takes only its own answers with it.
struct Connection: Sendable {
  let router: Router
  let stats: Stats
  let log: Logger
  /// More than this many requests in flight wait in the socket.
  static let inFlight = 64

  /// The running requests by id, so that one can be cancelled.
  private actor Running {
    private var tasks: [RequestID: Task<Void, Never>] = [:]
    func start(_ id: RequestID?, _ task: Task<Void, Never>) { if let id { tasks[id] = task } }
    func end(_ id: RequestID?) { if let id { tasks[id] = nil } }
    func cancel(_ id: RequestID) -> Bool {
      tasks[id]?.cancel()
      return tasks[id] != nil
    }
  }

  func serve(_ channel: NIOAsyncChannel<LineFramer.Output, ByteBuffer>) async throws {
    guard await PeerCheck.isOwn(channel.channel) else {
      log.warning("refused a client of another user")
      try await channel.channel.close()
      return
    }
    await stats.count(.connections)
    try await channel.executeThenClose { inbound, outbound in
      let running = Running()
      try await withThrowingTaskGroup(of: Void.self) { group in
        var open = 0
        for try await output in inbound.cancelOnGracefulShutdown() {
          if open >= Self.inFlight {
            try await group.next()
            open -= 1
          }
          group.addTask { await answer(output, running, outbound) }
          open += 1
        }
        // The client will send no more, or the daemon is stopping: what is in flight still gets its answer.
        try await group.waitForAll()
      }
    }
  }

  private func answer(_ output: LineFramer.Output, _ running: Running, _ outbound: NIOAsyncChannelOutboundWriter<ByteBuffer>) async {
    let request: Request
    switch output {
    case .tooLong:
      await stats.count(.malformed)
      await send(
        .failure(nil, RPCError(.tooLong, "The line is longer than 1 MiB", reason: "line_too_long", hint: "Send shorter lines")), outbound)
      return
    case .line(let bytes):
      do {
        request = try Request.parse(bytes)
      } catch let error as RPCError {
        await stats.count(.malformed)
        await send(.failure(error.id, error), outbound)
        return
      } catch {
        return
      }
    }
    if request.method == "chat.cancel" {
      await cancel(request, running, outbound)
      return
    }
    let task = Task { await run(request, outbound) }
    await running.start(request.id, task)
    await task.value
    await running.end(request.id)
  }

  private func run(_ request: Request, _ outbound: NIOAsyncChannelOutboundWriter<ByteBuffer>) async {
    let outgoing: Outgoing?
    do {
      let result = try await router.handle(request) { part in
        try Task.checkCancellation()
        guard let id = request.id else { return }
        await send(.notification("chat.delta", ["id": id.json, "text": .string(part)]), outbound)
      }
      outgoing = request.id.map { .result($0, result) }
    } catch is CancellationError {
      outgoing = .failure(
        request.id, RPCError(.cancelled, "The request was cancelled", reason: "cancelled", hint: "Send it again to have it answered"))
    } catch let error as RPCError {
      await stats.count(.errors)
      outgoing = .failure(request.id, error)
    } catch {
      await stats.count(.errors)
      log.error("request failed", metadata: ["method": "\(request.method)", "error": "\(error)"])
      outgoing = .failure(request.id, RPCError(.internal, "\(error)", reason: "internal", hint: "See the daemon's log"))
    }
    // A notification is answered by nothing, not even an error.
    if let outgoing, request.id != nil { await send(outgoing, outbound) }
  }

  private func cancel(_ request: Request, _ running: Running, _ outbound: NIOAsyncChannelOutboundWriter<ByteBuffer>) async {
    let outgoing: Outgoing?
    do {
      guard let raw = request.params["request"], let wanted = RequestID(raw) else { throw Params(request).missing("request") }
      if let extra = request.params.keys.filter({ $0 != "request" }).min() {
        throw RPCError(.invalidParams, "chat.cancel: \"\(extra)\" is no parameter", reason: "unknown_param", hint: "Use: request")
      }
      let found = await running.cancel(wanted)
      outgoing = request.id.map { .result($0, .object(["cancelled": .bool(found)])) }
    } catch let error as RPCError {
      outgoing = request.id.map { .failure($0, error) }
    } catch {
      outgoing = nil
    }
    if let outgoing { await send(outgoing, outbound) }
  }

  private func send(_ outgoing: Outgoing, _ outbound: NIOAsyncChannelOutboundWriter<ByteBuffer>) async {
    // A client that has gone needs no answer; its turn is recorded all the same.
    guard let line = try? outgoing.line() else { return }
    try? await outbound.write(ByteBuffer(string: line + "\n"))
  }
}
