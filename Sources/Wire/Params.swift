import Frames

/// Reads the parameters of a request one by one; whatever was not read is unknown, and an error.
public struct Params {
  private let method: String
  private let values: [String: JSONValue]
  private var read: Set<String> = []

  public init(_ request: Request) {
    method = request.method
    values = request.params
  }

  private mutating func take(_ name: String) -> JSONValue? {
    read.insert(name)
    return values[name] == .null ? nil : values[name]
  }

  private func wrong(_ name: String, _ expected: String) -> RPCError {
    RPCError(.invalidParams, "\(method): \"\(name)\" is not \(expected)", reason: "bad_param", hint: "Send \(expected)")
  }

  /// - Parameter longest: in UTF-8 bytes.
  public mutating func optionalText(_ name: String, longest: Int = 256) throws -> String? {
    guard let value = take(name) else { return nil }
    guard let text = value.string else { throw wrong(name, "a text") }
    guard text.utf8.count <= longest else { throw wrong(name, "a text of at most \(longest) bytes") }
    return text
  }

  public mutating func text(_ name: String, longest: Int = 256) throws -> String {
    guard let text = try optionalText(name, longest: longest) else { throw missing(name) }
    if text.allSatisfy(\.isWhitespace) { throw wrong(name, "a text with something in it") }
    return text
  }

  public mutating func optionalInteger(_ name: String, in range: ClosedRange<Int>) throws -> Int? {
    guard let value = take(name) else { return nil }
    guard let number = value.number, let whole = Int(exactly: number), range.contains(whole) else {
      throw wrong(name, "a whole number from \(range.lowerBound) to \(range.upperBound)")
    }
    return whole
  }

  public mutating func optionalNumber(_ name: String, in range: ClosedRange<Double>) throws -> Double? {
    guard let value = take(name) else { return nil }
    guard let number = value.number, range.contains(number) else {
      throw wrong(name, "a number from \(range.lowerBound) to \(range.upperBound)")
    }
    return number
  }

  public mutating func flag(_ name: String) throws -> Bool {
    guard let value = take(name) else { return false }
    guard let flag = value.bool else { throw wrong(name, "true or false") }
    return flag
  }

  public mutating func texts(_ name: String, most: Int = 64) throws -> [String] {
    guard let value = take(name) else { return [] }
    guard let list = value.array, list.count <= most, case let texts = list.compactMap(\.string), texts.count == list.count
    else { throw wrong(name, "a list of at most \(most) texts") }
    return texts
  }

  public mutating func textMap(_ name: String) throws -> [String: String] {
    guard let value = take(name) else { return [:] }
    guard let object = value.object, case let texts = object.compactMapValues(\.string), texts.count == object.count else {
      throw wrong(name, "an object of texts")
    }
    return texts
  }

  public mutating func list<T: Decodable>(_ name: String, of type: T.Type, expected: String) throws -> [T] {
    guard let value = take(name) else { return [] }
    guard let decoded = try? value.decode([T].self) else { throw wrong(name, expected) }
    return decoded
  }

  public func missing(_ name: String) -> RPCError {
    RPCError(.invalidParams, "\(method): \"\(name)\" is missing", reason: "missing_param", hint: "Add \"\(name)\"")
  }

  /// Every parameter must have been read by now.
  public func finish() throws {
    guard let extra = values.keys.filter({ !read.contains($0) }).min() else { return }
    throw RPCError(
      .invalidParams, "\(method): \"\(extra)\" is no parameter", reason: "unknown_param",
      hint: read.isEmpty ? "Send no parameters" : "Use: \(read.sorted().joined(separator: ", "))")
  }
}
