// SPDX-License-Identifier: Apache-2.0

/// The exit status of a program of this package (ipvsadm(8), EXIT STATUS).
package struct ExitStatus: RawRepresentable, Hashable, Sendable {
  package let rawValue: Int32

  package init(rawValue: Int32) {
    self.rawValue = rawValue
  }

  /// The command was carried out, help and version included.
  package static let success = ExitStatus(rawValue: 0)

  /// A listing could not be made, or its input or output failed.
  package static let failure = ExitStatus(rawValue: 1)

  /// The words of a command are wrong, or there is no IPVS to talk to.
  package static let usage = ExitStatus(rawValue: 2)

  /// The director refused a change, or an option is unknown.
  package static let refused = ExitStatus(rawValue: 255)
}
