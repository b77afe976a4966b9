// SPDX-License-Identifier: Apache-2.0

import IPVSAddresses
import IPVSHost
import IPVSSockets
import IPVSSystem
import TestSupport

extension RecordedFirewall {
  /// What the reader makes of the kernel's answers.
  func read(
    changing change: @escaping (SentMessage, [[UInt8]]) -> [[UInt8]] = { $1 },
    legacy injure: @escaping @Sendable ([UInt8]) -> [UInt8] = { $0 }
  ) throws -> HostFirewall {
    let modules = ModuleList(loaded: program.contains("nft") ? ["nf_tables"] : [], installed: [])
    return try FirewallReader(.transport(transport(changing: change)), source(injure)).read(modules)
  }

  private func source(_ injure: @escaping @Sendable ([UInt8]) -> [UInt8]) -> LegacySource {
    let tables = legacy
    @Sendable func table(_ family: AddressFamily, _ bytes: [UInt8]) -> Table? {
      let name = String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
      return tables.first { $0.table == name && ($0.family == 4) == (family == .ipv4) }
    }
    return LegacySource { family in
      .success(tables.filter { ($0.family == 4) == (family == .ipv4) }.map(\.table))
    } info: { family, bytes in
      table(family, bytes).map { .success(injure($0.infoBytes)) } ?? .failure(SystemError(errno: 2))
    } entries: { family, bytes in
      table(family, bytes).map { .success(injure($0.entriesBytes)) }
        ?? .failure(SystemError(errno: 2))
    }
  }
}
