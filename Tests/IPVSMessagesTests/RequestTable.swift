// SPDX-License-Identifier: Apache-2.0

import IPVSAddresses
import IPVSMessages
import IPVSRules

/// Beside the recorded requests: the meaning of those that were made by hand, and why some cannot be
/// expressed in our model.
enum RequestTable {
  /// Requests whose bytes the recorder wrote itself, with what they ask for.
  static let byHand: [Int: Request] = [
    1: .change(.flush),
    70: .change(.addService(VirtualService(tcp(98), scheduler: .roundRobin))),
    76: .service(tcp(102)),
    77: .service(tcp(101)),
    89: .service(tcp(80)),
    91: .service(tcp(80)),
    184: .allServices,
    186: .servers(of: tcp(80)),
    187: .servers(of: .mark(5, .ipv4)),
    188: .servers(of: tcp(9999)),
    193: .service(tcp(9999)),
    194: .service(tcp(80)),
    195: .info,
    197: .timeouts,
    200: .change(.setTimeouts(Timeouts(tcp: 100, tcpFin: 0, udp: 0))),
    201: .change(.setTimeouts(Timeouts(tcp: 900, tcpFin: 120, udp: 300))),
    202: .change(.setTimeouts(Timeouts(tcp: 0, tcpFin: 0, udp: 0))),
    203: .change(.setTimeouts(Timeouts(tcp: 0, tcpFin: 0, udp: 0))),
    204: .change(.setTimeouts(Timeouts(tcp: 0x8000_0000, tcpFin: 0, udp: 0))),
    205: .change(.setTimeouts(Timeouts(tcp: 21_474_836, tcpFin: 0, udp: 0))),
    206: .change(.setTimeouts(Timeouts(tcp: 21_474_837, tcpFin: 0, udp: 0))),
    207: .change(.setTimeouts(Timeouts(tcp: 901, tcpFin: 0, udp: .max))),
    208: .timeouts,
    211: .change(.zero(nil)),
    212: .change(.zero(tcp(80))),
    213: .change(.zero(tcp(9999))),
    233: .daemons,
    236: .daemons,
    244: .daemons,
    258: .change(.addService(VirtualService(tcp(80), scheduler: .roundRobin))),
    259: .info,
    260: .allServices,
    261: .change(.addService(VirtualService(tcp(70), scheduler: .roundRobin))),
    262: .servers(of: tcp(80)),
    263: .change(.flush),
  ]

  /// The five messages of request 257.
  static let batch: [Request] = [
    .change(.addService(VirtualService(tcp(80), scheduler: .roundRobin))),
    .change(.addService(VirtualService(tcp(80), scheduler: .roundRobin))),
    .change(
      .addServer(
        RealServer(
          Endpoint(.v4(IPv4Address(0x0a02_0001)), port: 80), forwarding: .masquerading),
        to: tcp(80))),
    .change(.deleteService(tcp(1))),
    .change(.addService(VirtualService(tcp(81), scheduler: .roundRobin))),
  ]

  /// A service at the address of the recordings, 10.0.0.1.
  static func tcp(_ port: UInt16) -> ServiceIdentity {
    .endpoint(.tcp, Endpoint(.v4(IPv4Address(0x0a00_0001)), port: port))
  }

  /// Why our model cannot express a recorded request.
  enum Reason: String {
    case lacksAttribute = "lacks an attribute that our requests always have"
    case attributeOfOtherLength = "holds an attribute that is longer or shorter than its type"
    case unterminated = "holds text without the zero after it"
    case nameTooLong = "holds a name longer than the kernel keeps"
    case familyUnknown = "names a family of addresses that is neither IPv4 nor IPv6"
    case negativeWeight = "holds a negative weight"
    case flagsMasked = "sets some flags and keeps others; ours always set all"
    case timeoutWithoutPersistence = "has a timeout and no persistence"
    case twoIdentities = "names a service by mark and by address"
    case maskReversed = "holds a prefix length in network order"
    case addressOfOtherFamily = "holds an address of another family than it says"
    case roleUnknown = "names a role of a sync daemon that does not exist"
    case attributeUnknown = "holds an attribute that the family does not have"
    case attributeTwice = "holds an attribute twice"
    case attributesIgnored = "holds attributes that the command does not look at"
    case cutOff = "is cut off in an attribute or a header, or goes on after the last one"
    case wrongFlags = "asks for a dump of what is no table, or for one entry of what is"
    case commandUnknown = "holds a command that the kernel does not take"
    case headerOther = "has another version than 1 or uses the reserved bytes of its header"
  }

  static let others: [Int: Reason] = [
    8: .lacksAttribute, 9: .lacksAttribute, 10: .lacksAttribute, 11: .lacksAttribute,
    12: .lacksAttribute, 13: .lacksAttribute, 14: .lacksAttribute, 15: .lacksAttribute,
    16: .familyUnknown, 17: .familyUnknown, 18: .familyUnknown, 23: .nameTooLong,
    24: .unterminated, 30: .nameTooLong, 40: .flagsMasked, 41: .attributeOfOtherLength,
    42: .attributeOfOtherLength, 43: .attributeOfOtherLength, 44: .attributeOfOtherLength,
    45: .attributeOfOtherLength, 46: .attributeOfOtherLength, 47: .attributeOfOtherLength,
    48: .attributeOfOtherLength, 49: .attributeOfOtherLength, 50: .timeoutWithoutPersistence,
    57: .twoIdentities, 66: .maskReversed, 68: .lacksAttribute, 69: .lacksAttribute, 71: .cutOff,
    72: .cutOff, 73: .attributeUnknown, 74: .attributeUnknown, 75: .attributeTwice,
    79: .lacksAttribute, 80: .lacksAttribute, 81: .lacksAttribute, 82: .lacksAttribute,
    83: .lacksAttribute, 87: .flagsMasked, 88: .flagsMasked, 95: .familyUnknown,
    96: .lacksAttribute, 97: .lacksAttribute, 103: .lacksAttribute, 104: .lacksAttribute,
    105: .lacksAttribute, 106: .lacksAttribute, 107: .lacksAttribute, 108: .lacksAttribute,
    109: .lacksAttribute, 110: .lacksAttribute, 112: .lacksAttribute, 113: .negativeWeight,
    150: .attributeOfOtherLength, 151: .attributeOfOtherLength, 152: .familyUnknown,
    153: .familyUnknown, 165: .lacksAttribute, 166: .lacksAttribute, 168: .negativeWeight,
    175: .lacksAttribute, 177: .addressOfOtherFamily, 179: .familyUnknown,
    185: .attributesIgnored, 189: .lacksAttribute, 190: .cutOff, 191: .wrongFlags,
    192: .wrongFlags, 196: .wrongFlags, 198: .wrongFlags, 199: .commandUnknown,
    209: .attributeOfOtherLength, 210: .attributeOfOtherLength, 214: .lacksAttribute,
    217: .lacksAttribute, 218: .lacksAttribute, 219: .lacksAttribute, 220: .lacksAttribute,
    222: .nameTooLong, 223: .roleUnknown, 224: .roleUnknown, 225: .roleUnknown,
    229: .roleUnknown, 230: .lacksAttribute, 237: .wrongFlags, 246: .commandUnknown,
    247: .commandUnknown, 248: .commandUnknown, 249: .headerOther, 250: .headerOther,
    251: .headerOther, 252: .cutOff, 253: .cutOff, 254: .cutOff, 255: .cutOff,
    256: .attributesIgnored,
  ]
}
