import IPVSAddresses
import IPVSRules
import IPVSText

/// What a line says, option by option; each value is good in itself.
struct LineContents {
  typealias Value = ArgumentScanner.Value

  var command = CommandName.help

  /// The options that are there.
  var given: OptionNames = []

  var service: ServiceIdentity?

  /// The persistence timeout in seconds.
  var persistence: UInt32?
  var scheduler: Value?
  var schedulerFlags: Value?
  var persistenceEngine: Value?
  var netmask: Value?

  /// The netmask, if it can be one for IPv4.
  var netmaskAddress: IPv4Address?

  /// The netmask, if it can be one for IPv6.
  var prefixLength: UInt32?

  var server: EndpointText?
  var method = ForwardingMethod.directRouting
  var tunnelKind = Tunnel.Kind.ipip

  var role = SyncDaemon.Role.master
  var interface: Value?
  var group: IPAddress?

  var timeouts = Timeouts(tcp: 0, tcpFin: 0, udp: 0)

  /// The values of the options that take a number.
  private var numbers = InlineArray<34, UInt32>(repeating: 0)

  subscript(number option: OptionName) -> UInt32 {
    get { numbers[Int(option.rawValue)] }
    set { numbers[Int(option.rawValue)] = newValue }
  }

  /// The family of the service, if it is known.
  var family: AddressFamily? { service?.family }
}
