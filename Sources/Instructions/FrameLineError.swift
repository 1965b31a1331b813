import Frames

/// Why a Frame is no line, or a line no Frame.
public enum FrameLineError: Error, Sendable, Equatable, CustomStringConvertible {
  case notALine(String)
  case notAConstraint(String)
  case unknownSlot(String)
  case unknownValue(String, slot: String)
  case badOperator(ConstraintOperator, slot: String)
  case notShown(String)
  case tooMany(String, limit: Int)

  public var description: String {
    switch self {
    case .notALine(let line): "“\(line.prefix(80))” does not begin with goal= and act=; decode under the pack's grammar."
    case .notAConstraint(let word): "“\(word.prefix(80))” is no constraint; write slot+value or slot!value."
    case .unknownSlot(let name): "“\(name)” is no slot of the pack; add it to pack.yaml or mend the name."
    case .unknownValue(let value, let slot): "“\(value)” is no value of slot \(slot); add it to pack.yaml or, for a node, to graph.tsv."
    case .badOperator(let op, let slot): "“\(op.rawValue)” does not go with slot \(slot); bounds need an ordered slot, near a node."
    case .notShown(let item): "“\(item)” is not on screen; pass the items shown when the Frame was made."
    case .tooMany(let what, let limit): "There are none, or more than \(limit), \(what); a line has room for \(limit)."
    }
  }
}
