// SPDX-License-Identifier: Apache-2.0

import CLibnlReference
import IPVSNetlinkFormat
import IPVSNumbers
import IPVSProtocol
import Testing

/// Our numbers against those of linux/ip_vs.h and linux/genetlink.h.
@Suite struct FamilyNumberTests {
  struct Row: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let ours: Int
    let theirs: Int

    init(_ ours: some RawRepresentable<UInt16>, _ theirs: Int) {
      testDescription = "\(type(of: ours)).\(ours)"
      self.ours = Int(ours.rawValue)
      self.theirs = theirs
    }

    init(_ ours: IPVSFamily.Command, _ theirs: Int) {
      testDescription = "\(ours)"
      self.ours = Int(ours.rawValue)
      self.theirs = theirs
    }
  }

  static let commands: [Row] = [
    Row(.newService, IPVS_CMD_NEW_SERVICE), Row(.setService, IPVS_CMD_SET_SERVICE),
    Row(.deleteService, IPVS_CMD_DEL_SERVICE), Row(.getService, IPVS_CMD_GET_SERVICE),
    Row(.newServer, IPVS_CMD_NEW_DEST), Row(.setServer, IPVS_CMD_SET_DEST),
    Row(.deleteServer, IPVS_CMD_DEL_DEST), Row(.getServer, IPVS_CMD_GET_DEST),
    Row(.newDaemon, IPVS_CMD_NEW_DAEMON), Row(.deleteDaemon, IPVS_CMD_DEL_DAEMON),
    Row(.getDaemon, IPVS_CMD_GET_DAEMON), Row(.setTimeouts, IPVS_CMD_SET_CONFIG),
    Row(.getTimeouts, IPVS_CMD_GET_CONFIG), Row(.setInfo, IPVS_CMD_SET_INFO),
    Row(.getInfo, IPVS_CMD_GET_INFO), Row(.zero, IPVS_CMD_ZERO), Row(.flush, IPVS_CMD_FLUSH),
  ]

  static let parts: [Row] = [
    Row(IPVSFamily.Part.service, IPVS_CMD_ATTR_SERVICE),
    Row(IPVSFamily.Part.server, IPVS_CMD_ATTR_DEST),
    Row(IPVSFamily.Part.daemon, IPVS_CMD_ATTR_DAEMON),
    Row(IPVSFamily.Part.tcpTimeout, IPVS_CMD_ATTR_TIMEOUT_TCP),
    Row(IPVSFamily.Part.tcpFinTimeout, IPVS_CMD_ATTR_TIMEOUT_TCP_FIN),
    Row(IPVSFamily.Part.udpTimeout, IPVS_CMD_ATTR_TIMEOUT_UDP),
    Row(IPVSFamily.Info.version, IPVS_INFO_ATTR_VERSION),
    Row(IPVSFamily.Info.connectionTableSize, IPVS_INFO_ATTR_CONN_TAB_SIZE),
  ]

  static let services: [Row] = [
    Row(IPVSFamily.Service.family, IPVS_SVC_ATTR_AF),
    Row(IPVSFamily.Service.transport, IPVS_SVC_ATTR_PROTOCOL),
    Row(IPVSFamily.Service.address, IPVS_SVC_ATTR_ADDR),
    Row(IPVSFamily.Service.port, IPVS_SVC_ATTR_PORT),
    Row(IPVSFamily.Service.mark, IPVS_SVC_ATTR_FWMARK),
    Row(IPVSFamily.Service.scheduler, IPVS_SVC_ATTR_SCHED_NAME),
    Row(IPVSFamily.Service.flags, IPVS_SVC_ATTR_FLAGS),
    Row(IPVSFamily.Service.timeout, IPVS_SVC_ATTR_TIMEOUT),
    Row(IPVSFamily.Service.netmask, IPVS_SVC_ATTR_NETMASK),
    Row(IPVSFamily.Service.statistics, IPVS_SVC_ATTR_STATS),
    Row(IPVSFamily.Service.engine, IPVS_SVC_ATTR_PE_NAME),
    Row(IPVSFamily.Service.statistics64, IPVS_SVC_ATTR_STATS64),
  ]

  static let servers: [Row] = [
    Row(IPVSFamily.Server.address, IPVS_DEST_ATTR_ADDR),
    Row(IPVSFamily.Server.port, IPVS_DEST_ATTR_PORT),
    Row(IPVSFamily.Server.forwarding, IPVS_DEST_ATTR_FWD_METHOD),
    Row(IPVSFamily.Server.weight, IPVS_DEST_ATTR_WEIGHT),
    Row(IPVSFamily.Server.upperThreshold, IPVS_DEST_ATTR_U_THRESH),
    Row(IPVSFamily.Server.lowerThreshold, IPVS_DEST_ATTR_L_THRESH),
    Row(IPVSFamily.Server.activeConnections, IPVS_DEST_ATTR_ACTIVE_CONNS),
    Row(IPVSFamily.Server.inactiveConnections, IPVS_DEST_ATTR_INACT_CONNS),
    Row(IPVSFamily.Server.persistentConnections, IPVS_DEST_ATTR_PERSIST_CONNS),
    Row(IPVSFamily.Server.statistics, IPVS_DEST_ATTR_STATS),
    Row(IPVSFamily.Server.family, IPVS_DEST_ATTR_ADDR_FAMILY),
    Row(IPVSFamily.Server.statistics64, IPVS_DEST_ATTR_STATS64),
    Row(IPVSFamily.Server.tunnelKind, IPVS_DEST_ATTR_TUN_TYPE),
    Row(IPVSFamily.Server.tunnelPort, IPVS_DEST_ATTR_TUN_PORT),
    Row(IPVSFamily.Server.tunnelFlags, IPVS_DEST_ATTR_TUN_FLAGS),
  ]

  static let daemons: [Row] = [
    Row(IPVSFamily.Daemon.role, IPVS_DAEMON_ATTR_STATE),
    Row(IPVSFamily.Daemon.interface, IPVS_DAEMON_ATTR_MCAST_IFN),
    Row(IPVSFamily.Daemon.syncID, IPVS_DAEMON_ATTR_SYNC_ID),
    Row(IPVSFamily.Daemon.maximumLength, IPVS_DAEMON_ATTR_SYNC_MAXLEN),
    Row(IPVSFamily.Daemon.group, IPVS_DAEMON_ATTR_MCAST_GROUP),
    Row(IPVSFamily.Daemon.group6, IPVS_DAEMON_ATTR_MCAST_GROUP6),
    Row(IPVSFamily.Daemon.port, IPVS_DAEMON_ATTR_MCAST_PORT),
    Row(IPVSFamily.Daemon.timeToLive, IPVS_DAEMON_ATTR_MCAST_TTL),
  ]

  static let counters: [Row] = [
    Row(IPVSFamily.Counter.connections, IPVS_STATS_ATTR_CONNS),
    Row(IPVSFamily.Counter.inboundPackets, IPVS_STATS_ATTR_INPKTS),
    Row(IPVSFamily.Counter.outboundPackets, IPVS_STATS_ATTR_OUTPKTS),
    Row(IPVSFamily.Counter.inboundBytes, IPVS_STATS_ATTR_INBYTES),
    Row(IPVSFamily.Counter.outboundBytes, IPVS_STATS_ATTR_OUTBYTES),
    Row(IPVSFamily.Counter.connectionRate, IPVS_STATS_ATTR_CPS),
    Row(IPVSFamily.Counter.inboundPacketRate, IPVS_STATS_ATTR_INPPS),
    Row(IPVSFamily.Counter.outboundPacketRate, IPVS_STATS_ATTR_OUTPPS),
    Row(IPVSFamily.Counter.inboundByteRate, IPVS_STATS_ATTR_INBPS),
    Row(IPVSFamily.Counter.outboundByteRate, IPVS_STATS_ATTR_OUTBPS),
    Row(IPVSFamily.Counter.padding, IPVS_STATS_ATTR_PAD),
  ]

  static let controller: [Row] = [
    Row(ControllerFamily.Part.number, CTRL_ATTR_FAMILY_ID),
    Row(ControllerFamily.Part.name, CTRL_ATTR_FAMILY_NAME),
    Row(ControllerFamily.Part.version, CTRL_ATTR_VERSION),
    Row(ControllerFamily.Part.headerLength, CTRL_ATTR_HDRSIZE),
    Row(ControllerFamily.Part.attributeCount, CTRL_ATTR_MAXATTR),
    Row(ControllerFamily.Part.commands, CTRL_ATTR_OPS),
    Row(ControllerFamily.Part.groups, CTRL_ATTR_MCAST_GROUPS),
    Row(ControllerFamily.Operation.command, CTRL_ATTR_OP_ID),
    Row(ControllerFamily.Operation.flags, CTRL_ATTR_OP_FLAGS),
    Row(ControllerFamily.Group.name, CTRL_ATTR_MCAST_GRP_NAME),
    Row(ControllerFamily.Group.number, CTRL_ATTR_MCAST_GRP_ID),
  ]

  @Test(
    "a number is that of the kernel",
    arguments: commands + parts + services + servers + daemons + counters + controller)
  func agrees(_ row: Row) {
    #expect(row.ours == row.theirs)
  }

  @Test("the numbers of rules are those of the kernel")
  func rules() {
    #expect(ForwardingNumber.mask == UInt32(IP_VS_CONN_F_FWD_MASK))
    #expect(ForwardingNumber.masquerading == UInt32(IP_VS_CONN_F_MASQ))
    #expect(ForwardingNumber.local == UInt32(IP_VS_CONN_F_LOCALNODE))
    #expect(ForwardingNumber.tunneling == UInt32(IP_VS_CONN_F_TUNNEL))
    #expect(ForwardingNumber.directRouting == UInt32(IP_VS_CONN_F_DROUTE))
    #expect(ForwardingNumber.bypass == UInt32(IP_VS_CONN_F_BYPASS))
    #expect(Int(TunnelNumber.ipip) == IP_VS_CONN_F_TUNNEL_TYPE_IPIP)
    #expect(Int(TunnelNumber.gue) == IP_VS_CONN_F_TUNNEL_TYPE_GUE)
    #expect(Int(TunnelNumber.gre) == IP_VS_CONN_F_TUNNEL_TYPE_GRE)
    #expect(TunnelBit.checksum == UInt16(IP_VS_TUNNEL_ENCAP_FLAG_CSUM))
    #expect(TunnelBit.remoteChecksum == UInt16(IP_VS_TUNNEL_ENCAP_FLAG_REMCSUM))
    #expect(ServiceBit.persistent == UInt32(IP_VS_SVC_F_PERSISTENT))
    #expect(ServiceBit.hashed == UInt32(IP_VS_SVC_F_HASHED))
    #expect(ServiceBit.onePacket == UInt32(IP_VS_SVC_F_ONEPACKET))
    #expect(ServiceBit.scheduler1 == UInt32(IP_VS_SVC_F_SCHED1))
    #expect(ServiceBit.scheduler2 == UInt32(IP_VS_SVC_F_SCHED2))
    #expect(ServiceBit.scheduler3 == UInt32(IP_VS_SVC_F_SCHED3))
  }

  @Test("flags and the name are those of the kernel")
  func others() {
    #expect(IPVSFamily.name == IPVS_GENL_NAME)
    #expect(IPVSFamily.version == IPVS_GENL_VERSION)
    #expect(Int(ControllerFamily.number) == GENL_ID_CTRL)
    #expect(Int(ControllerFamily.Command.newFamily.rawValue) == CTRL_CMD_NEWFAMILY)
    #expect(Int(ControllerFamily.Command.getFamily.rawValue) == CTRL_CMD_GETFAMILY)
    #expect(ControllerFamily.Trait.takesAdministrator == UInt32(GENL_ADMIN_PERM))
    #expect(ControllerFamily.Trait.answersOnce == UInt32(GENL_CMD_CAP_DO))
    #expect(ControllerFamily.Trait.dumps == UInt32(GENL_CMD_CAP_DUMP))
    #expect(ControllerFamily.Trait.hasPolicy == UInt32(GENL_CMD_CAP_HASPOL))
    #expect(ControllerFamily.longestName + 1 == Int(GENL_NAMSIZ))
  }
}
