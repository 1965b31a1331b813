import CKernels

/// Matrices of one layer that read the same input, one behind the other as one: y = x W^T, with LoRA's changes where there are any.
struct LinearLayer {
  /// A change of some of the rows: y += scale * (x A^T) B^T.
  struct LowRank {
    /// The first row of the matrix that it changes, and how many.
    let firstRow: Int
    let rows: Int
    let rank: Int
    let scale: Float
    /// [rank][columns] and its gradient.
    let down: UnsafeMutablePointer<Float>
    let downGradient: UnsafeMutablePointer<Float>
    /// [rows][rank] and its gradient.
    let up: UnsafeMutablePointer<Float>
    let upGradient: UnsafeMutablePointer<Float>
    /// scale * x A^T: [positions][rank], which the way back reads again.
    let inner: FloatBuffer
  }

  let rows: Int
  let columns: Int
  /// [rows][columns].
  let weights: UnsafeMutablePointer<Float>
  /// Of the weights, nil if they stay as they are.
  let gradient: UnsafeMutablePointer<Float>?
  let changes: [LowRank]

  /// y [count][rows] (+)= x [count][columns] W^T.
  func forward(
    _ kernels: TrainingKernels, _ x: UnsafeMutablePointer<Float>, _ y: UnsafeMutablePointer<Float>, count: Int, add: Bool = false
  ) {
    kernels.product(
      Matrix(x, count, columns), Matrix(weights, rows, columns).transposed, into: Matrix(y, count, rows), add: add)
    for change in changes {
      let inner = Matrix(change.inner.base, count, change.rank)
      kernels.product(Matrix(x, count, columns), Matrix(change.down, change.rank, columns).transposed, into: inner)
      osu_train_scale(kernels.trainer, change.inner.base, change.scale, count * change.rank)
      kernels.product(
        inner, Matrix(change.up, change.rows, change.rank).transposed,
        into: Matrix(y + change.firstRow, count, change.rows, stride: rows), add: true)
    }
  }

  /// dx [count][columns] (+)= dy [count][rows] W, and the gradients of what is trained grow by dy^T x.
  /// - Parameter scratch: room for [count][the largest rank], where there are changes.
  func backward(
    _ kernels: TrainingKernels, _ dy: UnsafeMutablePointer<Float>, _ x: UnsafeMutablePointer<Float>, _ dx: UnsafeMutablePointer<Float>,
    count: Int, scratch: UnsafeMutablePointer<Float>? = nil, add: Bool = false
  ) {
    let outputs = Matrix(dy, count, rows)
    kernels.product(outputs, Matrix(weights, rows, columns), into: Matrix(dx, count, columns), add: add)
    if let gradient {
      kernels.product(outputs.transposed, Matrix(x, count, columns), into: Matrix(gradient, rows, columns), add: true)
    }
    guard let scratch else { return }
    for change in changes {
      let part = Matrix(dy + change.firstRow, count, change.rows, stride: rows)
      let inner = Matrix(change.inner.base, count, change.rank)
      kernels.product(part.transposed, inner, into: Matrix(change.upGradient, change.rows, change.rank), add: true)
      let slope = Matrix(scratch, count, change.rank)
      kernels.product(part, Matrix(change.up, change.rows, change.rank), into: slope)
      osu_train_scale(kernels.trainer, scratch, change.scale, count * change.rank)
      kernels.product(slope.transposed, Matrix(x, count, columns), into: Matrix(change.downGradient, change.rank, columns), add: true)
      kernels.product(slope, Matrix(change.down, change.rank, columns), into: Matrix(dx, count, columns), add: true)
    }
  }
}
