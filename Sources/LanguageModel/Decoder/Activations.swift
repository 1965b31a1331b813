import CKernels

/// The inputs of matrix products: `tokens` rows of floats, and the same as bytes with a scale per 32 (CKernels/decoder.h).
/// Everything begins as zero, and padding stays so.
struct Activations {
  let kernel: osu_activations
  /// Floats from one row to the next.
  let stride: Int
  private let memory: LargeMemory

  init(tokens: Int, width: Int) throws(DecoderError) {
    stride = (width + OSU_COLUMNS - 1) / OSU_COLUMNS * OSU_COLUMNS
    let numbers = tokens * stride
    // Floats, bytes, then four arrays of one or two numbers per 32; a stride of 64 keeps each on a cache line.
    let sizes = [numbers * 4, numbers, numbers / 8, numbers / 8, numbers / 8, numbers / 4].map { ($0 + 63) / 64 * 64 }
    memory = try LargeMemory(byteCount: sizes.reduce(0, +), for: "the activations of \(tokens) tokens")
    let starts = sizes.indices.map { sizes[..<$0].reduce(0, +) }
    kernel = osu_activations(
      x: (memory.base + starts[0]).assumingMemoryBound(to: Float.self), q: (memory.base + starts[1]).assumingMemoryBound(to: Int8.self),
      scale: (memory.base + starts[2]).assumingMemoryBound(to: Float.self),
      sum: (memory.base + starts[3]).assumingMemoryBound(to: Float.self),
      bias32: (memory.base + starts[4]).assumingMemoryBound(to: Int32.self),
      bias16: (memory.base + starts[5]).assumingMemoryBound(to: Int32.self), stride: stride)
  }

  func row(_ token: Int) -> UnsafeMutablePointer<Float> { kernel.x + token * stride }

  func quantize(_ token: Int, _ columns: Range<Int>, _ level: Int32) {
    withUnsafePointer(to: kernel) {
      osu_quantize($0, (token * stride + columns.lowerBound) / 32, (token * stride + columns.upperBound + 31) / 32, level)
    }
  }
}

/// Rows of floats of one width, zero at first.
struct FloatRows {
  let base: UnsafeMutablePointer<Float>
  let stride: Int
  private let memory: LargeMemory

  /// The stride is a multiple of 16, so that kernels write whole groups of rows.
  init(count: Int, width: Int, for what: String) throws(DecoderError) {
    stride = (width + 63) / 64 * 64
    let (bytes, overflow) = count.multipliedReportingOverflow(by: stride * 4)
    memory = try LargeMemory(byteCount: overflow ? .max : bytes, for: what)
    base = memory.base.assumingMemoryBound(to: Float.self)
  }

  subscript(_ row: Int) -> UnsafeMutablePointer<Float> { base + row * stride }
}
