import Foundation
import Frames

/// The id of a request: a number or a text, given back as it came.
public enum RequestID: Sendable, Hashable {
  case number(Double)
  case string(String)

  public var json: JSONValue {
    switch self {
    case .number(let value): .number(value)
    case .string(let value): .string(value)
    }
  }

  public init?(_ value: JSONValue) {
    switch value {
    case .number(let number): self = .number(number)
    case .string(let text): self = .string(text)
    default: return nil
    }
  }
}

/// A JSON-RPC 2.0 request, or a notification where `id` is nil.
public struct Request: Sendable, Hashable {
  public var id: RequestID?
  public var method: String
  public var params: [String: JSONValue]

  public init(id: RequestID?, method: String, params: [String: JSONValue] = [:]) {
    self.id = id
    self.method = method
    self.params = params
  }

  /// - Throws: `RPCError` with JSON-RPC's own codes.
  public static func parse(_ line: [UInt8]) throws -> Request {
    guard String(validating: line, as: UTF8.self) != nil else {
      throw RPCError(.parse, "The line is not UTF-8", reason: "invalid_utf8", hint: "Send UTF-8")
    }
    let value: JSONValue
    do {
      value = try JSONDecoder().decode(JSONValue.self, from: Data(line))
    } catch {
      throw RPCError(.parse, "The line is not JSON", reason: "invalid_json", hint: "Send one JSON object a line")
    }
    if value.array != nil {
      throw RPCError(.invalidRequest, "Batches are not served", reason: "batch", hint: "Send each request on a line of its own")
    }
    guard let object = value.object else {
      throw RPCError(.invalidRequest, "The line is not an object", reason: "not_an_object", hint: "Send {\"jsonrpc\":\"2.0\",…}")
    }
    var id: RequestID?
    if let raw = object["id"], raw != .null {
      guard let read = RequestID(raw) else {
        throw RPCError(.invalidRequest, "The id is neither a number nor a text", reason: "bad_id", hint: "Use a number or a text")
      }
      id = read
    }
    guard object["jsonrpc"] == .string("2.0") else {
      throw RPCError(.invalidRequest, "jsonrpc is not \"2.0\"", reason: "bad_version", hint: "Add \"jsonrpc\":\"2.0\"", id: id)
    }
    guard let method = object["method"]?.string else {
      throw RPCError(.invalidRequest, "There is no method", reason: "no_method", hint: "Add \"method\"", id: id)
    }
    if let extra = object.keys.sorted().first(where: { !["jsonrpc", "id", "method", "params"].contains($0) }) {
      throw RPCError(
        .invalidRequest, "\"\(extra)\" is no member of a request", reason: "unknown_member", hint: "Move it into params", id: id)
    }
    switch object["params"] {
    case nil, .null?: return Request(id: id, method: method)
    case .object(let params)?: return Request(id: id, method: method, params: params)
    default:
      throw RPCError(.invalidParams, "params is not an object", reason: "params_not_an_object", hint: "Name the parameters", id: id)
    }
  }

  public func line() throws -> String {
    var object: [String: JSONValue] = ["jsonrpc": .string("2.0"), "method": .string(method), "params": .object(params)]
    if let id { object["id"] = id.json }
    return try JSONValue.object(object).line()
  }
}

/// An error as JSON-RPC carries it, with our stable `reason` and the mend as `hint`.
public struct RPCError: Error, Sendable, Hashable, CustomStringConvertible {
  public enum Code: Int, Sendable {
    case parse = -32700
    case invalidRequest = -32600
    case unknownMethod = -32601
    case invalidParams = -32602
    case `internal` = -32603
    case notFound = -32000
    case cancelled = -32001
    case refused = -32002
    case badPack = -32003
    case tooLong = -32004
    case stopping = -32005
  }

  public var code: Int
  public var message: String
  public var reason: String
  public var hint: String
  /// The request it answers, where the line could be read so far.
  public var id: RequestID?

  public init(_ code: Code, _ message: String, reason: String, hint: String, id: RequestID? = nil) {
    self.code = code.rawValue
    self.message = message
    self.reason = reason
    self.hint = hint
    self.id = id
  }

  public init(json: JSONValue) {
    code = json["code"]?.number.map { Int($0) } ?? Code.internal.rawValue
    message = json["message"]?.string ?? ""
    reason = json["data"]?["reason"]?.string ?? ""
    hint = json["data"]?["hint"]?.string ?? ""
  }

  public var json: JSONValue {
    .object([
      "code": .number(Double(code)), "message": .string(message),
      "data": .object(["reason": .string(reason), "hint": .string(hint)]),
    ])
  }

  public var description: String { "\(message). \(hint)." }
}

/// A line that the daemon sends: an answer or a notification.
public enum Outgoing: Sendable {
  case result(RequestID, JSONValue)
  case failure(RequestID?, RPCError)
  case notification(String, [String: JSONValue])

  public func line() throws -> String {
    let version = ("jsonrpc", JSONValue.string("2.0"))
    switch self {
    case .result(let id, let value):
      return try JSONValue.object([version.0: version.1, "id": id.json, "result": value]).line()
    case .failure(let id, let error):
      return try JSONValue.object([version.0: version.1, "id": id?.json ?? .null, "error": error.json]).line()
    case .notification(let method, let params):
      return try JSONValue.object([version.0: version.1, "method": .string(method), "params": .object(params)]).line()
    }
  }
}
