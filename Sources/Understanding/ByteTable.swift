import Foundation

/// Numbers that are kept as bytes: millions of them as single values would take seconds to read.
struct ByteTable<Value: BitwiseCopyable & Sendable>: Codable, Sendable {
  var values: [Value]

  init(values: [Value]) { self.values = values }

  init(from decoder: any Decoder) throws {
    let data = try decoder.singleValueContainer().decode(Data.self)
    let size = MemoryLayout<Value>.stride
    values = data.withUnsafeBytes { bytes in
      (0..<bytes.count / size).map { bytes.loadUnaligned(fromByteOffset: $0 * size, as: Value.self) }
    }
  }

  func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(values.withUnsafeBytes { Data($0) })
  }
}
