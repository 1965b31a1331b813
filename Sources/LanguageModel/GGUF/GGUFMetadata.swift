/// The keys and values of a GGUF file, in the file's order.
///
/// Each getter throws `GGUFError.missing` if the key is absent and `.mismatch` if its value is of another kind; the forms
/// with `ifPresent` give nil for an absent key.
public struct GGUFMetadata: Sendable {
  /// The file's name, for messages.
  public let file: String
  public private(set) var keys: [String] = []
  private var values: [String: GGUFValue] = [:]

  public init(file: String = "metadata") { self.file = file }

  public subscript(_ key: String) -> GGUFValue? {
    get { values[key] }
    set {
      if let newValue {
        if values.updateValue(newValue, forKey: key) == nil { keys.append(key) }
      } else if values.removeValue(forKey: key) != nil {
        keys.removeAll { $0 == key }
      }
    }
  }

  public func string(_ key: String) throws(GGUFError) -> String { try needed(key, string(ifPresent: key)) }
  /// Any integer type whose value fits.
  public func integer(_ key: String) throws(GGUFError) -> Int { try needed(key, integer(ifPresent: key)) }
  public func float(_ key: String) throws(GGUFError) -> Float { try needed(key, float(ifPresent: key)) }
  public func bool(_ key: String) throws(GGUFError) -> Bool { try needed(key, bool(ifPresent: key)) }
  public func strings(_ key: String) throws(GGUFError) -> [String] { try needed(key, strings(ifPresent: key)) }
  /// An array of any integer type whose values fit.
  public func integers(_ key: String) throws(GGUFError) -> [Int] { try needed(key, integers(ifPresent: key)) }
  public func floats(_ key: String) throws(GGUFError) -> [Float] { try needed(key, floats(ifPresent: key)) }
  public func bools(_ key: String) throws(GGUFError) -> [Bool] { try needed(key, bools(ifPresent: key)) }

  public func string(ifPresent key: String) throws(GGUFError) -> String? {
    try value(key, "a string") { if case .string(let text) = $0 { text } else { nil } }
  }

  public func integer(ifPresent key: String) throws(GGUFError) -> Int? { try value(key, "an integer", \.integer) }

  public func float(ifPresent key: String) throws(GGUFError) -> Float? {
    try value(key, "a float") {
      switch $0 {
      case .float32(let number): number
      case .float64(let number): Float(number)
      default: nil
      }
    }
  }

  public func bool(ifPresent key: String) throws(GGUFError) -> Bool? {
    try value(key, "a bool") { if case .bool(let truth) = $0 { truth } else { nil } }
  }

  public func strings(ifPresent key: String) throws(GGUFError) -> [String]? { try array(key, "an array of strings", \.strings) }
  public func integers(ifPresent key: String) throws(GGUFError) -> [Int]? { try array(key, "an array of integers", \.integers) }
  public func floats(ifPresent key: String) throws(GGUFError) -> [Float]? { try array(key, "an array of floats", \.floats) }
  public func bools(ifPresent key: String) throws(GGUFError) -> [Bool]? { try array(key, "an array of bools", \.bools) }

  private func needed<T>(_ key: String, _ value: T?) throws(GGUFError) -> T {
    guard let value else { throw .missing(file: file, field: "metadata key \(key)") }
    return value
  }

  private func value<T>(_ key: String, _ expected: String, _ decode: (GGUFValue) -> T?) throws(GGUFError) -> T? {
    guard let value = values[key] else { return nil }
    guard let decoded = decode(value) else {
      throw .mismatch(file: file, field: "metadata key \(key)", found: value.summary, expected: expected)
    }
    return decoded
  }

  private func array<T>(_ key: String, _ expected: String, _ decode: (GGUFArray) -> T?) throws(GGUFError) -> T? {
    try value(key, expected) { if case .array(let array) = $0 { decode(array) } else { nil } }
  }
}
