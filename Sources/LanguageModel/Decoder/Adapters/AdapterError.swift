/// Why an adapter or a soft prompt was refused: what, where, and the mend.
public enum AdapterError: Error, Equatable, Sendable, CustomStringConvertible {
  /// The file is of another kind than its reader expects.
  case wrongKind(file: String, key: String, found: String, expected: String)
  case architectureMismatch(file: String, adapter: String, model: String)
  /// The file asks for something that would be computed wrongly.
  case unsupported(file: String, what: String)
  /// A tensor whose name is that of no adapted matrix of the model.
  case unknownTensor(file: String, tensor: String)
  /// One of the two factors of a matrix is absent.
  case unpaired(file: String, tensor: String, missing: String)
  case shapeMismatch(file: String, tensor: String, found: [Int], expected: String)
  /// Soft prompts are not quantised.
  case unsupportedType(file: String, tensor: String, type: TensorType)
  case invalidNumber(file: String, field: String)
  /// The file has nothing to attach.
  case empty(file: String)
  case invalidScale(Float)
  /// It was checked against a model of another shape than the one it is attached to.
  case otherModel(file: String)

  public var description: String {
    switch self {
    case .wrongKind(let file, let key, let found, let expected):
      "\(file): metadata key \(key) is \"\(found)\", expected \"\(expected)\". Name a file of that kind."
    case .architectureMismatch(let file, let adapter, let model):
      "\(file): was made for the architecture \(adapter), the model is \(model). Use the model that it was trained on."
    case .unsupported(let file, let what):
      "\(file): \(what) is not supported. Train the adapter on the linear layers alone."
    case .unknownTensor(let file, let tensor):
      "\(file): the model has no matrix for tensor \(tensor). Use the model that it was trained on, and adapt linear layers alone."
    case .unpaired(let file, let tensor, let missing):
      "\(file): tensor \(tensor) stands without \(missing). Convert the adapter again."
    case .shapeMismatch(let file, let tensor, let found, let expected):
      "\(file): tensor \(tensor) has the shape \(found), expected \(expected). Use the model that it was trained on."
    case .unsupportedType(let file, let tensor, let type):
      "\(file): tensor \(tensor) is of type \(type), expected F32 or F16. Write it as one of those."
    case .invalidNumber(let file, let field):
      "\(file): \(field) is not finite. The file is damaged or its training diverged; convert or train it again."
    case .empty(let file): "\(file): holds nothing to attach. Convert it again."
    case .invalidScale(let scale): "an adapter's scale is \(scale). Use a finite number, 1 for the adapter as it was trained."
    case .otherModel(let file): "\(file): was loaded for a model of another shape. Load it for the model that it is attached to."
    }
  }
}
