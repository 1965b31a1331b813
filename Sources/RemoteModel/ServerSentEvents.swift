/// Reads a stream of server-sent events (WHATWG HTML, section 9.2) from pieces of bytes, however they are cut.
///
/// Of an event only its data is kept: event names, ids and retry times mean nothing in a chat completion.
struct ServerSentEvents {
  enum Fault: Error, Equatable {
    case tooLong(limit: Int)
  }

  /// Bytes of a line, and of an event's data, at most.
  let limit: Int
  private var line: [UInt8] = []
  /// Data of the event so far; nil if it has none.
  private var data: [UInt8]?
  private var lastWasReturn = false
  private var isFirstLine = true

  init(limit: Int = 1 << 20) { self.limit = limit }

  /// - Returns: the data of the events that are whole now; lines of one event are joined by line breaks.
  /// - Throws: `tooLong`; the stream must not be read further.
  mutating func append(_ bytes: some Sequence<UInt8>) throws(Fault) -> [[UInt8]] {
    var events: [[UInt8]] = []
    for byte in bytes {
      // Lines end with \r\n, \n or \r.
      if lastWasReturn {
        lastWasReturn = false
        if byte == 0x0A { continue }
      }
      if byte == 0x0A || byte == 0x0D {
        lastWasReturn = byte == 0x0D
        if let event = try endLine() { events.append(event) }
        continue
      }
      guard line.count < limit else { throw .tooLong(limit: limit) }
      line.append(byte)
    }
    return events
  }

  /// An empty line ends the event.
  private mutating func endLine() throws(Fault) -> [UInt8]? {
    defer { line.removeAll(keepingCapacity: true) }
    if isFirstLine {
      isFirstLine = false
      if line.starts(with: [0xEF, 0xBB, 0xBF]) { line.removeFirst(3) }
    }
    if line.isEmpty {
      defer { data = nil }
      return data
    }
    guard let value = Self.value(ofData: line) else { return nil }
    let joined = data.map { $0 + [0x0A] + value } ?? Array(value)
    guard joined.count <= limit else { throw .tooLong(limit: limit) }
    data = joined
    return nil
  }

  /// The value of a `data` field, less one leading space; nil for comments (`: …`) and other fields.
  private static func value(ofData line: [UInt8]) -> ArraySlice<UInt8>? {
    let name = Array("data".utf8)
    guard line.starts(with: name) else { return nil }
    if line.count == name.count { return [] }
    guard line[name.count] == 0x3A else { return nil }
    let value = line[(name.count + 1)...]
    return value.first == 0x20 ? value.dropFirst() : value
  }
}
