import Foundation
import Logging
import NIOCore
import NIOPosix
import ServiceLifecycle
import Wire

/// Accepts clients on the Unix socket until it is told to stop; then the answers in flight finish.
struct SocketServer: Service {
  let lock: SocketLock
  let connection: Connection
  let log: Logger

  func run() async throws {
    let server = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
      .serverChannelOption(.backlog, value: 128)
      .childChannelOption(.allowRemoteHalfClosure, value: true)
      .bind(unixDomainSocketPath: lock.socket.path) { channel in
        channel.eventLoop.makeCompletedFuture {
          try channel.pipeline.syncOperations.addHandler(LineDecoder())
          return try NIOAsyncChannel<LineFramer.Output, ByteBuffer>(
            wrappingChannelSynchronously: channel,
            configuration: .init(isOutboundHalfClosureEnabled: false))
        }
      }
    chmod(lock.socket.path, 0o600)
    log.info("listening", metadata: ["socket": "\(lock.socket.path)"])
    try await server.executeThenClose { clients in
      try await withThrowingDiscardingTaskGroup { group in
        for try await client in clients.cancelOnGracefulShutdown() {
          group.addTask {
            do {
              try await connection.serve(client)
            } catch {
              log.debug("client gone", metadata: ["error": "\(error)"])
            }
          }
        }
      }
    }
    lock.release()
    log.info("stopped")
  }
}
