public import IPVSRules

/// What a command line asks for, complete and checked as far as the words alone allow.
public enum Command: Hashable, Sendable {
  case help
  case version
  case change(Change)
  case list(ListRequest)

  /// Print the table as restore input; `numeric`: without names.
  case save(numeric: Bool)

  /// Run the lines of standard input.
  case restore
}
