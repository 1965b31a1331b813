import Composition
import Foundation
import Frames
import Knowledge
import LanguageModel
import Ranking
import Replies
import Retrieval
import Understanding

/// A pack made ready to serve: its indexes, heads and writers. Immutable but for what feedback teaches; a turn keeps
/// the one it began on.
public struct PackRuntime: Sendable {
  public let pack: Pack
  public let understander: Understander
  public var retriever: HybridRetriever
  public let ranker: Ranker
  public let reasons: ReasonWriter
  public let writer: any ReplyWriting
  public let plainWriter: any ReplyWriting
  public let checker: ClaimChecker
  public let standing: StandingRequest

  /// - Parameters:
  ///   - encoder: of English sentences; Japanese has one of its own.
  ///   - cache: folder of derived files; nil keeps nothing.
  public init(pack: Pack, encoder: (any SentenceEncoder)?, cache: URL? = nil, weights: [String: FusionWeights]? = nil) throws {
    self.pack = pack
    let folder = cache?.appendingPathComponent(pack.manifest.id)
    var encoders: [String: any SentenceEncoder] = ["ja": try JapaneseEncoder()]
    encoders["en"] = encoder
    understander = try Understander(pack: pack, encoders: encoders, cache: folder)
    let tuned = try weights ?? FusionWeights.load(pack)
    retriever = try HybridRetriever(pack: pack, encoders: encoders, weights: tuned, cache: folder)
    ranker = Ranker(pack: pack, matcher: retriever.matcher)
    reasons = ReasonWriter(pack: pack)
    writer = ReplyWriter(pack: pack)
    plainWriter = PlainReplyWriter(pack: pack)
    checker = ClaimChecker(linker: understander.linker)
    standing = StandingRequest(pack: pack)
  }
}

extension FusionWeights {
  /// `models/fusion.json` of the pack, written by `osusume pack eval --tune`; empty where there is none.
  static func load(_ pack: Pack) throws -> [String: FusionWeights] {
    let file = pack.folder.appendingPathComponent("models/fusion.json")
    guard let data = try? Data(contentsOf: file) else { return [:] }
    do {
      return try JSONDecoder().decode([String: FusionWeights].self, from: data)
    } catch {
      throw PackError([
        PackFault(
          file: "models/fusion.json", line: 1, field: "weights", problem: "cannot be read (\(error.localizedDescription))",
          mend: "Delete it, or write it anew with `osusume pack eval --tune`")
      ])
    }
  }
}
