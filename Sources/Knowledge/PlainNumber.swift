extension Double {
  /// `5` rather than `5.0`; one decimal at most.
  public var plain: String {
    if let whole = Int(exactly: rounded()), abs(self - rounded()) < 0.05 { return String(whole) }
    return String(Double(Int((self * 10).rounded())) / 10)
  }
}
