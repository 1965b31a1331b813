import CKernels
import Foundation
import LanguageModel

/// AdamW (Loshchilov and Hutter 2019) over a flat buffer, with the gradient's norm clipped.
final class AdamW {
  /// Running means of the gradient and of its square.
  let mean: FloatBuffer
  let square: FloatBuffer
  private let settings: TrainingSettings
  private let kernels: TrainingKernels
  /// Neighbouring tensors that decay, or do not.
  private let runs: [(range: Range<Int>, decays: Bool)]

  init(_ settings: TrainingSettings, _ layout: ParameterLayout, _ kernels: TrainingKernels) throws(TrainingError) {
    (self.settings, self.kernels) = (settings, kernels)
    mean = try FloatBuffer(layout.count, for: "the optimiser")
    square = try FloatBuffer(layout.count, for: "the optimiser")
    var runs: [(range: Range<Int>, decays: Bool)] = []
    for entry in layout.entries {
      if let last = runs.last, last.decays == entry.decays {
        runs[runs.count - 1].range = last.range.lowerBound..<entry.range.upperBound
      } else {
        runs.append((entry.range, entry.decays))
      }
    }
    self.runs = runs
  }

  func norm(of gradient: FloatBuffer) -> Float {
    Float(osu_train_squared_norm(kernels.trainer, gradient.base, gradient.count).squareRoot())
  }

  /// The update of a step, counted from 0; the gradient becomes 0.
  func update(_ values: FloatBuffer, _ gradient: FloatBuffer, norm: Float, step: Int, rate: Float) {
    var update = osu_adamw(
      rate: rate, beta1: settings.beta1, beta2: settings.beta2, epsilon: settings.epsilon, decay: 0,
      correction1: Float(1 - pow(Double(settings.beta1), Double(step + 1))),
      correction2: Float(1 - pow(Double(settings.beta2), Double(step + 1))),
      gradient_scale: norm > settings.clipping ? settings.clipping / norm : 1)
    for run in runs {
      update.decay = run.decays ? settings.weightDecay : 0
      let start = run.range.lowerBound
      osu_train_adamw(
        kernels.trainer, &update, values.base + start, mean.base + start, square.base + start, gradient.base + start, run.range.count, 1)
    }
  }
}
