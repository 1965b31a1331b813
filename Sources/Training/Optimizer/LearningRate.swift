import Foundation

extension TrainingSettings {
  /// What the learning rate is multiplied with: a straight line up, then a half cosine down to `final`.
  static func factor(_ step: Int, steps: Int, warmUp: Int, final: Float) -> Float {
    if step < warmUp { return Float(step + 1) / Float(warmUp) }
    guard steps > warmUp + 1 else { return 1 }
    let progress = Double(min(step, steps - 1) - warmUp) / Double(steps - 1 - warmUp)
    return final + (1 - final) * Float(0.5 * (1 + cos(.pi * progress)))
  }
}
