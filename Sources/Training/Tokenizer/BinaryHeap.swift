/// A binary heap that gives back the least element first.
struct BinaryHeap<Element: Comparable> {
  private var elements: [Element] = []

  mutating func push(_ element: Element) {
    elements.append(element)
    var child = elements.count - 1
    while child > 0, element < elements[(child - 1) / 2] {
      elements[child] = elements[(child - 1) / 2]
      child = (child - 1) / 2
    }
    elements[child] = element
  }

  mutating func popLeast() -> Element? {
    guard let least = elements.first else { return nil }
    let last = elements.removeLast()
    guard !elements.isEmpty else { return least }
    var parent = 0
    while true {
      var child = parent * 2 + 1
      guard child < elements.count else { break }
      if child + 1 < elements.count, elements[child + 1] < elements[child] { child += 1 }
      guard elements[child] < last else { break }
      elements[parent] = elements[child]
      parent = child
    }
    elements[parent] = last
    return least
  }
}
