import Foundation
import NIOCore

/// Whether the other end of a Unix socket belongs to the user that runs the daemon (or to root).
enum PeerCheck {
  /// `struct ucred` of Linux: pid, uid, gid.
  private struct Credentials {
    var pid: Int32 = 0
    var uid: UInt32 = 0
    var gid: UInt32 = 0
  }

  static func isOwn(_ channel: any Channel) async -> Bool {
    #if os(Linux)
      guard let provider = channel as? any SocketOptionProvider else { return false }
      let future: EventLoopFuture<Credentials> = provider.unsafeGetSocketOption(
        level: .socket, name: NIOBSDSocket.Option(rawValue: SO_PEERCRED))
      guard let peer = try? await future.get() else { return false }
      return peer.uid == getuid() || peer.uid == 0
    #else
      // The socket file is 0600: only its owner gets this far.
      return true
    #endif
  }
}
