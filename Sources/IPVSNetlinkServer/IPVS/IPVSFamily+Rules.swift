// SPDX-License-Identifier: Apache-2.0

internal import IPVSNetlinkFormat
internal import IPVSProtocol

// The kernel's validation rules for each attribute (ip_vs_ctl.c, `ip_vs_cmd_policy` and the following).

extension IPVSFamily.Part: CheckedAttribute {
  var rule: AttributeRule {
    switch self {
    case .service, .server, .daemon: .nest
    case .tcpTimeout, .tcpFinTimeout, .udpTimeout: .atLeast(4)
    }
  }
}

extension IPVSFamily.Service: CheckedAttribute {
  var rule: AttributeRule {
    switch self {
    case .family, .transport, .port: .atLeast(2)
    case .mark, .timeout, .netmask: .atLeast(4)
    case .address: .atMost(IPVSFamily.addressLength)
    case .scheduler: .text(15)
    case .engine: .text(16)
    case .flags: .atMost(8)
    case .statistics: .nest
    case .statistics64: .atLeast(0)
    }
  }
}

extension IPVSFamily.Server: CheckedAttribute {
  var rule: AttributeRule {
    switch self {
    case .tunnelKind: .atLeast(1)
    case .family, .port, .tunnelPort, .tunnelFlags: .atLeast(2)
    case .forwarding, .weight, .upperThreshold, .lowerThreshold, .activeConnections,
      .inactiveConnections, .persistentConnections:
      .atLeast(4)
    case .address: .atMost(IPVSFamily.addressLength)
    case .statistics: .nest
    case .statistics64: .atLeast(0)
    }
  }
}

extension IPVSFamily.Daemon: CheckedAttribute {
  var rule: AttributeRule {
    switch self {
    case .timeToLive: .atLeast(1)
    case .maximumLength, .port: .atLeast(2)
    case .role, .syncID, .group: .atLeast(4)
    case .group6: .atLeast(IPVSFamily.addressLength)
    case .interface: .text(15)
    }
  }
}
