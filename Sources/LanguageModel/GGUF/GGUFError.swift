/// Why a GGUF file was refused: what, where, and the mend.
public enum GGUFError: Error, Equatable, Sendable, CustomStringConvertible {
  /// The operating system would not open or map the file.
  case unreadable(file: String, reason: String)
  case notGGUF(file: String)
  case unsupportedVersion(file: String, version: UInt32)
  /// The file ends inside `field`, which begins at byte `offset`.
  case truncated(file: String, offset: Int, field: String)
  case malformed(file: String, offset: Int, field: String, problem: String)
  /// The file is sound, but holds a tensor in a format that this engine does not run.
  case unsupportedType(file: String, offset: Int, tensor: String, type: UInt32)
  /// A metadata key or a tensor that the caller needs is absent.
  case missing(file: String, field: String)
  /// A metadata value or a tensor is not of the kind that the caller needs.
  case mismatch(file: String, field: String, found: String, expected: String)
  /// Quantising what was quantised once adds the errors up.
  case quantizedAlready(file: String, tensor: String, type: TensorType)
  /// A tensor holds infinities, no numbers, or numbers beyond what `type` can hold.
  case unusableNumbers(file: String, tensor: String, type: TensorType)
  case unwritable(file: String, reason: String)

  public var description: String {
    switch self {
    case .unreadable(let file, let reason):
      "\(file): cannot be read: \(reason). Check the path and its permissions."
    case .notGGUF(let file):
      "\(file): byte 0: does not begin with GGUF. Name a .gguf file; a Hugging Face folder is turned into one by `osusume model import`."
    case .unsupportedVersion(let file, let version):
      "\(file): byte 4: GGUF version \(version) is not supported. "
        + (version.byteSwapped < 16
          ? "The file is big-endian; use the little-endian form." : "Use version 3; llama.cpp's gguf scripts convert older files.")
    case .truncated(let file, let offset, let field):
      "\(file): byte \(offset): the file ends inside \(field). Download or write the file again."
    case .malformed(let file, let offset, let field, let problem):
      "\(file): byte \(offset): \(field): \(problem). The file is damaged; download or write it again."
    case .unsupportedType(let file, let offset, let tensor, let type):
      "\(file): byte \(offset): tensor \(tensor) is of type \(TensorType.foreignName(type) ?? "number \(type)"), which is not supported. "
        + "Use a file in \(TensorType.allCases.map(\.description).joined(separator: ", ")) (Q8_0 and Q4_K_M downloads are)."
    case .missing(let file, let field):
      "\(file): has no \(field). Use a complete model of a supported architecture."
    case .mismatch(let file, let field, let found, let expected):
      "\(file): \(field) is \(found), expected \(expected). Use a model of a supported architecture."
    case .quantizedAlready(let file, let tensor, let type):
      "\(file): tensor \(tensor) is \(type) already. Start from the model's F32, F16 or BF16 file."
    case .unusableNumbers(let file, let tensor, let type):
      "\(file): tensor \(tensor) holds numbers that are not finite or beyond what \(type) can hold. Use another file of the model."
    case .unwritable(let file, let reason):
      "\(file): cannot be written: \(reason). Check the folder, its permissions and the free space."
    }
  }
}

extension GGUFError {
  /// What the operating system said, without the file's name.
  var reason: String { if case .unreadable(_, let reason) = self { reason } else { description } }
}
