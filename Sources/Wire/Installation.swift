import Foundation

/// What lies beside the program: packs and the sentence encoder.
public enum Installation {
  private static var environment: [String: String] { ProcessInfo.processInfo.environment }

  /// The running executable, links resolved.
  public static var executable: URL {
    let own = (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? CommandLine.arguments[0]
    return URL(fileURLWithPath: own).resolvingSymlinksInPath()
  }

  /// The folders above the executable, nearest first: a build lies some levels below its repository.
  private static var above: [URL] {
    var folder = executable.deletingLastPathComponent()
    var result: [URL] = []
    while folder.path != "/" && result.count < 8 {
      result.append(folder)
      folder = folder.deletingLastPathComponent()
    }
    return result
  }

  private static func firstExisting(_ candidates: [URL], with file: String = "") -> URL? {
    candidates.first { FileManager.default.fileExists(atPath: file.isEmpty ? $0.path : $0.appendingPathComponent(file).path) }
  }

  /// Where packs lie: `OSUSUME_DOMAINS` (separated by `:`), the data folder's `packs`, `domains` above the executable.
  public static func domains(_ places: Places) -> [URL] {
    var result: [URL] = []
    if let chosen = environment["OSUSUME_DOMAINS"], !chosen.isEmpty {
      result += chosen.split(separator: ":").map { URL(fileURLWithPath: String($0)) }
    }
    result.append(places.data.appendingPathComponent("packs"))
    if let own = firstExisting(above.map { $0.appendingPathComponent("domains") }) { result.append(own) }
    return result
  }

  /// Folder of the sentence encoder: `OSUSUME_ENCODER`, else where `make setup` puts it; nil where there is none.
  public static func encoder(_ places: Places) -> URL? {
    if let chosen = environment["OSUSUME_ENCODER"], !chosen.isEmpty { return URL(fileURLWithPath: chosen) }
    let name = "all-MiniLM-L6-v2"
    let candidates =
      [places.data.appendingPathComponent("encoder/\(name)")] + above.map { $0.appendingPathComponent(".build-encoder/\(name)") }
    return firstExisting(candidates, with: "model.safetensors")
  }

  /// The model that words replies: `OSUSUME_MODEL`, else `models/writer.gguf` of the data folder; nil where there is none.
  public static func model(_ places: Places) -> URL? {
    if let chosen = environment["OSUSUME_MODEL"], !chosen.isEmpty { return URL(fileURLWithPath: chosen) }
    return firstExisting([places.data.appendingPathComponent("models/writer.gguf")])
  }

  /// A model that comes with Osusume, by its name: in the data folder's `models`, else in `models` above the executable.
  public static func model(named name: String, _ places: Places) -> URL? {
    firstExisting(([places.data] + above).map { $0.appendingPathComponent("models/\(name).gguf") })
  }

  /// A program that was built together with this one.
  public static func sibling(_ name: String) -> URL { executable.deletingLastPathComponent().appendingPathComponent(name) }
}
