/// Why items got no semantic ids.
public enum SemanticIDError: Error, Equatable, Sendable, CustomStringConvertible {
  case optionOutOfRange(String, Int, ClosedRange<Int>)
  case noItems
  /// More items than ids.
  case tooManyItems(Int, most: Int)
  case dimensionsDiffer(item: String, found: Int, expected: Int)
  case emptyVector(item: String)
  case notFinite(item: String)
  case repeatedItem(String)
  /// A stored set of ids contradicts itself.
  case damaged(String)

  public var description: String {
    switch self {
    case .optionOutOfRange(let name, let value, let range):
      "Semantic ids cannot have \(value) \(name); choose \(range.lowerBound) to \(range.upperBound)."
    case .noItems: "There are no items to give semantic ids; the catalogue is empty."
    case .tooManyItems(let count, let most):
      "\(count) items do not fit into \(most) semantic ids; take more levels or more codes."
    case .dimensionsDiffer(let item, let found, let expected):
      "The vector of \(item) has \(found) numbers, expected \(expected); embed all items with the same encoder."
    case .emptyVector(let item): "The vector of \(item) is empty; embed the item again."
    case .notFinite(let item): "The vector of \(item) holds a number that is not finite; embed the item again."
    case .repeatedItem(let item): "\(item) has a semantic id already; items are added once."
    case .damaged(let what): "The stored semantic ids are damaged: \(what). Build the pack again."
    }
  }
}
