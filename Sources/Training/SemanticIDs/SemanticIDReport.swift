/// What became of the codebooks: whether they are used, and what it took to make ids unique.
public struct SemanticIDReport: Sendable, Equatable, Codable, CustomStringConvertible {
  public struct Level: Sendable, Equatable, Codable {
    /// Codes that items have.
    public var used: Int
    /// exp of the entropy of the codes' use: how many equally frequent codes would be as various. Near 1, the codebook has collapsed.
    public var perplexity: Double
    /// Codes that lay idle during k-means and were moved to the points that were worst off.
    public var reseeded: Int
    /// Codes that no residual is nearest to after k-means: more than none only where different residuals are fewer than codes.
    public var dead: Int
    /// Items that did not get their nearest code because it was full.
    public var moved: Int
    /// The part of the vectors' variance that this level and those before it leave.
    public var unexplained: Double
  }
  public var items: Int
  public var codes: Int
  public var levels: [Level]
  /// Items that would share another's id if each took its nearest codes.
  public var collisionsBeforeResolution: Int
  /// Items that share another's id.
  public var collisions: Int

  public var description: String {
    var lines = ["\(items) items, \(collisionsBeforeResolution) collisions before resolution, \(collisions) after"]
    for (index, level) in levels.enumerated() {
      lines.append(
        "level \(index + 1): \(level.used) of \(codes) codes used, perplexity \(Self.tenths(level.perplexity)), \(level.reseeded) re-seeded, "
          + "\(level.dead) dead, \(level.moved) items moved, \(Self.tenths(level.unexplained * 100)) % of variance left")
    }
    return lines.joined(separator: "\n")
  }

  private static func tenths(_ value: Double) -> String { "\((value * 10).rounded() / 10)" }
}
