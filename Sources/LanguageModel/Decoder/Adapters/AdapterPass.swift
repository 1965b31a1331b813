import CKernels

/// Neighbouring rows of a batch that are computed with the same adapters.
struct AdapterRun {
  let first: Int
  private(set) var count: Int
  let sequence: Int
  let adapters: [DecoderAttachments.Adapter]

  /// The runs of rows that belong to these sequences; none for rows without adapters.
  static func runs(owners: [Int], _ attachments: [DecoderAttachments]) -> [AdapterRun] {
    guard attachments.contains(where: { !$0.adapters.isEmpty }) else { return [] }
    var runs: [AdapterRun] = []
    for (row, owner) in owners.enumerated() where !attachments[owner].adapters.isEmpty {
      if let last = runs.last, last.sequence == owner, last.first + last.count == row {
        runs[runs.count - 1].count += 1
      } else {
        runs.append(AdapterRun(first: row, count: 1, sequence: owner, adapters: attachments[owner].adapters))
      }
    }
    return runs
  }
}

extension DecoderPass {
  /// Adds what adapters make of the inputs of a product to this member's rows of its outputs.
  ///
  /// Every member computes A x for itself: it is small, and waiting for each other would cost more.
  func adapt(
    _ matrix: AdaptedMatrix, _ inputs: Activations, _ runs: [AdapterRun], to output: UnsafeMutablePointer<Float>, stride: Int
  ) {
    for run in runs {
      for adapter in run.adapters {
        guard let factors = adapter.lora.factors(of: matrix) else { continue }
        let between = runner.lowRank[member]
        multiply(
          adapter.lora, factors.down, inputs.kernel.x + run.first * inputs.stride, inputs.stride, run.count, 0..<factors.down.groups,
          to: between.base, stride: between.stride, adding: false)
        let scale = adapter.scale * factors.scale
        for row in 0..<run.count {
          for number in 0..<factors.down.rows { between[row][number] *= scale }
        }
        multiply(
          adapter.lora, factors.up, between.base, between.stride, run.count, factors.up.share(of: member, in: members),
          to: output + run.first * stride, stride: stride, adding: true)
      }
    }
  }

  func adapt(_ matrix: AdaptedMatrix, _ inputs: Activations, _ runs: [AdapterRun], to output: FloatRows) {
    adapt(matrix, inputs, runs, to: output.base, stride: output.stride)
  }

  private func multiply(
    _ lora: LoRAAdapter, _ matrix: PackedMatrix, _ inputs: UnsafeMutablePointer<Float>, _ inputStride: Int, _ rows: Int,
    _ groups: Range<Int>, to output: UnsafeMutablePointer<Float>, stride: Int, adding: Bool
  ) {
    guard !groups.isEmpty else { return }
    // Products of floats read nothing else of their inputs.
    let activations = osu_activations(x: inputs, q: nil, scale: nil, sum: nil, bias32: nil, bias16: nil, stride: inputStride)
    withUnsafePointer(to: activations) {
      osu_linear(
        Int32(matrix.type.rawValue), lora.base + matrix.offset, matrix.columns, $0, rows, output, stride, groups.lowerBound,
        groups.upperBound, adding ? 1 : 0, level)
    }
  }
}
