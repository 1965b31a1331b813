import Foundation
import Frames
import OsusumeClient
import Testing
import Wire

/// A real `osusumed` on a data folder of its own, ended and removed with the object.
///
/// Unchecked: `process` is only replaced by `start`, which only the one test calls that owns the daemon; the daemon that
/// tests share is never started anew.
final class RunningDaemon: @unchecked Sendable {
  static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
  static var programs: URL { Installation.executable.deletingLastPathComponent() }
  /// The environment of every program the tests start: one cache of derived files, nothing of the user's.
  static var environment: [String: String] {
    var environment = ProcessInfo.processInfo.environment
    environment["OSUSUME_CACHE"] = root.appendingPathComponent(".build-cache").path
    environment["OSUSUME_HOME"] = nil
    environment["XDG_RUNTIME_DIR"] = nil
    return environment
  }

  let data: URL
  let places: Places
  private(set) var process: Process

  init(_ arguments: [String] = [], data: URL? = nil) async throws {
    // Socket paths are short: not under the test's own deep folder.
    self.data = data ?? URL(fileURLWithPath: "/tmp/osu-\(UUID().uuidString.prefix(8))")
    places = Places(data: self.data.path, socket: nil, environment: [:])
    process = Process()
    try await start(arguments)
  }

  func start(_ arguments: [String] = []) async throws {
    process = Self.daemon(["--data", data.path] + arguments)
    try process.run()
    for _ in 0..<12000 {
      if (try? OsusumeClient(socket: places.socket)) != nil { return }
      try #require(process.isRunning, "the daemon ended at once")
      try await Task.sleep(for: .milliseconds(50))
    }
    Issue.record("the daemon did not get ready")
  }

  static func daemon(_ arguments: [String]) -> Process {
    let process = Process()
    process.executableURL = programs.appendingPathComponent("osusumed")
    process.arguments = arguments + ["--log-level", "error"]
    process.environment = environment
    return process
  }

  func client() throws -> OsusumeClient { try OsusumeClient(socket: places.socket) }

  /// Sends SIGTERM and waits; returns the exit status.
  func stop() -> Int32 {
    process.terminate()
    process.waitUntilExit()
    return process.terminationStatus
  }

  deinit {
    if process.isRunning { process.terminate() }
    process.waitUntilExit()
    try? FileManager.default.removeItem(at: data)
  }

  /// Runs `osusume` with a data folder, some input, and returns what it printed.
  static func osusume(_ arguments: [String], data: URL, input: String? = nil) throws -> (status: Int32, out: String, err: String) {
    let process = Process()
    process.executableURL = programs.appendingPathComponent("osusume")
    process.arguments = arguments + ["--data", data.path]
    process.environment = environment
    let (out, err, stdin) = (Pipe(), Pipe(), Pipe())
    process.standardOutput = out
    process.standardError = err
    process.standardInput = stdin
    try process.run()
    if let input { try stdin.fileHandleForWriting.write(contentsOf: Data(input.utf8)) }
    try stdin.fileHandleForWriting.close()
    let said = out.fileHandleForReading.readDataToEndOfFile()
    let complained = err.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    return (process.terminationStatus, String(decoding: said, as: UTF8.self), String(decoding: complained, as: UTF8.self))
  }
}

/// A bare connection, for sending what the client library never would.
final class RawConnection {
  private let descriptor: Int32
  private var framer = LineFramer(limit: 64 << 20)
  private var waiting: [JSONValue] = []

  init(_ socket: URL) throws {
    descriptor = Foundation.socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: Array(socket.path.utf8)) }
    let result = withUnsafePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size)) }
    }
    try #require(result == 0)
    // A daemon that does not answer fails the test instead of hanging it.
    var limit = timeval(tv_sec: 60, tv_usec: 0)
    setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
  }

  deinit { close(descriptor) }

  func send(_ text: String) { send(Array(text.utf8)) }

  func send(_ bytes: [UInt8]) {
    var rest = bytes[...]
    while !rest.isEmpty {
      let count = rest.withUnsafeBytes { Foundation.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
      if count <= 0 { return }
      rest = rest.dropFirst(count)
    }
  }

  func endWriting() { shutdown(descriptor, Int32(SHUT_WR)) }

  /// The next line, or nil at the end.
  func receive() throws -> JSONValue? {
    var buffer = [UInt8](repeating: 0, count: 1 << 16)
    while waiting.isEmpty {
      let count = recv(descriptor, &buffer, buffer.count, 0)
      if count <= 0 { return nil }
      for case .line(let line) in framer.push(buffer[..<count]) {
        waiting.append(try JSONDecoder().decode(JSONValue.self, from: Data(line)))
      }
    }
    return waiting.removeFirst()
  }
}
