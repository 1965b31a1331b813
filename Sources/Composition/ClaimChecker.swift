import Frames
import Knowledge
import Replies
import Understanding

/// Checks a written reply against its evidence before it is sent: every name and every number in it must come from
/// the pack texts the reply was written from, or from the user.
public struct ClaimChecker: Sendable {
  private let linker: EntityLinker

  public init(linker: EntityLinker) { self.linker = linker }

  /// Names and numbers of the reply that nothing supports.
  public func unsupported(_ reply: Reply, userText: String) -> [String] {
    let evidence = FoldedText((reply.evidence + [userText]).joined(separator: "\n"))
    let written = FoldedText(reply.text)
    let known = Set(linker.link(evidence, forgiving: false).map(\.id))
    let folded = evidence.string
    var missing = linker.link(written, forgiving: false).filter { !known.contains($0.id) && !folded.contains(FoldedText.fold($0.surface)) }
      .map(\.surface)
    let numbers = Set(Self.numbers(evidence))
    for (value, lineStart) in Self.positioned(written) where !numbers.contains(value) && !lineStart { missing.append(value) }
    return missing
  }

  static func numbers(_ text: FoldedText) -> [String] { positioned(text).map(\.value) }

  /// Numbers, and whether each opens a line ("1. "), where it counts the list and claims nothing.
  private static func positioned(_ text: FoldedText) -> [(value: String, lineStart: Bool)] {
    var result: [(String, Bool)] = []
    var index = 0
    while index < text.scalars.count {
      guard ("0"..."9").contains(text.scalars[index]) else {
        index += 1
        continue
      }
      var end = index
      while end < text.scalars.count,
        ("0"..."9").contains(text.scalars[end])
          || (text.scalars[end] == "." && end + 1 < text.scalars.count && ("0"..."9").contains(text.scalars[end + 1]))
      { end += 1 }
      let opens = index == 0 || text.scalars[index - 1] == "\n"
      result.append((text.string(index..<end), opens))
      index = end
    }
    return result
  }
}
