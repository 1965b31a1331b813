/// A set of Unicode scalar values as ranges: a character class of a grammar.
struct ScalarSet: Hashable {
  /// Ascending, apart from each other, without surrogates.
  private(set) var ranges: [ClosedRange<UInt32>]

  private static let surrogates: ClosedRange<UInt32> = 0xD800...0xDFFF
  private static let last: UInt32 = 0x10FFFF
  static let all = ScalarSet([]).inverted

  init(_ unordered: [ClosedRange<UInt32>]) {
    ranges = []
    for range in unordered.sorted(by: { $0.lowerBound < $1.lowerBound }) {
      if let previous = ranges.last, range.lowerBound <= previous.upperBound + 1 {
        ranges[ranges.count - 1] = previous.lowerBound...max(previous.upperBound, range.upperBound)
      } else {
        ranges.append(range)
      }
    }
    ranges = ranges.flatMap { Self.withoutSurrogates($0) }
  }

  /// All scalars that are not in this set.
  var inverted: ScalarSet {
    var gaps: [ClosedRange<UInt32>] = []
    var next: UInt32 = 0
    for range in ranges {
      if range.lowerBound > next { gaps.append(next...range.lowerBound - 1) }
      next = range.upperBound + 1
    }
    if next <= Self.last { gaps.append(next...Self.last) }
    return ScalarSet(gaps)
  }

  private static func withoutSurrogates(_ range: ClosedRange<UInt32>) -> [ClosedRange<UInt32>] {
    guard range.overlaps(surrogates) else { return [range] }
    var parts: [ClosedRange<UInt32>] = []
    if range.lowerBound < surrogates.lowerBound { parts.append(range.lowerBound...surrogates.lowerBound - 1) }
    if range.upperBound > surrogates.upperBound { parts.append(surrogates.upperBound + 1...range.upperBound) }
    return parts
  }

  /// The UTF-8 encodings as sequences of byte sets, so that matching works on bytes and a character may be split between tokens
  /// (Thompson's construction; cf. RFC 3629 and the `utf8-ranges` method of RE2).
  var byteSequences: [[ByteSet]] {
    var sequences: [[ByteSet]] = []
    var oneByte = ByteSet()
    for range in ranges {
      for part in Self.splitByLength(range) {
        if part.upperBound < 0x80 {
          oneByte.formUnion(ByteSet(UInt8(part.lowerBound)...UInt8(part.upperBound)))
        } else {
          Self.split(Self.utf8(part.lowerBound), Self.utf8(part.upperBound), into: &sequences)
        }
      }
    }
    return (oneByte.isEmpty ? [] : [[oneByte]]) + sequences
  }

  private static func splitByLength(_ range: ClosedRange<UInt32>) -> [ClosedRange<UInt32>] {
    let bounds: [UInt32] = [0x7F, 0x7FF, 0xFFFF, last]
    var parts: [ClosedRange<UInt32>] = []
    var low = range.lowerBound
    for bound in bounds where low <= bound && low <= range.upperBound {
      parts.append(low...min(bound, range.upperBound))
      low = bound + 1
    }
    return parts
  }

  /// Splits two encodings of the same length until each part is a product of byte ranges.
  private static func split(_ low: [UInt8], _ high: [UInt8], into sequences: inout [[ByteSet]]) {
    let length = low.count
    guard let differing = (0..<length).first(where: { low[$0] != high[$0] }), differing < length - 1 else {
      sequences.append(zip(low, high).map { ByteSet($0...$1) })
      return
    }
    let lowTail = low[(differing + 1)...].allSatisfy { $0 == 0x80 }
    let highTail = high[(differing + 1)...].allSatisfy { $0 == 0xBF }
    if lowTail && highTail {
      sequences.append(zip(low, high).map { ByteSet($0...$1) })
      return
    }
    if !lowTail {
      var end = low
      for index in differing + 1..<length { end[index] = 0xBF }
      split(low, end, into: &sequences)
      var next = low
      next[differing] += 1
      for index in differing + 1..<length { next[index] = 0x80 }
      if next[differing] <= high[differing] { split(next, high, into: &sequences) }
      return
    }
    var end = high
    end[differing] -= 1
    for index in differing + 1..<length { end[index] = 0xBF }
    split(low, end, into: &sequences)
    var start = high
    for index in differing + 1..<length { start[index] = 0x80 }
    split(start, high, into: &sequences)
  }

  /// UTF-8 of a scalar value that is no surrogate.
  static func utf8(_ scalar: UInt32) -> [UInt8] {
    switch scalar {
    case 0..<0x80: [UInt8(scalar)]
    case 0x80..<0x800: [0xC0 | UInt8(scalar >> 6), continuation(scalar)]
    case 0x800..<0x10000: [0xE0 | UInt8(scalar >> 12), continuation(scalar >> 6), continuation(scalar)]
    default:
      [0xF0 | UInt8(scalar >> 18 & 7), continuation(scalar >> 12), continuation(scalar >> 6), continuation(scalar)]
    }
  }

  private static func continuation(_ bits: UInt32) -> UInt8 { 0x80 | UInt8(bits & 0x3F) }
}
