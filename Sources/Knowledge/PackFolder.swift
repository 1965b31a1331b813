import Foundation

/// A numbered line of a pack file.
struct PackLine {
  var number: Int
  var text: String
}

/// Reads the files of a pack, and nothing outside its folder: links are refused, sizes are bounded.
struct PackFolder {
  let url: URL
  static let largestFile = 512 << 20
  static let longestLine = 1 << 16

  func exists(_ name: String) -> Bool { FileManager.default.fileExists(atPath: url.appendingPathComponent(name).path) }

  /// The bytes of a file, or nil with a fault.
  func data(_ name: String, _ faults: inout FaultList) -> Data? {
    let file = url.appendingPathComponent(name)
    guard let inside = contained(file) else {
      faults.error(name, 0, "file", "is a link that leads out of the pack's folder", "Put the file itself into the pack")
      return nil
    }
    let size = (try? FileManager.default.attributesOfItem(atPath: inside.path)[.size] as? Int) ?? 0
    if size > Self.largestFile {
      faults.error(name, 0, "file", "is larger than \(Self.largestFile >> 20) MiB", "Split the pack")
      return nil
    }
    do {
      return try Data(contentsOf: inside)
    } catch {
      faults.error(name, 0, "file", "cannot be read (\(error.localizedDescription))", "Add the file, or make it readable")
      return nil
    }
  }

  /// The file with every link on its way resolved, or nil when that lies outside the folder.
  private func contained(_ file: URL) -> URL? {
    let root = url.resolvingSymlinksInPath().standardizedFileURL.path
    let real = file.resolvingSymlinksInPath().standardizedFileURL
    return real.path.hasPrefix(root.hasSuffix("/") ? root : root + "/") ? real : nil
  }

  /// Non-empty lines as text, `#` comments of TSV files included: their readers decide.
  func lines(_ name: String, _ faults: inout FaultList) -> [PackLine] {
    guard let data = data(name, &faults) else { return [] }
    var lines: [PackLine] = []
    for (index, bytes) in data.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false).enumerated() {
      var line = bytes
      if index == 0, line.starts(with: [0xEF, 0xBB, 0xBF]) { line = line.dropFirst(3) }
      if line.last == UInt8(ascii: "\r") { line = line.dropLast() }
      if line.isEmpty { continue }
      if line.count > Self.longestLine {
        faults.error(name, index + 1, "line", "is longer than \(Self.longestLine >> 10) KiB", "Shorten its texts")
        continue
      }
      guard let text = String(validating: line, as: UTF8.self) else {
        faults.error(name, index + 1, "line", "is not UTF-8", "Save the file as UTF-8")
        continue
      }
      lines.append(PackLine(number: index + 1, text: text))
    }
    return lines
  }

  /// Languages for which `folder/stem.<language>.tsv` exists.
  func languages(of stem: String) -> [String] {
    let parent = url.appendingPathComponent(stem).deletingLastPathComponent()
    let prefix = url.appendingPathComponent(stem).lastPathComponent + "."
    let names = (try? FileManager.default.contentsOfDirectory(atPath: parent.path)) ?? []
    return names.filter { $0.hasPrefix(prefix) && $0.hasSuffix(".tsv") }
      .map { String($0.dropFirst(prefix.count).dropLast(4)) }.sorted()
  }
}
