import LanguageModel
import Testing

@testable import Training

@Suite struct KMeansTests {
  private func points(_ count: Int, _ dimension: Int, using random: inout RandomSource) -> VectorRows {
    VectorRows((0..<count * dimension).map { _ in Float.random(in: -1...1, using: &random) }, dimension: dimension)
  }

  private func naiveDistance(_ a: ArraySlice<Float>, _ b: ArraySlice<Float>) -> Float {
    zip(a, b).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }
  }

  @Test(arguments: [1, 3, 15, 16, 17, 48, 50]) func distancesAreRight(_ dimension: Int) {
    var random = RandomSource(seed: UInt64(dimension))
    let (a, b) = (points(9, dimension, using: &random), points(7, dimension, using: &random))
    for (i, j) in [(0, 0), (8, 6), (3, 2), (8, 0)] {
      #expect(abs(a.squaredDistance(i, b, j) - naiveDistance(a[i], b[j])) < 1e-4)
    }
    for j in 0..<7 {
      let expected = (0..<9).min { naiveDistance(a[$0], b[j]) < naiveDistance(a[$1], b[j]) }
      #expect(a.nearest(to: b, j).row == expected)
    }
  }

  @Test func centresAreTheMeansOfTheirPoints() {
    var random = RandomSource(seed: 1)
    for _ in 0..<20 {
      let points = points(Int.random(in: 8...80, using: &random), 5, using: &random)
      let means = KMeans(points, codes: 6, iterations: 1000, restarts: 1, using: &random)
      let groups = Dictionary(grouping: 0..<points.count) { means.centres.nearest(to: points, $0).row }
      #expect(groups.count == 6)
      var error: Float = 0
      for (code, members) in groups {
        #expect(means.sizes[code] == members.count)
        for i in 0..<5 {
          let mean = members.reduce(0) { $0 + Array(points[$1])[i] } / Float(members.count)
          #expect(abs(mean - Array(means.centres[code])[i]) < 1e-5)
        }
        error += members.reduce(0) { $0 + naiveDistance(points[$1], means.centres[code]) }
      }
      #expect(abs(error - means.error) < 1e-3)
    }
  }

  @Test func moreStartsAreNoWorse() {
    var random = RandomSource(seed: 2)
    let points = points(200, 4, using: &random)
    var (one, many) = (RandomSource(seed: 3), RandomSource(seed: 3))
    let single = KMeans(points, codes: 12, iterations: 50, restarts: 1, using: &one)
    #expect(KMeans(points, codes: 12, iterations: 50, restarts: 10, using: &many).error <= single.error)
  }

  @Test func clustersThatLieApartAreFound() {
    var random = RandomSource(seed: 4)
    var rows = VectorRows(dimension: 2)
    for i in 0..<400 {
      rows.append([Float(i % 20) * 10 + Float.random(in: 0...1, using: &random), Float(i % 20 % 3) * 50])
    }
    let means = KMeans(rows, codes: 20, iterations: 50, restarts: 8, using: &random)
    #expect(means.sizes == [Int](repeating: 20, count: 20))
  }

  @Test func noCodeIsGivenToMoreThanFit() {
    var random = RandomSource(seed: 5)
    for _ in 0..<60 {
      let codes = Int.random(in: 2...6, using: &random)
      let capacity = Int.random(in: 1...5, using: &random)
      let centres = points(codes, 3, using: &random)
      let rows = points(Int.random(in: 1...codes * capacity, using: &random), 3, using: &random)
      let found = BoundedAssignment.assign(Array(0..<rows.count), of: rows, to: centres, capacity: capacity)
      let nearest = (0..<rows.count).map { centres.nearest(to: rows, $0).row }
      let sizes = { (assignment: [Int]) in Dictionary(grouping: assignment, by: { $0 }).values.map(\.count).max() ?? 0 }
      #expect(found.count == rows.count)
      #expect(sizes(found) <= capacity)
      if sizes(nearest) <= capacity { #expect(found == nearest) }
      // Whoever moved found the nearest code full, of points that are nearer to it.
      for point in found.indices where found[point] != nearest[point] {
        let own = centres.squaredDistance(nearest[point], rows, point)
        let holders = found.indices.filter { found[$0] == nearest[point] }
        #expect(holders.count == capacity)
        #expect(holders.allSatisfy { centres.squaredDistance(nearest[point], rows, $0) <= own })
      }
    }
  }
}
