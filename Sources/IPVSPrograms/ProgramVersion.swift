// SPDX-License-Identifier: Apache-2.0

/// The version of this package's programs (CHANGELOG.md). The version of ipvsadm whose language they speak
/// is 1.31.
package enum ProgramVersion {
  package static let number: StaticString = "0.2.0"
}
