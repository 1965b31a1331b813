import Foundation

/// How the loss went.
public struct LearningCurve: Sendable, Equatable, Codable {
  public struct Point: Sendable, Equatable, Codable {
    /// Updates before it.
    public let step: Int
    /// Nats a learned token.
    public let loss: Float

    public init(step: Int, loss: Float) {
      self.step = step
      self.loss = loss
    }
  }

  /// Of each step's own documents, before they were learned from.
  public internal(set) var training: [Point] = []
  /// Of documents that are never learned from.
  public internal(set) var heldOut: [Point] = []

  public init() {}

  /// The lowest held-out loss, the first of equal ones.
  public var best: Point? { heldOut.min { $0.loss < $1.loss } }

  /// Whether the last measurements, that many of them, were no lower than one before.
  func hasStalled(for patience: Int) -> Bool {
    guard let best, let place = heldOut.firstIndex(of: best) else { return false }
    return heldOut.count - 1 - place >= patience
  }

  /// Points in the order of the drawing, each the mean of as many that at most `count` are left.
  static func thinned(_ points: [Point], to count: Int) -> [Point] {
    let size = max(1, (points.count + count - 1) / count)
    return stride(from: 0, to: points.count, by: size).map { start in
      let group = points[start..<min(points.count, start + size)]
      return Point(step: group[group.startIndex + group.count / 2].step, loss: group.reduce(0) { $0 + $1.loss } / Float(group.count))
    }
  }

  /// A drawing of both curves.
  public func svg(title: String) -> String { LearningCurvePlot(self, title: title).svg() }
}

/// Draws a learning curve as SVG 1.1.
struct LearningCurvePlot {
  private let curve: LearningCurve
  private let title: String
  private let steps: Double
  private let high: Double
  private let frame = (left: 64.0, top: 40.0, width: 616.0, height: 300.0)

  init(_ curve: LearningCurve, title: String) {
    self.curve = curve
    self.title = title
    let points = curve.training + curve.heldOut
    steps = Double(max(1, points.reduce(0) { max($0, $1.step) }))
    let losses = points.map { Double($0.loss) }.filter(\.isFinite)
    high = max(0.1, losses.max() ?? 1)
  }

  func svg() -> String {
    var lines = [
      #"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 720 400" font-family="sans-serif" font-size="12">"#,
      #"<rect width="720" height="400" fill="white"/>"#,
      #"<text x="64" y="24" font-size="15">\#(Self.escaped(title))</text>"#,
    ]
    for tick in Self.ticks(to: high) {
      lines.append(#"<path d="M64 \#(number(y(tick)))h616" stroke="silver"/>"#)
      lines.append(#"<text x="56" y="\#(number(y(tick) + 4))" text-anchor="end">\#(number(tick))</text>"#)
    }
    for tick in Self.ticks(to: steps) {
      lines.append(#"<text x="\#(number(x(tick)))" y="358" text-anchor="middle">\#(Int(tick))</text>"#)
    }
    lines.append(#"<text x="372" y="382" text-anchor="middle">step</text>"#)
    lines.append(#"<text x="16" y="190" text-anchor="middle" transform="rotate(-90 16 190)">nats a token</text>"#)
    lines += line(LearningCurve.thinned(curve.training, to: 300), "#1f6fb4", name: "training", row: 0)
    lines += line(curve.heldOut, "#d1651a", name: "held out", row: 1)
    return lines.joined(separator: "\n") + "\n</svg>\n"
  }

  private func line(_ points: [LearningCurve.Point], _ color: String, name: String, row: Int) -> [String] {
    let shown = points.filter(\.loss.isFinite)
    guard !shown.isEmpty else { return [] }
    let places = shown.map { "\(number(x(Double($0.step)))),\(number(y(Double($0.loss))))" }.joined(separator: " ")
    let height = 20 + 18 * row
    return [
      #"<polyline points="\#(places)" fill="none" stroke="\#(color)" stroke-width="1.5"/>"#,
      #"<text x="680" y="\#(height)" text-anchor="end" fill="\#(color)">\#(name)</text>"#,
    ]
  }

  private func x(_ step: Double) -> Double { frame.left + frame.width * step / steps }
  private func y(_ loss: Double) -> Double { frame.top + frame.height * (high - loss) / high }

  private func number(_ value: Double) -> String {
    let text = String(format: "%.2f", value)
    return text.hasSuffix(".00") ? String(text.dropLast(3)) : text
  }

  /// Round numbers from 0, four to nine of them.
  static func ticks(to limit: Double) -> [Double] {
    var size = pow(10, floor(log10(limit)))
    if limit / size < 2 { size /= 5 } else if limit / size < 4 { size /= 2 }
    return Array(stride(from: 0, through: limit, by: size))
  }

  static func escaped(_ text: String) -> String {
    [("&", "&amp;"), ("<", "&lt;"), (">", "&gt;")].reduce(text) { $0.replacingOccurrences(of: $1.0, with: $1.1) }
  }
}
