/// One thing wrong in a pack: which file, line and field, what is wrong, and the mend.
public struct PackFault: Sendable, Hashable, Codable, CustomStringConvertible {
  public enum Severity: String, Sendable, Codable { case error, warning }

  public var severity: Severity
  /// Relative to the pack's folder.
  public var file: String
  /// 1 for the first line; 0 where the fault is the file as a whole.
  public var line: Int
  public var field: String
  public var problem: String
  public var mend: String

  public init(
    _ severity: Severity = .error, file: String, line: Int, field: String, problem: String, mend: String
  ) {
    self.severity = severity
    self.file = file
    self.line = line
    self.field = field
    self.problem = problem
    self.mend = mend
  }

  public var description: String {
    "\(file):\(line): \(severity == .error ? "" : "warning: ")\(field): \(problem). \(mend)."
  }
}

/// A pack that is refused, with every fault that was found.
public struct PackError: Error, Sendable, CustomStringConvertible {
  public var faults: [PackFault]

  public init(_ faults: [PackFault]) { self.faults = faults }

  public var description: String {
    let errors = faults.filter { $0.severity == .error }
    let shown = errors.prefix(20).map(\.description).joined(separator: "\n")
    return errors.count > 20 ? shown + "\n… and \(errors.count - 20) more" : shown
  }
}

/// Collects faults while the readers go on, so that an author sees all of them at once.
struct FaultList {
  private(set) var faults: [PackFault] = []

  mutating func error(_ file: String, _ line: Int, _ field: String, _ problem: String, _ mend: String) {
    faults.append(PackFault(.error, file: file, line: line, field: field, problem: problem, mend: mend))
  }

  mutating func warning(_ file: String, _ line: Int, _ field: String, _ problem: String, _ mend: String) {
    faults.append(PackFault(.warning, file: file, line: line, field: field, problem: problem, mend: mend))
  }

  var hasErrors: Bool { faults.contains { $0.severity == .error } }
}
