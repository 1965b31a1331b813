import CKernels
import Foundation
import LanguageModel
import Testing

/// The loss and the optimizer's step, against the definitions.
@Suite struct KernelLossTests {
  /// Losses, and the gradients of the inputs and of the weights.
  private static func reference(_ x: [Float], _ weight: [Float], _ targets: [Int32], width: Int, scale: Double)
    -> (losses: [Double], dx: [Double], dweight: [Double])
  {
    let vocabulary = weight.count / width
    var losses = [Double](repeating: 0, count: targets.count)
    var dx = [Double](repeating: 0, count: x.count), dweight = [Double](repeating: 0, count: weight.count)
    for (row, target) in targets.enumerated() where target >= 0 {
      let logits = (0..<vocabulary).map { token in
        (0..<width).reduce(0.0) { $0 + Double(x[row * width + $1]) * Double(weight[token * width + $1]) }
      }
      let top = logits.max()!
      let sum = logits.reduce(0) { $0 + exp($1 - top) }
      losses[row] = log(sum) + top - logits[Int(target)]
      for token in 0..<vocabulary {
        let slope = (exp(logits[token] - top) / sum - (token == Int(target) ? 1 : 0)) * scale
        for i in 0..<width {
          dx[row * width + i] += slope * Double(weight[token * width + i])
          dweight[token * width + i] += slope * Double(x[row * width + i])
        }
      }
    }
    return (losses, dx, dweight)
  }

  /// The second shape has more rows than a block.
  @Test(arguments: SIMDLevel.available, [(rows: 19, width: 24, vocabulary: 53), (rows: 41, width: 16, vocabulary: 70_001)])
  func crossEntropyAndItsGradients(level: SIMDLevel, shape: (rows: Int, width: Int, vocabulary: Int)) throws {
    var random = RandomSource(seed: 8)
    let (rows, width, vocabulary) = shape
    let x = random.floats(rows * width, -2...2), weight = random.floats(vocabulary * width)
    let targets = (0..<rows).map { $0 % 5 == 3 ? -1 : Int32(random.unit() * Double(vocabulary)) }
    let expected = Self.reference(x, weight, targets, width: width, scale: 0.25)
    let trainer = try kernelTrainer(level)
    defer { osu_trainer_destroy(trainer) }
    var scratch = [Float](repeating: .nan, count: osu_train_cross_entropy_scratch(rows, width, vocabulary))
    #expect(scratch.count < 6 << 20)
    for (precision, bound) in [(OSU_TRAIN_F32, 1e-5), (OSU_TRAIN_BF16, 3e-2)] {
      var losses = [Float](repeating: .nan, count: rows), dx = [Float](repeating: .nan, count: x.count)
      var dweight = [Float](repeating: 1, count: weight.count)
      let sum = osu_train_cross_entropy(
        trainer, precision, x, weight, targets, rows, width, vocabulary, 0.25, &losses, &dx, &dweight, &scratch)
      #expect(difference(losses, expected.losses) < bound)
      #expect(abs(sum - losses.reduce(0) { $0 + Double($1) }) < 1e-9 * sum)
      #expect(difference(dx, expected.dx) < bound)
      #expect(difference(dweight, expected.dweight.map { $0 + 1 }) < bound)
      let only = osu_train_cross_entropy(
        trainer, precision, x, weight, targets, rows, width, vocabulary, 1, nil, nil, nil, &scratch)
      #expect(only == sum)
      // A frozen table.
      var again = [Float](repeating: .nan, count: x.count)
      _ = osu_train_cross_entropy(trainer, precision, x, weight, targets, rows, width, vocabulary, 0.25, nil, &again, nil, &scratch)
      #expect(again == dx)
    }
  }

  @Test func nothingToLearnCostsNothing() throws {
    let trainer = try kernelTrainer(.best)
    defer { osu_trainer_destroy(trainer) }
    let x = [Float](repeating: 1, count: 32), weight = [Float](repeating: 1, count: 48)
    var scratch = [Float](repeating: .nan, count: osu_train_cross_entropy_scratch(2, 16, 3))
    var dx = [Float](repeating: .nan, count: 32), dweight = [Float](repeating: 4, count: 48)
    #expect(
      osu_train_cross_entropy(trainer, OSU_TRAIN_F32, x, weight, [-1, -1], 2, 16, 3, 1, nil, &dx, &dweight, &scratch) == 0)
    #expect(dx.allSatisfy { $0 == 0 })
    #expect(dweight.allSatisfy { $0 == 4 })
  }

  @Test(arguments: SIMDLevel.available) func stepsAreAdamWs(level: SIMDLevel) throws {
    var random = RandomSource(seed: 6)
    // More than one piece, and not a whole vector.
    let n = 40_003
    var w = random.floats(n), m = [Float](repeating: 0, count: n), v = m
    var wanted = w.map(Double.init), first = [Double](repeating: 0, count: n), second = first
    let trainer = try kernelTrainer(level)
    defer { osu_trainer_destroy(trainer) }
    for t in 1...3 {
      var g = random.floats(n)
      let corrections = (1 - pow(0.9, Double(t)), 1 - pow(0.95, Double(t)))
      var step = osu_adamw(
        rate: 0.01, beta1: 0.9, beta2: 0.95, epsilon: 1e-8, decay: 0.1, correction1: Float(corrections.0),
        correction2: Float(corrections.1),
        gradient_scale: 0.5)
      for i in 0..<n {
        let slope = 0.5 * Double(g[i])
        first[i] = 0.9 * first[i] + 0.1 * slope
        second[i] = 0.95 * second[i] + 0.05 * slope * slope
        wanted[i] -= 0.01 * (first[i] / corrections.0 / ((second[i] / corrections.1).squareRoot() + 1e-8) + 0.1 * wanted[i])
      }
      let before = g
      osu_train_adamw(trainer, &step, &w, &m, &v, &g, n, t == 3 ? 1 : 0)
      #expect(t == 3 ? g.allSatisfy { $0 == 0 } : g == before)
    }
    #expect(difference(w, wanted) < 1e-6)
    #expect(difference(m, first) < 1e-5)
    #expect(difference(v, second) < 1e-5)
  }

  @Test(arguments: SIMDLevel.available, [0, 1, 15, 4096, 4097, 300_011]) func sums(level: SIMDLevel, n: Int) throws {
    var random = RandomSource(seed: 2)
    let x = random.floats(n)
    let expected = x.reduce(0.0) { $0 + Double($1) * Double($1) }
    let norms = try [Int32(1), 3].map { members in
      let trainer = try kernelTrainer(level, members: members)
      defer { osu_trainer_destroy(trainer) }
      return osu_train_squared_norm(trainer, x, n)
    }
    #expect(abs(norms[0] - expected) <= 5e-6 * expected)
    #expect(norms[0] == norms[1])
    guard n < 10_000 else { return }
    let trainer = try kernelTrainer(level)
    defer { osu_trainer_destroy(trainer) }
    var y = x
    osu_train_add(trainer, &y, x, 3, n)
    #expect(zip(y, x).allSatisfy { abs($0 - 4 * $1) < 1e-6 })
    osu_train_scale(trainer, &y, 0.5, n)
    #expect(zip(y, x).allSatisfy { abs($0 - 2 * $1) < 1e-6 })
  }

  @Test(arguments: SIMDLevel.available) func bf16RoundsToTheNearest(level: SIMDLevel) throws {
    let x: [Float] = [
      0, -0.0, 1, -1.5, 1 + 0x1p-8, 1 + 0x1.8p-7, 1 + 0x1.1p-8, .infinity, -.infinity, .greatestFiniteMagnitude, .leastNonzeroMagnitude,
      .nan, Float(bitPattern: 0x7fff_ffff), Float(bitPattern: 0x7f80_0001), 3.14159,
    ]
    let expected: [Float] = [
      0, -0.0, 1, -1.5, 1, 1 + 0x1p-6, 1 + 0x1p-7, .infinity, -.infinity, .infinity, 0, .nan, .nan, .nan, 3.140625,
    ]
    let trainer = try kernelTrainer(level)
    defer { osu_trainer_destroy(trainer) }
    var halves = [UInt16](repeating: 0, count: x.count), y = [Float](repeating: 1, count: x.count)
    osu_train_to_bf16(trainer, x, &halves, x.count)
    osu_train_from_bf16(trainer, halves, &y, x.count)
    for (value, wanted) in zip(y, expected) { #expect(wanted.isNaN ? value.isNaN : value.bitPattern == wanted.bitPattern) }
  }
}
