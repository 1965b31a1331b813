import LanguageModel

/// All that a run needs to go on as if it had never stopped, in a GGUF file that is replaced at once or not at all.
///
/// The weights that are trained and AdamW's two moments are tensors of one dimension; the metadata says how far the run is, and by
/// digests which model, corpus and settings it belongs to. The order of documents follows from the seed and the number of pieces taken,
/// so that no state of a generator is needed.
struct TrainingCheckpoint {
  static let type = "training-checkpoint"
  static let format = 1
  /// What the buffers are called: the last is there where a run keeps the weights of the lowest held-out loss.
  static let tensors = ["weights", "moment1", "moment2", "best"]

  /// What the run is of: the same for every checkpoint of it, by what messages call it.
  struct Identity: Equatable {
    let model: String
    let corpus: String
    let heldOut: String
    /// What of the model is trained, and towards what.
    let objective: String
    let settings: String

    var parts: [(name: String, value: String)] {
      [("model", model), ("corpus", corpus), ("held-out corpus", heldOut), ("objective", objective), ("settings", settings)]
    }

    static func key(_ name: String) -> String { "training." + name.replacing(" ", with: "-") }
  }

  struct State: Equatable {
    /// Updates done.
    var step = 0
    /// Pieces of documents taken.
    var taken = 0
    /// Positions computed.
    var positions = 0
    var seconds = 0.0
    var curve = LearningCurve()
  }

  let path: String
  let identity: Identity

  /// - Parameter buffers: as `tensors` names them.
  func write(_ state: State, _ buffers: [FloatBuffer]) throws(TrainingError) {
    var metadata = GGUFMetadata()
    metadata["general.type"] = .string(Self.type)
    metadata["training.format"] = .uint32(UInt32(Self.format))
    for (name, value) in identity.parts { metadata[Identity.key(name)] = .string(value) }
    metadata["training.step"] = .uint64(UInt64(state.step))
    metadata["training.taken"] = .uint64(UInt64(state.taken))
    metadata["training.positions"] = .uint64(UInt64(state.positions))
    metadata["training.seconds"] = .float64(state.seconds)
    metadata.put(state.curve.training, "training.curve")
    metadata.put(state.curve.heldOut, "training.held-out-curve")
    metadata["training.digest"] = .string(Self.digest(state, buffers))
    try fileErrors { () throws(GGUFError) in
      let writer = try GGUFWriter(
        path: path, metadata: metadata,
        tensors: zip(Self.tensors, buffers).map { GGUFWriter.Description(name: $0, type: .f32, shape: [$1.count]) })
      for buffer in buffers { try writer.write(UnsafeRawBufferPointer(buffer.values)) }
      try writer.finish()
    }
  }

  /// Fills the buffers from the file.
  /// - Throws: `TrainingError.checkpoint` if it is none, is damaged or is of another run; the buffers may be changed then.
  func read(into buffers: [FloatBuffer]) throws(TrainingError) -> State {
    let file: GGUFFile
    do {
      file = try GGUFFile(path: path)
    } catch .notGGUF {
      throw .checkpoint(file: path, .foreign("it is no GGUF file"))
    } catch .unreadable(let file, let reason) {
      throw .file(.unreadable(file: file, reason: reason))
    } catch {
      throw .checkpoint(file: path, .corrupt("\(error)"))
    }
    do {
      let kind = try file.metadata.string(ifPresent: "general.type")
      guard kind == Self.type else { throw TrainingError.checkpoint(file: path, .foreign("its general.type is \(kind ?? "absent")")) }
      let format = try file.metadata.integer("training.format")
      guard format == Self.format else { throw TrainingError.checkpoint(file: path, .other("version of the trainer (format \(format))")) }
      for (name, value) in identity.parts where try file.metadata.string(Identity.key(name)) != value {
        throw TrainingError.checkpoint(file: path, .other(name))
      }
      let state = try self.state(file.metadata)
      for (name, buffer) in zip(Self.tensors, buffers) {
        let tensor = try file.tensor(name, shape: [buffer.count])
        guard tensor.type == .f32 else { throw TrainingError.checkpoint(file: path, .corrupt("\(name) is of type \(tensor.type)")) }
        file.withBytes(of: tensor) { tensor.type.decode($0, into: buffer.values) }
      }
      guard try file.metadata.string("training.digest") == Self.digest(state, buffers) else {
        throw TrainingError.checkpoint(file: path, .corrupt("its numbers are not those that were written"))
      }
      return state
    } catch let error as TrainingError {
      throw error
    } catch {
      throw .checkpoint(file: path, .corrupt("\(error)"))
    }
  }

  private func state(_ metadata: GGUFMetadata) throws -> State {
    func count(_ key: String) throws -> Int {
      let value = try metadata.integer(key)
      guard (0...1 << 48).contains(value) else { throw TrainingError.checkpoint(file: path, .corrupt("\(key) is \(value)")) }
      return value
    }
    var state = State(step: try count("training.step"), taken: try count("training.taken"), positions: try count("training.positions"))
    if case .float64(let seconds)? = metadata["training.seconds"] { state.seconds = seconds }
    state.curve.training = try metadata.points("training.curve")
    state.curve.heldOut = try metadata.points("training.held-out-curve")
    return state
  }

  private static func digest(_ state: State, _ buffers: [FloatBuffer]) -> String {
    var digest = Digest()
    for number in [state.step, state.taken, state.positions] { digest.add(UInt64(number)) }
    digest.add(state.seconds.bitPattern)
    for point in state.curve.training + state.curve.heldOut {
      digest.add(UInt64(point.step))
      digest.add(UInt64(point.loss.bitPattern))
    }
    for buffer in buffers { digest.add(buffer.values) }
    return digest.description
  }
}

extension GGUFMetadata {
  fileprivate mutating func put(_ points: [LearningCurve.Point], _ key: String) {
    self[key + ".steps"] = .integers(points.map { Int32(clamping: $0.step) })
    self[key + ".losses"] = .floats(points.map(\.loss))
  }

  fileprivate func points(_ key: String) throws(GGUFError) -> [LearningCurve.Point] {
    let steps = try integers(key + ".steps")
    let losses = try floats(key + ".losses")
    guard steps.count == losses.count, steps.allSatisfy({ $0 >= 0 }) else {
      throw .mismatch(file: file, field: key, found: "\(steps.count) steps", expected: "\(losses.count)")
    }
    return zip(steps, losses).map { LearningCurve.Point(step: $0, loss: $1) }
  }
}
