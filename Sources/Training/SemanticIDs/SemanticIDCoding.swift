extension SemanticIDs: Codable {
  private enum CodingKeys: String, CodingKey {
    case options, dimension, codebooks, codes, report
  }

  /// - Throws: `SemanticIDError` if the parts don't fit together, besides what the decoder throws.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    self.init(
      options: try container.decode(SemanticIDOptions.self, forKey: .options),
      dimension: try container.decode(Int.self, forKey: .dimension),
      codebooks: try container.decode([[Float]].self, forKey: .codebooks),
      codes: try container.decode([String: [Int]].self, forKey: .codes),
      report: try container.decode(SemanticIDReport.self, forKey: .report))
    try options.check()
    guard dimension > 0, codebooks.count == options.levels else { throw SemanticIDError.damaged("\(codebooks.count) codebooks") }
    let (size, overflow) = options.codes.multipliedReportingOverflow(by: dimension)
    guard !overflow, codebooks.allSatisfy({ $0.count == size && $0.allSatisfy(\.isFinite) }) else {
      throw SemanticIDError.damaged("a codebook is not \(options.codes) vectors of \(dimension) numbers")
    }
    for (item, id) in codes where id.count != options.levels || !id.allSatisfy((0..<options.codes).contains) {
      throw SemanticIDError.damaged("the id of \(item)")
    }
    guard Set(codes.values).count == codes.count else { throw SemanticIDError.damaged("two items have the same id") }
  }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(options, forKey: .options)
    try container.encode(dimension, forKey: .dimension)
    try container.encode(codebooks, forKey: .codebooks)
    try container.encode(codes, forKey: .codes)
    try container.encode(report, forKey: .report)
  }
}
