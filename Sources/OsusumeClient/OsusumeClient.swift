import Foundation
import Frames
import Synchronization
import Wire

/// A connection to the daemon that could not be made or was lost.
public struct ConnectionError: Error, Sendable, CustomStringConvertible {
  public var problem: String
  public var mend: String
  public var description: String { "\(problem). \(mend)." }
}

/// A connection to an Osusume daemon: many calls may be in flight at once.
///
///     let client = try OsusumeClient(socket: Places(data: nil, socket: nil).socket)
///     let answer = try await client.call("chat.send", ["text": .string("My feet are killing me")])
public final class OsusumeClient: Sendable {
  private struct Pending: Sendable {
    var continuation: CheckedContinuation<JSONValue, any Error>
    var onDelta: (@Sendable (String) -> Void)?
  }
  private struct State: Sendable {
    var next = 1
    var pending: [RequestID: Pending] = [:]
    var lost = false
  }

  private let descriptor: Int32
  private let state = Mutex(State())
  private let writing = Mutex(())

  /// - Throws: `ConnectionError` when nobody listens at `socket`.
  public init(socket url: URL) throws {
    descriptor = try Self.connect(url)
    let thread = Thread { [weak self, descriptor] in
      Self.read(descriptor) { self?.receive($0) }
      Foundation.close(descriptor)
    }
    thread.name = "osusume client"
    thread.start()
  }

  deinit { close() }

  /// Ends the connection; calls in flight fail.
  public func close() {
    // The reading thread sees the end and gives the descriptor back: closing it here could hit a reused number.
    shutdown(descriptor, Int32(SHUT_RDWR))
  }

  /// Calls a method and waits for its result.
  /// - Parameters:
  ///   - started: is told the id of the request once it is on its way, so that it can be cancelled.
  ///   - onDelta: gets the pieces of a streamed reply as they come.
  /// - Throws: `RPCError` from the daemon, `ConnectionError` when the connection is lost.
  public func call(
    _ method: String, _ params: [String: JSONValue] = [:], started: (@Sendable (RequestID) -> Void)? = nil,
    onDelta: (@Sendable (String) -> Void)? = nil
  ) async throws -> JSONValue {
    let id = state.withLock { state in
      defer { state.next += 1 }
      return RequestID.number(Double(state.next))
    }
    let line = try Request(id: id, method: method, params: params).line() + "\n"
    return try await withCheckedThrowingContinuation { continuation in
      let lost = state.withLock { state in
        if !state.lost { state.pending[id] = Pending(continuation: continuation, onDelta: onDelta) }
        return state.lost
      }
      if lost {
        continuation.resume(throwing: Self.gone)
        return
      }
      if writing.withLock({ _ in Self.write(descriptor, line) }) {
        started?(id)
      } else {
        state.withLock { $0.pending.removeValue(forKey: id) }?.continuation.resume(throwing: Self.gone)
      }
    }
  }

  /// Asks the daemon to stop answering a request; the call then fails with reason `cancelled`.
  public func cancel(_ id: RequestID) async throws { _ = try await call("chat.cancel", ["request": id.json]) }

  private static let gone = ConnectionError(problem: "The daemon closed the connection", mend: "Start it again: `osusume status`")

  private func receive(_ line: [UInt8]?) {
    guard let line else {
      let waiting = state.withLock { state in
        state.lost = true
        defer { state.pending = [:] }
        return Array(state.pending.values)
      }
      for call in waiting { call.continuation.resume(throwing: Self.gone) }
      return
    }
    guard let message = try? JSONDecoder().decode(JSONValue.self, from: Data(line)) else { return }
    if message["method"]?.string == "chat.delta", let params = message["params"], let raw = params["id"], let id = RequestID(raw) {
      let onDelta = state.withLock { $0.pending[id]?.onDelta }
      onDelta?(params["text"]?.string ?? "")
      return
    }
    guard let raw = message["id"], let id = RequestID(raw), let call = state.withLock({ $0.pending.removeValue(forKey: id) }) else {
      return
    }
    if let error = message["error"] {
      call.continuation.resume(throwing: RPCError(json: error))
    } else {
      call.continuation.resume(returning: message["result"] ?? .null)
    }
  }

  // MARK: socket

  private static func connect(_ url: URL) throws -> Int32 {
    #if os(Linux)
      let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
    #else
      let descriptor = socket(AF_UNIX, SOCK_STREAM, 0)
    #endif
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    let path = Array(url.path.utf8)
    guard descriptor >= 0, path.count < MemoryLayout.size(ofValue: address.sun_path) else {
      throw ConnectionError(problem: "\(url.path) is no usable socket path", mend: "Choose a shorter one with --socket")
    }
    withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path) }
    let result = withUnsafePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        Foundation.connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
      }
    }
    guard result == 0 else {
      let reason = String(cString: strerror(errno))
      Foundation.close(descriptor)
      throw ConnectionError(
        problem: "No daemon answers at \(url.path) (\(reason))",
        mend: "Start one with `osusumed`, or run any `osusume` command without --socket")
    }
    return descriptor
  }

  private static func write(_ descriptor: Int32, _ line: String) -> Bool {
    var bytes = Array(line.utf8)[...]
    while !bytes.isEmpty {
      // No SIGPIPE: a daemon that has gone is an error here, not the end of this program.
      let count = bytes.withUnsafeBytes { send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
      if count < 0, errno == EINTR { continue }
      if count <= 0 { return false }
      bytes = bytes.dropFirst(count)
    }
    return true
  }

  private static func read(_ descriptor: Int32, _ receive: ([UInt8]?) -> Void) {
    var framer = LineFramer(limit: 64 << 20)
    var buffer = [UInt8](repeating: 0, count: 1 << 16)
    while true {
      let count = recv(descriptor, &buffer, buffer.count, 0)
      if count < 0, errno == EINTR { continue }
      if count <= 0 { break }
      for output in framer.push(buffer[..<count]) { if case .line(let line) = output { receive(line) } }
    }
    receive(nil)
  }
}
