import CKernels
import Dispatch
import Foundation

/// The packed weights of a model: packed on the first start and, if the caller gives a folder, written there, so that later
/// starts only map the file.
///
/// The file is 64 bytes of header (format, key of the model file, byte count), then the packed matrices as in memory. It is
/// derived and disposable: what does not fit the model file is packed anew.
final class WeightStore: Sendable {
  /// Where the weights came from.
  enum Origin: Sendable, Equatable {
    case packed
    case cache
  }

  private enum Storage: Sendable {
    case memory(LargeMemory)
    case file(MappedFile)
  }

  /// Counts up when a layout of CKernels/packing.c changes.
  private static let format: UInt64 = 1
  private static let headerBytes = 4096
  /// Files that a folder holds at most.
  private static let keptFiles = 4
  private let storage: Storage
  let origin: Origin
  /// Why the packed weights could not be kept, if they could not: the model runs all the same.
  let cacheProblem: String?

  // The packed bytes never change once `init` has returned.
  var base: UnsafePointer<UInt8> {
    switch storage {
    case .memory(let memory): UnsafeRawPointer(memory.base).assumingMemoryBound(to: UInt8.self) + Self.headerBytes
    case .file(let file): file.bytes.baseAddress!.assumingMemoryBound(to: UInt8.self) + Self.headerBytes
    }
  }

  init(_ file: GGUFFile, _ weights: DecoderWeights, cacheFolder: String?) throws(DecoderError) {
    let header = Self.header(file, weights)
    let path = cacheFolder.map { "\($0)/\(Self.name(header))" }
    if let path, let mapped = try? MappedFile(path: path), mapped.count == Self.headerBytes + weights.packedBytes,
      mapped.bytes.prefix(header.count).elementsEqual(header)
    {
      mapped.preferHugePages()
      // What was used last is kept longest.
      utimes(path, nil)
      (storage, origin, cacheProblem) = (.file(mapped), .cache, nil)
      return
    }
    let memory = try LargeMemory(byteCount: Self.headerBytes + weights.packedBytes, for: "the weights")
    memory.base.copyMemory(from: header, byteCount: header.count)
    Self.pack(file, weights, into: memory)
    (storage, origin) = (.memory(memory), .packed)
    cacheProblem = path.flatMap { Self.write(memory, count: Self.headerBytes + weights.packedBytes, to: $0) }
  }

  private static func pack(_ file: GGUFFile, _ weights: DecoderWeights, into memory: LargeMemory) {
    let chunk = 64
    for (tensor, packed) in weights.matrices {
      let widened = tensor.type == .q5_0 ? file.withBytes(of: tensor, widened) : nil
      DispatchQueue.concurrentPerform(iterations: (packed.groups + chunk - 1) / chunk) { index in
        func pack(_ bytes: UnsafeRawBufferPointer) {
          osu_pack(
            Int32(packed.type.rawValue), bytes.baseAddress, packed.rows, packed.columns, memory.base + headerBytes + packed.offset,
            index * chunk, min(packed.groups, (index + 1) * chunk))
        }
        if let widened { widened.withUnsafeBytes(pack) } else { file.withBytes(of: tensor, pack) }
      }
    }
  }

  /// Blocks of Q5_0 as blocks of Q8_0.
  private static func widened(_ bytes: UnsafeRawBufferPointer) -> [UInt8] {
    let blocks = bytes.count / TensorType.q5_0.blockBytes
    return [UInt8](unsafeUninitializedCapacity: blocks * TensorType.q8_0.blockBytes) { buffer, count in
      osu_widen_q5_0(bytes.baseAddress, blocks, buffer.baseAddress)
      count = buffer.count
    }
  }

  /// The key: the model file's size and time, and a hash of everything in it before the tensors' data.
  private static func header(_ file: GGUFFile, _ weights: DecoderWeights) -> [UInt8] {
    var status = stat()
    stat(file.path, &status)
    var bytes = Array("OSUPACK\n".utf8)
    let dataStart = file.orderedTensors.map(\.offset).min() ?? file.byteCount
    for number in [
      format, UInt64(file.byteCount), UInt64(bitPattern: Int64(status.st_mtim.tv_sec)), UInt64(bitPattern: Int64(status.st_mtim.tv_nsec)),
      file.withHeader(dataStart, hash), UInt64(weights.packedBytes),
    ] { bytes.appendInteger(number) }
    return bytes
  }

  private static func name(_ header: [UInt8]) -> String {
    String(header.withUnsafeBytes(hash), radix: 16) + ".packed"
  }

  /// FNV-1a over eight bytes at a time.
  private static func hash(_ bytes: UnsafeRawBufferPointer) -> UInt64 {
    var hash: UInt64 = 0xcbf2_9ce4_8422_2325
    var index = 0
    while index + 8 <= bytes.count {
      hash = (hash ^ bytes.loadUnaligned(fromByteOffset: index, as: UInt64.self)) &* 0x100_0000_01b3
      hash ^= hash >> 29
      index += 8
    }
    while index < bytes.count {
      hash = (hash ^ UInt64(bytes[index])) &* 0x100_0000_01b3
      index += 1
    }
    return hash
  }

  /// Under another name first, so that no other start sees half a file. Returns what went wrong.
  private static func write(_ memory: LargeMemory, count: Int, to path: String) -> String? {
    let temporary = "\(path).\(UUID().uuidString).partial"
    try? FileManager.default.createDirectory(
      atPath: (path as NSString).deletingLastPathComponent, withIntermediateDirectories: true)
    let descriptor = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else { return "\(path): \(String(cString: strerror(errno)))" }
    var problem: String?
    var written = 0
    while written < count, problem == nil {
      let result = Foundation.write(descriptor, memory.base + written, count - written)
      if result > 0 { written += result } else if errno != EINTR { problem = "\(path): \(String(cString: strerror(errno)))" }
    }
    close(descriptor)
    if problem == nil, rename(temporary, path) != 0 { problem = "\(path): \(String(cString: strerror(errno)))" }
    if problem != nil { unlink(temporary) } else { removeOld(besides: path) }
    return problem
  }

  /// Removes all but the files used last: a model that was replaced, or is no longer run, leaves nothing behind for good.
  private static func removeOld(besides path: String) {
    let folder = (path as NSString).deletingLastPathComponent
    let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
    let files = names.filter { $0.hasSuffix(".packed") }.map { "\(folder)/\($0)" }.filter { $0 != path }
    func used(_ file: String) -> Date {
      (try? FileManager.default.attributesOfItem(atPath: file)[.modificationDate] as? Date) ?? .distantPast
    }
    for file in files.map({ ($0, used($0)) }).sorted(by: { $0.1 > $1.1 }).dropFirst(keptFiles - 1) { unlink(file.0) }
  }
}
