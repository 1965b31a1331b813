import CKernels

/// A weight matrix in the form the kernels read (CKernels/packing.c): sixteen rows interleaved.
struct PackedMatrix: Sendable {
  /// Of the packed weights: Q8_0 for a tensor in Q5_0.
  let type: TensorType
  let rows: Int
  let columns: Int
  /// Where it begins in the model's packed weights, a multiple of 64 bytes.
  let offset: Int

  var groups: Int { (rows + rowsPerGroup - 1) / rowsPerGroup }
  var byteCount: Int { groups * osu_packed_group_bytes(Int32(type.rawValue), columns) }

  private var rowsPerGroup: Int { OSU_ROWS }

  /// The groups that a member of a team computes: whole pairs, since the kernels take two groups at a time.
  func share(of member: Int, in members: Int) -> Range<Int> {
    let pairs = (groups + 1) / 2
    return min(groups, pairs * member / members * 2)..<min(groups, pairs * (member + 1) / members * 2)
  }
}
