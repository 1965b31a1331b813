import CKernels

/// Numbers to and from ggml's storage formats. Each result is that of ggml's reference code (ggml-quants.c) to the bit.
extension TensorType {
  /// Formats that `encode` writes.
  public static let encodable: [TensorType] = [.f32, .f16, .bf16, .q8_0, .q4_0, .q6_K]

  /// The numbers of whole blocks.
  /// - Parameter bytes: a whole number of blocks.
  public func decode(_ bytes: UnsafeRawBufferPointer, level: SIMDLevel = .best) -> [Float] {
    let count = bytes.count / blockBytes * blockSize
    return [Float](unsafeUninitializedCapacity: count) { values, initialized in
      decode(bytes, into: values, level: level)
      initialized = count
    }
  }

  /// - Parameters:
  ///   - bytes: a whole number of blocks.
  ///   - values: room for `bytes.count / blockBytes * blockSize` numbers.
  public func decode(_ bytes: UnsafeRawBufferPointer, into values: UnsafeMutableBufferPointer<Float>, level: SIMDLevel = .best) {
    precondition(bytes.count % blockBytes == 0, "\(bytes.count) bytes are no whole number of \(self) blocks")
    let count = bytes.count / blockBytes * blockSize
    precondition(values.count >= count, "room for \(values.count) of \(count) numbers")
    guard count > 0, let from = bytes.baseAddress, let to = values.baseAddress else { return }
    let known = osu_decode_weights(from.assumingMemoryBound(to: UInt8.self), to, count, Int32(rawValue), level.rawValue)
    assert(known == 1, "\(self) is not known to the kernels")
  }

  /// The blocks of `values`, or nil if a number is not finite or beyond what the format can hold.
  /// - Precondition: the format is one of `encodable`, and the count is a multiple of `blockSize`.
  public func encode(_ values: UnsafeBufferPointer<Float>, level: SIMDLevel = .best) -> [UInt8]? {
    precondition(Self.encodable.contains(self) && values.count % blockSize == 0, "\(values.count) numbers cannot be written as \(self)")
    guard let from = values.baseAddress, !values.isEmpty else { return [] }
    let size = values.count / blockSize * blockBytes
    var fits = false
    let bytes = [UInt8](unsafeUninitializedCapacity: size) { bytes, initialized in
      guard let to = bytes.baseAddress else { return }
      fits = osu_encode_weights(from, to, values.count, Int32(rawValue), level.rawValue) == 1
      initialized = fits ? size : 0
    }
    return fits ? bytes : nil
  }
}

extension GGUFFile {
  /// The numbers of a tensor, in the file's order.
  public func floats(of tensor: GGUFTensor) -> [Float] { withBytes(of: tensor) { tensor.type.decode($0) } }

  /// The numbers of a tensor that must be there with this shape (`[columns, rows]`).
  public func floats(_ name: String, shape: [Int]? = nil) throws(GGUFError) -> [Float] { floats(of: try tensor(name, shape: shape)) }
}
