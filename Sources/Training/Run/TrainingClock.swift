import Foundation

/// How long a run has gone on, and how fast it goes lately.
struct TrainingClock {
  private var began = ContinuousClock.now
  private var before = 0.0
  private var last = ContinuousClock.now
  /// Means in which a step of a minute ago counts for little: positions and seconds a step.
  private var positions = 0.0
  private var stepSeconds = 0.0
  private static let inertia = 0.9

  /// - Parameter seconds: what earlier parts of the run took.
  mutating func start(after seconds: Double) {
    before = seconds
    (began, last) = (.now, .now)
    (positions, stepSeconds) = (0, 0)
  }

  var seconds: Double { before + Self.seconds(began.duration(to: .now)) }
  var speed: Double { stepSeconds > 0 ? positions / stepSeconds : 0 }
  func left(steps: Int) -> Double { stepSeconds * Double(steps) }

  mutating func tick(positions count: Int) {
    let now = ContinuousClock.now
    let passed = Self.seconds(last.duration(to: now))
    last = now
    guard stepSeconds > 0 else { return (positions, stepSeconds) = (Double(count), passed) }
    positions = Self.inertia * positions + (1 - Self.inertia) * Double(count)
    stepSeconds = Self.inertia * stepSeconds + (1 - Self.inertia) * passed
  }

  private static func seconds(_ duration: Duration) -> Double {
    Double(duration.components.seconds) + Double(duration.components.attoseconds) * 1e-18
  }
}
