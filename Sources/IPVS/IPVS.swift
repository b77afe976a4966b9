// SPDX-License-Identifier: Apache-2.0

// `import IPVS` is all that a client of a director needs: rules and files of them, addresses, directors, and
// the other ends of their sockets. The modules stay apart, as programs of this package import no more than they
// use.
@_exported public import IPVSAddresses
@_exported public import IPVSClient
@_exported public import IPVSRules
@_exported public import IPVSSockets
@_exported public import IPVSText

@_exported public import struct IPVSGrammar.RuleFault
@_exported public import struct IPVSGrammar.RuleFile
@_exported public import enum IPVSNetlinkFormat.NetlinkFormatError
