import Frames

/// The short writing of constraints in labelled utterances: `kind=temple;price<=cheap;area!=ueno|asakusa;mood=quiet?`.
///
/// `=` wants, `!=` does not want, `<=` and `>=` bound ordered slots and numbers, `|` separates alternatives and a
/// final `?` marks a preference rather than a condition.
public enum ConstraintSyntax {
  public struct Failure: Error, Hashable {
    public var part: String
    public var problem: String
  }

  /// - Parameter slots: of the pack; nil accepts any slot and value.
  public static func parse(_ text: String, manifest: Manifest?) throws(Failure) -> [Constraint] {
    var result: [Constraint] = []
    for raw in text.split(separator: ";") {
      let part = raw.trimmingPrefix(while: \.isWhitespace)
      if part.isEmpty { continue }
      result.append(try constraint(String(part), manifest))
    }
    return result
  }

  private static func constraint(_ part: String, _ manifest: Manifest?) throws(Failure) -> Constraint {
    var body = part[...]
    while body.last?.isWhitespace == true { body.removeLast() }
    var strength: Strength?
    if body.last == "?" {
      body.removeLast()
      strength = .prefer
    }
    guard let start = body.firstIndex(where: { "=!<>".contains($0) }) else {
      throw Failure(part: part, problem: "has no operator (=, !=, <=, >=)")
    }
    let end = body[start...].firstIndex { !"=!<>".contains($0) } ?? body.endIndex
    let slot = String(body[..<start])
    let values = body[end...].split(separator: "|").map(String.init)
    guard !values.isEmpty else { throw Failure(part: part, problem: "has no value") }
    var constraint = Constraint(slot: slot, value: values)
    switch body[start..<end] {
    case "=": break
    case "!=": constraint.polarity = .negative
    case "<=": constraint.op = .le
    case ">=": constraint.op = .ge
    case "<": constraint.op = .lt
    case ">": constraint.op = .gt
    default: throw Failure(part: part, problem: "has an unknown operator \(body[start..<end])")
    }
    if values.count > 1 {
      guard constraint.op == .is else { throw Failure(part: part, problem: "bounds by more than one value") }
      constraint.op = .in
    }
    if let manifest {
      guard let known = manifest.slot(slot) else { throw Failure(part: part, problem: "names no slot of this pack") }
      try check(values, known, part)
      constraint.strength = strength ?? (known.hard ? .must : .prefer)
    } else {
      constraint.strength = strength ?? .must
    }
    return constraint
  }

  private static func check(_ values: [String], _ slot: Slot, _ part: String) throws(Failure) {
    for value in values {
      switch slot.type {
      case .enum, .ordered:
        if !slot.values.contains(where: { $0.id == value }) {
          throw Failure(part: part, problem: "\"\(value)\" is no value of slot \(slot.name)")
        }
      case .number:
        if Double(value) == nil { throw Failure(part: part, problem: "\"\(value)\" is not a number") }
      case .node: break
      }
    }
  }

  /// The inverse of `parse`.
  public static func print(_ constraints: [Constraint]) -> String {
    constraints.map { constraint in
      let sign: String
      switch constraint.op {
      case .le: sign = "<="
      case .lt: sign = "<"
      case .ge: sign = ">="
      case .gt: sign = ">"
      default: sign = constraint.polarity == .negative ? "!=" : "="
      }
      return constraint.slot + sign + constraint.value.joined(separator: "|") + (constraint.strength == .prefer ? "?" : "")
    }.joined(separator: ";")
  }
}
