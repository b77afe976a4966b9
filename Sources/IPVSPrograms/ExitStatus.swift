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

  /// Two tables differ, a server is not empty, or there is no weight to give back.
  package static let negative = ExitStatus(rawValue: 1)

  /// A change was not made whole, and the table is not as before.
  package static let notAsBefore = ExitStatus(rawValue: 3)

  /// Another change is under way, or the table kept changing.
  package static let busy = ExitStatus(rawValue: 4)

  /// A person broke it off.
  package static let interrupted = ExitStatus(rawValue: 130)

  /// The director refused a change, or an option is unknown.
  package static let refused = ExitStatus(rawValue: 255)
}
