/// The real servers of one virtual service as its scheduler sees them, the last added first.
///
/// Lives no longer than the call that it is handed to.
struct Candidates {
  typealias Index = Slab<ServerRecord>.Index

  private let order: UnsafeBufferPointer<Index>
  private let servers: UnsafeMutablePointer<ServerRecord>

  init(order: UnsafeBufferPointer<Index>, servers: UnsafeMutablePointer<ServerRecord>) {
    self.order = order
    self.servers = servers
  }

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
