/// The templates of persistence engines: a packet finds one by what it carries, besides its addresses.
struct EngineTemplates {
  typealias Index = ConnectionTable.Index

  private struct Place: Hashable {
    let client: UInt128
    let other: UInt128
    let ports: UInt32
    let nature: UInt32
    let data: [UInt8]

    init(_ key: ConnectionKey, _ data: [UInt8]) {
      client = key.client
      other = key.other
      ports = key.ports
      nature = key.nature
      self.data = data
    }
  }

  private var indices: [Place: Index] = [:]
  private var places: [Index: Place] = [:]

  func find(_ key: ConnectionKey, _ data: [UInt8]) -> Index? {
    places.isEmpty ? nil : indices[Place(key, data)]
  }

  mutating func insert(_ index: Index, _ key: ConnectionKey, _ data: [UInt8]) {
    let place = Place(key, data)
    indices[place] = index
    places[index] = place
  }

  /// What a template was found by; nil for one that belongs to no engine.
  func data(_ index: Index) -> [UInt8]? { places.isEmpty ? nil : places[index]?.data }

  /// Hides a template from packets; what it was found by is still listed.
  mutating func hide(_ index: Index) {
    guard let place = places[index], indices[place] == index else { return }
    indices[place] = nil
  }

  mutating func remove(_ index: Index) {
    hide(index)
    places[index] = nil
  }
}
