// SPDX-License-Identifier: Apache-2.0

/// Everything that was found, of one look.
package struct Diagnosis: Hashable, Sendable {
  /// What was looked at.
  package struct Head: Hashable, Sendable {
    /// What answered: the kernel, or an engine.
    package var source: String

    /// The inode of the network namespace; nil where it is not to be seen.
    package var namespace: UInt64?

    /// The release of the kernel.
    package var kernel: String

    /// How many there were; nil where they could not be read.
    package var services: Int?
    package var servers: Int?
    package var connections: Int?

    /// Makes a head of its parts.
    package init(
      source: String = "kernel", namespace: UInt64? = nil, kernel: String = "",
      services: Int? = nil,
      servers: Int? = nil, connections: Int? = nil
    ) {
      self.source = source
      self.namespace = namespace
      self.kernel = kernel
      self.services = services
      self.servers = servers
      self.connections = connections
    }
  }

  /// What was looked at.
  package var head: Head

  /// What was found, of each code what it is about together; what matters most comes first, then by code.
  package private(set) var findings: [Finding] = []

  /// What was not looked for, by code.
  package private(set) var skips: [Skip] = []

  /// What cannot be seen from here, where everything that was looked at is well and clients are not.
  package var closing: String?

  /// Whether the table could be read.
  package var isTableRead = true

  /// The most pieces of evidence that are kept of one code.
  private static let mostEvidence = 5

  /// Begins without findings.
  package init(head: Head = Head()) {
    self.head = head
  }

  /// Whether there is something of a severity, or of one that matters more.
  package func has(_ severity: Severity) -> Bool {
    findings.contains { $0.severity <= severity }
  }

  /// Takes what rules have found, without what other findings explain.
  ///
  /// - Parameters:
  ///   - report: What rules have found, and what they could not look for.
  ///   - suppressions: Which findings explain which others.
  package mutating func take(_ report: Report, _ suppressions: [Suppression]) {
    var kept = report.findings
    for suppression in suppressions {
      let explained = suppression.explained(by: report.findings)
      kept.removeAll { suppression.hidden.contains($0.code) && explained($0) }
    }
    fold(kept)
    var seen = Set<Skip>()
    skips = (skips + report.skips).filter { seen.insert($0).inserted }
      .sorted { $0.code.rawValue < $1.code.rawValue }
  }

  /// Puts findings of one code, severity, and cause together.
  private mutating func fold(_ more: [Finding]) {
    struct Key: Hashable {
      var code: FindingCode
      var severity: Severity
      var cause: String
    }
    var indices: [Key: Int] = [:]
    var folded: [Finding] = []
    var objects: [Set<FindingObject>] = []
    for finding in more {
      let key = Key(code: finding.code, severity: finding.severity, cause: finding.cause)
      guard let index = indices[key] else {
        indices[key] = folded.count
        folded.append(finding)
        objects.append(Set(finding.objects))
        continue
      }
      for object in finding.objects where objects[index].insert(object).inserted {
        folded[index].objects.append(object)
      }
      folded[index].evidence.add(finding.evidence, atMost: Self.mostEvidence)
      folded[index].remedy.add(finding.remedy, atMost: Self.mostEvidence)
    }
    findings += folded
    findings.sort {
      $0.severity == $1.severity ? $0.code.rawValue < $1.code.rawValue : $0.severity < $1.severity
    }
  }
}

extension Array where Element: Equatable {
  /// Appends what is not there yet, as long as there are few enough.
  fileprivate mutating func add(_ more: [Element], atMost limit: Int) {
    for element in more where count < limit && !contains(element) { append(element) }
  }
}

/// What rules have found so far.
package struct Report: Sendable {
  /// The findings, in the order of the rules.
  package private(set) var findings: [Finding] = []

  /// The checks that were not done.
  package private(set) var skips: [Skip] = []

  /// Begins without findings.
  package init() {}

  /// Adds a finding.
  ///
  /// - Parameters:
  ///   - code: What it is.
  ///   - severity: Nil for that of the catalogue.
  ///   - objects: What it is about.
  ///   - evidence: What shows it.
  ///   - cause: Why that makes packets go astray.
  ///   - remedy: What to do.
  package mutating func find(
    _ code: FindingCode, _ severity: Severity? = nil, _ objects: [FindingObject] = [],
    _ evidence: Evidence..., cause: String, remedy: String...
  ) {
    findings.append(Finding(code, severity, objects, evidence, cause: cause, remedy: remedy))
  }

  /// Adds a finding.
  package mutating func find(_ finding: Finding) {
    findings.append(finding)
  }

  /// Says that a check is not done, and why.
  package mutating func skip(_ code: FindingCode, _ reason: String) {
    skips.append(Skip(code, reason))
  }
}

/// Findings that are explained by others, so that one root cause is one error.
package struct Suppression: Sendable {
  /// What explains.
  package var by: Set<FindingCode>

  /// What is explained.
  package var hidden: Set<FindingCode>

  /// Whether only findings about the same service, server, or address are.
  package var isOfSameObjects: Bool

  /// The least severity that explains: a note explains nothing.
  package static let leastSeverity = Severity.warning

  /// Makes a suppression of its parts.
  package init(by: Set<FindingCode>, hides hidden: Set<FindingCode>, ofSameObjects: Bool) {
    self.by = by
    self.hidden = hidden
    isOfSameObjects = ofSameObjects
  }

  /// Which of the findings that may be hidden are explained.
  fileprivate func explained(by findings: [Finding]) -> (Finding) -> Bool {
    let reasons = findings.filter { by.contains($0.code) && $0.severity <= Self.leastSeverity }
    guard isOfSameObjects, !reasons.contains(where: \.objects.isEmpty) else {
      return { _ in !reasons.isEmpty }
    }
    let objects = RelatedObjects(reasons.lazy.flatMap(\.objects))
    return { finding in finding.objects.contains { objects.hasRelated($0) } }
  }
}

/// A check: what it finds, what must have been read for it, and how it is found.
package struct Rule<Facts>: Sendable {
  /// What it may find. Where something that it needs is missing, these are skipped.
  package var codes: [FindingCode]

  /// What must have been read.
  package var needs: Set<Source>

  /// Finds it in the facts.
  package var check: @Sendable (_ facts: Facts, _ report: inout Report) -> Void

  /// Makes a rule of its parts.
  package init(
    _ codes: FindingCode..., needs: Set<Source>,
    check: @escaping @Sendable (_ facts: Facts, _ report: inout Report) -> Void
  ) {
    self.codes = codes
    self.needs = needs
    self.check = check
  }
}

/// A place that facts are read from.
package enum Source: String, Hashable, Sendable, CaseIterable {
  case table, daemons, timeouts, links, addresses, routes, neighbours, connections
  case syncedConnections, settings, vsSettings, modules, processes, sockets, secondLook, conntrack
  case firewall, savedRules, fou
}

/// Facts, of which some sources may not have been read.
package protocol ExaminedFacts {
  /// Why a source was not read; nothing for what was read.
  var gaps: [Source: String] { get set }

  /// What was read of the host.
  var host: HostFacts { get set }

  /// The rules of the firewall.
  var firewall: FirewallFacts { get set }
}

extension Report {
  /// Applies rules in their order.
  package mutating func apply<Facts: ExaminedFacts>(_ rules: [Rule<Facts>], to facts: Facts) {
    for rule in rules {
      let missing = rule.needs.sorted { $0.rawValue < $1.rawValue }.lazy.compactMap {
        facts.gaps[$0]
      }
      if let reason = missing.first {
        for code in rule.codes { skip(code, reason) }
      } else {
        rule.check(facts, &self)
      }
    }
  }
}
