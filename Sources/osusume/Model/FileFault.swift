/// A file that a command cannot use: what is wrong with it, and the mend.
struct FileFault: Error, CustomStringConvertible {
  let file: String
  let problem: String
  let mend: String

  var description: String { "\(file): \(problem). \(mend)" }
}
