/// What passed so far: of a service, of a real server, or of all.
struct Counters {
  var connections: UInt64 = 0
  var inboundPackets: UInt64 = 0
  var outboundPackets: UInt64 = 0
  var inboundBytes: UInt64 = 0
  var outboundBytes: UInt64 = 0
}
