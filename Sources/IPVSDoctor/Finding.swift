// SPDX-License-Identifier: Apache-2.0

package import IPVSAddresses
package import IPVSRules
package import IPVSText

/// What a finding is about.
package enum FindingObject: Hashable, Sendable {
  case service(ServiceIdentity)
  case server(Endpoint, of: ServiceIdentity)

  /// A virtual address.
  case address(IPAddress)

  /// A network interface.
  case link(ByteString)
  case daemon(SyncDaemon.Role)

  /// Anything else, in words: a setting, a module, a file, a rule of the firewall.
  case named(Kind, String)

  /// What an object is that has no type of its own.
  package enum Kind: String, Hashable, Sendable {
    case setting, module, file, program, table, chain, scheduler, port
  }

  /// A setting by its name below /proc/sys, as sysctl(8) writes it.
  package static func setting(_ name: String) -> FindingObject {
    .named(.setting, HostFacts.sysctlName(of: name))
  }

  /// The service that the object is or belongs to.
  package var service: ServiceIdentity? {
    switch self {
    case .service(let identity), .server(_, let identity): identity
    case .address, .link, .daemon, .named: nil
    }
  }
}

extension FindingObject: CustomStringConvertible {
  /// The object by its name, without its kind: `TCP 203.0.113.1:80`.
  package var description: String {
    switch self {
    case .service(let identity): "\(identity)"
    case .server(let endpoint, let identity): "\(endpoint) of \(identity)"
    case .address(let address): "\(address)"
    case .link(let name): "\(name)"
    case .daemon(let role): "\(role)"
    case .named(_, let name): name
    }
  }

  /// What the object is, in the plural where there are several.
  package func word(isPlural: Bool) -> String {
    switch self {
    case .service: isPlural ? "services" : "service"
    case .server: isPlural ? "servers" : "server"
    case .address: isPlural ? "addresses" : "address"
    case .link: isPlural ? "links" : "link"
    case .daemon: isPlural ? "daemons" : "daemon"
    case .named(let kind, _): isPlural ? "\(kind.rawValue)s" : kind.rawValue
    }
  }
}

extension ServiceIdentity {
  /// The address that clients speak to; nil for a firewall mark.
  package var virtualAddress: IPAddress? {
    if case .endpoint(_, let endpoint) = self { endpoint.address } else { nil }
  }
}

/// Objects of findings, to tell which other objects the same trouble may be behind.
package struct RelatedObjects: Sendable {
  private var objects = Set<FindingObject>()

  /// The services that findings are about, and those of which they are about a server.
  private var services = Set<ServiceIdentity>()
  private var servicesOfServers = Set<ServiceIdentity>()

  /// The virtual addresses that findings are about, and those of the services above.
  private var addresses = Set<IPAddress>()
  private var addressesOfServices = Set<IPAddress>()

  /// Makes a set of objects.
  package init(_ objects: some Sequence<FindingObject> = []) {
    for object in objects { insert(object) }
  }

  /// Adds an object.
  package mutating func insert(_ object: FindingObject) {
    objects.insert(object)
    switch object {
    case .service(let identity): services.insert(identity)
    case .server(_, let identity): servicesOfServers.insert(identity)
    case .address(let address): addresses.insert(address)
    case .link, .daemon, .named: break
    }
    if let address = object.service?.virtualAddress { addressesOfServices.insert(address) }
  }

  /// Whether an object is one of these, the service of one, a server of a service, or an address with a
  /// service at it.
  package func hasRelated(_ object: FindingObject) -> Bool {
    if objects.contains(object) { return true }
    if case .address(let address) = object { return addressesOfServices.contains(address) }
    guard let identity = object.service else { return false }
    if services.contains(identity) { return true }
    if case .service = object, servicesOfServers.contains(identity) { return true }
    return identity.virtualAddress.map { addresses.contains($0) } ?? false
  }
}

/// A value that was read, and where.
package struct Evidence: Hashable, Sendable {
  /// The file, or the request and what it was about.
  package var source: String

  /// What was read.
  package var value: String

  /// Makes evidence of its parts.
  package init(_ source: String, _ value: some CustomStringConvertible) {
    self.source = source
    self.value = value.description
  }

  /// A setting by its name below /proc/sys, and its value.
  package static func setting(_ name: String, _ value: String) -> Evidence {
    Evidence("/proc/sys/\(name)", value)
  }
}

/// Something that is wrong, or worth knowing.
package struct Finding: Hashable, Sendable {
  /// What it is.
  package var code: FindingCode

  /// How much it matters here.
  package var severity: Severity

  /// What it is about; empty for the whole director.
  package var objects: [FindingObject]

  /// What was read that shows it.
  package var evidence: [Evidence]

  /// Why that makes packets go astray.
  package var cause: String

  /// What to do: commands, and where there are none, advice. A command of this program is a whole one,
  /// between single quotes.
  package var remedy: [String]

  /// Makes a finding of its parts.
  ///
  /// - Parameter severity: Nil for that of the catalogue.
  package init(
    _ code: FindingCode, _ severity: Severity? = nil, _ objects: [FindingObject] = [],
    _ evidence: [Evidence], cause: String, remedy: [String]
  ) {
    self.code = code
    self.severity = severity ?? code.entry.severity
    self.objects = objects
    self.evidence = evidence
    self.cause = cause
    self.remedy = remedy
  }
}

/// A check that was not done. It is never a pass.
package struct Skip: Hashable, Sendable {
  /// What would have been found.
  package var code: FindingCode

  /// Why it was not looked for.
  package var reason: String

  /// Makes a skip of its parts.
  package init(_ code: FindingCode, _ reason: String) {
    self.code = code
    self.reason = reason
  }
}
