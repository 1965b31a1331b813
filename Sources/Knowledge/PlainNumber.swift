extension Double {
  /// `5` rather than `5.0`; one decimal at most.
  public var plain: String {
    guard abs(self) < 1e15 else { return String(self) }
    if let whole = Int(exactly: rounded()), abs(self - rounded()) < 0.05 { return String(whole) }
    return String(Double(Int((self * 10).rounded())) / 10)
  }
}
