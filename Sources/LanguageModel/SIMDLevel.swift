import CKernels

/// An instruction set the kernels are written for.
public enum SIMDLevel: Int32, Sendable, CaseIterable, CustomStringConvertible {
  case portable = 0
  case avx2 = 1
  case avx512 = 2
  /// AVX-512 with products of bf16 numbers.
  case avx512bf16 = 3

  /// The best this machine has, or what `OSUSUME_SIMD` (`portable`, `avx2`, `avx512`) asks for.
  public static var best: SIMDLevel { SIMDLevel(rawValue: osu_simd_level()) ?? .portable }
  /// All that this machine can run.
  public static var available: [SIMDLevel] { allCases.filter { $0.rawValue <= osu_simd_available() } }

  public var description: String {
    switch self {
    case .portable: "portable"
    case .avx2: "AVX2"
    case .avx512: "AVX-512"
    case .avx512bf16: "AVX-512 with bf16"
    }
  }
}
