/// A pattern ready to run: its program, what the analysis found, and the bytes grouped into those that no step tells apart.
struct CompiledPattern: Sendable {
  let program: PushdownProgram
  let root: Int32
  let nullable: [Bool]
  let rank: [Int32]
  /// Class of each byte: bytes of one class belong to the same byte sets everywhere.
  let byteClass: [UInt8]
  let classCount: Int

  init(_ pattern: TextPattern) throws(TextPattern.CompositionError) {
    var program = PushdownProgram()
    root = try pattern.write(into: &program)
    self.program = program
    let analysis = ProgramAnalysis(program)
    (nullable, rank) = (analysis.nullable, analysis.rank)
    (byteClass, classCount) = Self.classes(program)
  }

  private static func classes(_ program: PushdownProgram) -> ([UInt8], Int) {
    var classOf = [UInt8](repeating: 0, count: 256)
    var count = 1
    func refine(_ set: ByteSet) {
      var moved: [UInt8: UInt8] = [:]
      var sizes = [Int](repeating: 0, count: count)
      var inside = sizes
      for byte in 0..<256 {
        sizes[Int(classOf[byte])] += 1
        if set.contains(UInt8(byte)) { inside[Int(classOf[byte])] += 1 }
      }
      for old in 0..<count where inside[old] > 0 && inside[old] < sizes[old] {
        moved[UInt8(old)] = UInt8(count)
        count += 1
      }
      for byte in 0..<256 where set.contains(UInt8(byte)) { classOf[byte] = moved[classOf[byte]] ?? classOf[byte] }
    }
    for set in program.byteSets where count < 256 { refine(set) }
    var alphabet = ByteSet()
    for trie in program.tries { alphabet.formUnion(trie.alphabet) }
    for byte in UInt8.min...UInt8.max where alphabet.contains(byte) && count < 256 { refine(ByteSet(byte...byte)) }
    return (classOf, count)
  }
}
