import LanguageModel

/// Floats that stay where they are, zero at first.
final class FloatBuffer {
  let base: UnsafeMutablePointer<Float>
  let count: Int
  private let memory: LargeMemory

  init(_ count: Int, for what: String) throws(TrainingError) {
    let (bytes, overflow) = count.multipliedReportingOverflow(by: 4)
    do { memory = try LargeMemory(byteCount: overflow ? .max : bytes, for: what) } catch { throw .model(error) }
    base = memory.base.assumingMemoryBound(to: Float.self)
    self.count = count
  }

  var values: UnsafeMutableBufferPointer<Float> { UnsafeMutableBufferPointer(start: base, count: count) }

  subscript(_ range: Range<Int>) -> UnsafeMutableBufferPointer<Float> { UnsafeMutableBufferPointer(rebasing: values[range]) }
}
