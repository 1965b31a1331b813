import Foundation
import Wire

/// A daemon that cannot start: why, and the mend.
public struct StartError: Error, Sendable, CustomStringConvertible {
  public var problem: String
  public var mend: String
  public var description: String { "\(problem). \(mend)." }
}

/// Holds a socket path for one daemon. The lock dies with the process, so that what a crash left behind is known to be stale.
final class SocketLock: Sendable {
  private let descriptor: Int32
  let socket: URL

  /// Makes the folder (0700), takes the lock, and removes a stale socket file.
  init(socket: URL) throws {
    self.socket = socket
    // sockaddr_un holds 108 bytes with the closing zero.
    guard socket.path.utf8.count < 104 else {
      throw StartError(
        problem: "The socket path \(socket.path) is longer than the system allows", mend: "Choose a shorter one with --socket or --data")
    }
    let folder = socket.deletingLastPathComponent()
    do {
      if !FileManager.default.fileExists(atPath: folder.path) {
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
      }
    } catch {
      throw StartError(
        problem: "The folder \(folder.path) cannot be made (\(error.localizedDescription))", mend: "Choose another with --data")
    }
    let path = socket.path + ".lock"
    descriptor = open(path, O_CREAT | O_RDWR | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else {
      throw StartError(
        problem: "The lock \(path) cannot be opened (\(String(cString: strerror(errno))))", mend: "Check the folder's rights")
    }
    guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
      close(descriptor)
      throw StartError(
        problem: "Another daemon is serving \(socket.path)",
        mend: "Use it, end it with `osusume stop`, or give this one another --data folder")
    }
    var status = stat()
    if lstat(socket.path, &status) == 0 {
      guard status.st_mode & S_IFMT == S_IFSOCK else {
        close(descriptor)
        throw StartError(problem: "\(socket.path) is there and is not a socket", mend: "Move it away, or choose another --socket")
      }
      unlink(socket.path)
    }
  }

  func release() { unlink(socket.path) }

  deinit { close(descriptor) }
}
