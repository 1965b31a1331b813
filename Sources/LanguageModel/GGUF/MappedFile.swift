import Foundation

/// The bytes of a file, mapped read-only and shared with other processes that map it.
///
/// A file that another program shortens while it is mapped cannot be guarded against (the kernel answers with SIGBUS); model
/// files are therefore replaced by renaming, as `GGUFWriter` does, and never written in place.
final class MappedFile: Sendable {
  // Proof: the memory is mapped read-only (or, for `init(copying:)`, written once before the object is shared), the
  // address never changes, and it is released in deinit, when no other reference is left.
  nonisolated(unsafe) private let base: UnsafeMutableRawPointer
  private let isMapped: Bool
  let count: Int

  /// All bytes; valid as long as this object lives.
  var bytes: UnsafeRawBufferPointer { UnsafeRawBufferPointer(start: base, count: count) }

  init(path: String) throws(GGUFError) {
    func refuse() -> GGUFError { .unreadable(file: path, reason: String(cString: strerror(errno))) }
    let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard descriptor >= 0 else { throw refuse() }
    defer { close(descriptor) }
    var status = stat()
    guard fstat(descriptor, &status) == 0 else { throw refuse() }
    guard status.st_mode & S_IFMT == S_IFREG else { throw .unreadable(file: path, reason: "not a regular file") }
    guard status.st_size > 0 else { throw .unreadable(file: path, reason: "the file is empty") }
    let size = Int(status.st_size)
    guard let address = mmap(nil, size, PROT_READ, MAP_SHARED, descriptor, 0), address != MAP_FAILED else { throw refuse() }
    base = address
    count = size
    isMapped = true
  }

  /// A copy of `bytes` in memory, aligned to 64 bytes as a mapping is to a page.
  init(copying bytes: some Collection<UInt8>) {
    count = bytes.count
    base = .allocate(byteCount: max(1, count), alignment: 64)
    UnsafeMutableRawBufferPointer(start: base, count: count).copyBytes(from: bytes)
    isMapped = false
  }

  /// Asks for huge pages, which file systems with large folios give: worth it for what is read over and over.
  func preferHugePages() {
    #if os(Linux)
      if isMapped { madvise(base, count, Int32(MADV_HUGEPAGE)) }
    #endif
  }

  deinit {
    if isMapped { munmap(base, count) } else { base.deallocate() }
  }
}
