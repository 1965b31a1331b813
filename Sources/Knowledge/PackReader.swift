import Foundation

/// Reads a pack folder. Every fault is collected; a pack with an error is refused.
public enum PackReader {
  /// The pack as far as it can be read, with all its faults.
  public static func check(_ url: URL) -> (pack: Pack?, faults: [PackFault]) {
    var faults = FaultList()
    let folder = PackFolder(url: url)
    var isFolder: ObjCBool = false
    guard FileManager.default.fileExists(atPath: url.path, isDirectory: &isFolder), isFolder.boolValue else {
      faults.error("pack.yaml", 0, "folder", "\(url.path) is not a folder", "Name a pack's folder, or make one with `osusume pack new`")
      return (nil, faults.faults)
    }
    guard let manifest = ManifestReader().read(folder, &faults) else { return (nil, faults.faults) }
    let items = CatalogueReader(manifest: manifest).read(folder, &faults)
    let graph = GraphReader(manifest: manifest).read(folder, items: items, &faults)
    let reader = UtteranceReader(manifest: manifest, items: Set(items.map(\.id)), nodes: graph)
    var pack = Pack(
      folder: url, manifest: manifest, items: items, graph: graph,
      utterances: reader.utterances(folder, "language/utterances", eval: false, &faults))
    pack.replies = ReplyReader(pack: pack).replies(folder, &faults)
    pack.evalUtterances = reader.utterances(folder, "eval/utterances", eval: true, &faults)
    pack.evalRequests = reader.requests(folder, &faults)
    for language in manifest.languages where !pack.utterances.contains(where: { $0.language == language }) {
      faults.warning(
        "language/utterances.\(language).tsv", 0, "utterances", "there are none in \(language)",
        "Add some: without them every text in \(language) is taken as a plain request")
    }
    return (pack, faults.faults)
  }

  /// - Throws: `PackError` with all faults when there is an error among them.
  public static func read(_ url: URL) throws(PackError) -> Pack {
    let (pack, faults) = check(url)
    guard let pack, !faults.contains(where: { $0.severity == .error }) else { throw PackError(faults) }
    return pack
  }
}
