import CKernels
import LanguageModel

/// The kernels of training (CKernels/training.h) on a team of threads. Not for use from several threads at once.
final class TrainingKernels {
  let trainer: OpaquePointer
  let precision: osu_train_precision
  /// Threads that compute, the caller's included.
  var threads: Int { Int(osu_trainer_members(trainer)) }
  /// Memory of the cross entropy, as large as the last call needed.
  private var scratch: FloatBuffer?

  init(threads: Int, level: SIMDLevel, precision: TrainingSettings.Precision) throws(TrainingError) {
    guard let trainer = osu_trainer_create(Int32(clamping: max(1, threads)), level.rawValue) else {
      throw .model(.outOfMemory(bytes: 1 << 20, what: "a team of threads"))
    }
    self.trainer = trainer
    self.precision = precision == .bfloat16 ? OSU_TRAIN_BF16 : OSU_TRAIN_F32
  }

  deinit { osu_trainer_destroy(trainer) }

  /// c (+)= a b.
  func product(_ a: Matrix, _ b: Matrix, into c: Matrix, add: Bool = false) {
    assert(a.width == b.height && c.rows == a.height && c.columns == b.width && !c.isTransposed, "shapes of a product")
    osu_train_matmul(
      trainer, precision, a.isTransposed ? 1 : 0, b.isTransposed ? 1 : 0, a.height, b.width, a.width, a.base, a.stride, b.base, b.stride,
      c.base, c.stride, add ? 1 : 0)
  }

  /// The sum of the losses of the rows that have a target (a negative one is none); slope and gradient, if there, get `scale` times the
  /// slopes of that sum.
  func crossEntropy(
    _ rows: FloatBuffer, _ output: Matrix, _ targets: [Int32], scale: Float, slope: FloatBuffer?, gradient: UnsafeMutablePointer<Float>?
  ) throws(TrainingError) -> Double {
    let needed = osu_train_cross_entropy_scratch(targets.count, output.columns, output.rows)
    let memory: FloatBuffer
    if let scratch, scratch.count >= needed { memory = scratch } else { memory = try FloatBuffer(needed, for: "the logits of a few rows") }
    scratch = memory
    return osu_train_cross_entropy(
      trainer, precision, rows.base, output.base, targets, targets.count, output.columns, output.rows, scale, nil, slope?.base, gradient,
      memory.base)
  }
}

/// A row-major matrix somewhere in memory, or its transpose.
struct Matrix {
  let base: UnsafeMutablePointer<Float>
  /// As it stands in memory.
  let rows: Int
  let columns: Int
  /// Floats from a row to the next.
  let stride: Int
  private(set) var isTransposed = false

  init(_ base: UnsafeMutablePointer<Float>, _ rows: Int, _ columns: Int, stride: Int? = nil) {
    (self.base, self.rows, self.columns, self.stride) = (base, rows, columns, stride ?? columns)
  }

  var transposed: Matrix {
    var other = self
    other.isTransposed.toggle()
    return other
  }

  /// Rows and columns as the product sees them.
  var height: Int { isTransposed ? columns : rows }
  var width: Int { isTransposed ? rows : columns }
}
