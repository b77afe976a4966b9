// SPDX-License-Identifier: Apache-2.0

// `import IPVSEngine` is all that a user of the engine needs: the balancer, its packets, and the netlink
// server in front of it.
@_exported public import IPVSAddresses
@_exported public import IPVSBalancing
@_exported public import IPVSNetlinkServer
@_exported public import IPVSNumbers
@_exported public import IPVSPackets
@_exported public import IPVSText
