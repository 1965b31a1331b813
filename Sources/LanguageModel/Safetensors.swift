import Foundation

/// Reads F32 tensors of a safetensors file (huggingface/safetensors, format description in its README):
/// eight bytes little-endian header length, a JSON header, then the data.
///
/// Every length and offset is checked before use; the file is mapped, not copied.
struct Safetensors {
  private struct Entry: Decodable {
    var dtype: String
    var shape: [Int]
    var offsets: [Int]

    enum CodingKeys: String, CodingKey {
      case dtype, shape
      case offsets = "data_offsets"
    }
  }

  private let data: Data
  private let start: Int
  private let entries: [String: Entry]
  private let name: String
  static let longestHeader = 16 << 20

  init(file: URL) throws {
    do {
      try self.init(data: Data(contentsOf: file, options: .alwaysMapped), name: file.lastPathComponent)
    } catch let error as ModelFileError {
      throw error
    } catch {
      throw ModelFileError(file: file.path, problem: "cannot be read: \(error.localizedDescription)", mend: "Run `make setup`.")
    }
  }

  init(data: Data, name: String) throws {
    func refuse(_ problem: String) -> ModelFileError {
      ModelFileError(file: name, problem: problem, mend: "Delete the file and run `make setup` to fetch it again.")
    }
    guard data.count >= 8 else { throw refuse("is \(data.count) bytes, too short for a header length") }
    let length = data.prefix(8).enumerated().reduce(UInt64(0)) { $0 | UInt64($1.element) << (8 * UInt64($1.offset)) }
    guard length <= UInt64(Self.longestHeader), Int(length) <= data.count - 8 else {
      throw refuse("header length \(length) is beyond the file's \(data.count) bytes")
    }
    start = 8 + Int(length)
    let object: Any
    do {
      object = try JSONSerialization.jsonObject(with: data.subdata(in: data.startIndex + 8..<data.startIndex + start))
    } catch {
      throw refuse("header is not JSON")
    }
    guard let header = object as? [String: Any] else { throw refuse("header is not a JSON object") }
    var entries: [String: Entry] = [:]
    for (tensor, value) in header where tensor != "__metadata__" {
      guard let fields = value as? [String: Any], let dtype = fields["dtype"] as? String,
        let shape = fields["shape"] as? [Int], let offsets = fields["data_offsets"] as? [Int]
      else { throw refuse("entry \(tensor) lacks dtype, shape or data_offsets") }
      guard offsets.count == 2, offsets[0] >= 0, offsets[1] >= offsets[0], offsets[1] <= data.count - start else {
        throw refuse("offsets of \(tensor) lie outside the file")
      }
      entries[tensor] = Entry(dtype: dtype, shape: shape, offsets: offsets)
    }
    self.data = data
    self.name = name
    self.entries = entries
  }

  /// - Parameter shape: what the caller expects; anything else is refused.
  func floats(_ tensor: String, shape: [Int]) throws -> [Float] {
    func refuse(_ problem: String) -> ModelFileError {
      ModelFileError(file: name, problem: problem, mend: "Use the safetensors file of all-MiniLM-L6-v2.")
    }
    guard let entry = entries[tensor] else { throw refuse("has no tensor \(tensor)") }
    guard entry.dtype == "F32" else { throw refuse("\(tensor) is \(entry.dtype), expected F32") }
    guard entry.shape == shape else { throw refuse("\(tensor) has shape \(entry.shape), expected \(shape)") }
    let count = shape.reduce(1, *)
    guard entry.offsets[1] - entry.offsets[0] == count * 4 else {
      throw refuse("\(tensor) has \(entry.offsets[1] - entry.offsets[0]) bytes, expected \(count * 4)")
    }
    var values = [Float](repeating: 0, count: count)
    let from = data.startIndex + start + entry.offsets[0]
    _ = values.withUnsafeMutableBytes { data.copyBytes(to: $0, from: from..<from + count * 4) }
    return values
  }
}
