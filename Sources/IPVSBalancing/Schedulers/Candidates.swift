internal import IPVSAddresses

/// A virtual service as its scheduler sees it: its real servers, the last added first.
///
/// Lives no longer than the call that it is handed to.
struct Candidates {
  typealias Index = Slab<ServerRecord>.Index

  /// `IP_VS_SVC_F_*`
  let flags: UInt32

  /// That of the service, which a server behind a tunnel may differ from.
  let family: AddressFamily

  private let order: UnsafeBufferPointer<Index>
  private let servers: UnsafeMutablePointer<ServerRecord>

  init(
    _ service: borrowing ServiceRecord, order: UnsafeBufferPointer<Index>,
    servers: UnsafeMutablePointer<ServerRecord>
  ) {
    flags = service.settings.flags
    family = service.key.family
    self.order = order
    self.servers = servers
  }

  /// sh and mh: choose another server where the first choice is unavailable
  /// (`IP_VS_SVC_F_SCHED1`).
  var fallsBack: Bool { flags & 0x08 != 0 }

  /// sh and mh: hash the client's port along with its address (`IP_VS_SVC_F_SCHED2`).
  var hashesPort: Bool { flags & 0x10 != 0 }

  var count: Int { order.count }

  /// The index of the server at a position in the list.
  func index(at position: Int) -> Index { order[position] }

  /// The server at a position in the list.
  subscript(_ position: Int) -> ServerRecord {
    unsafeAddress { UnsafePointer(servers + Int(order[position].value)) }
  }

  /// Any server, in the list or, while it is held, in the trash.
  subscript(_ index: Index) -> ServerRecord {
    unsafeAddress { UnsafePointer(servers + Int(index.value)) }
  }

  /// Keeps a server's record for a scheduler that remembers it, also when it is deleted.
  func hold(_ index: Index) { servers[Int(index.value)].users += 1 }

  /// Ends what `hold` began.
  func release(_ index: Index) { servers[Int(index.value)].users -= 1 }
}
