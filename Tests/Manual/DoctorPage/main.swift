// SPDX-License-Identifier: Apache-2.0

import IPVSDoctor

// Prints the manual page ipvs-doctor(7): the catalogue of what `ipvsadm --doctor` finds, from the table of
// its codes. `make doctor-page` writes the page, and `make check` compares it.

/// What precedes the catalogue.
let beginning = #"""
  .\" SPDX-License-Identifier: Apache-2.0
  .\" Made by `make doctor-page' of Sources/IPVSDoctor/FindingCode.swift.
  .Dd December 1, 2026
  .Dt IPVS-DOCTOR 7
  .Os
  .Sh NAME
  .Nm ipvs-doctor
  .Nd what ipvsadm --doctor finds
  .Sh DESCRIPTION
  .Xr ipvsadm 8
  looks with
  .Fl Fl doctor
  for what keeps the services of a director from being served, and with
  .Fl Fl doctor Fl Fl real-server
  for what keeps a real server from serving.
  Everything that it can find has a code.
  A code stays what it is, and is never given to something else: D of a director, R of a real server.
  .Pp
  An
  .Em error
  means that some packets of a service in the table cannot be served, a
  .Em warning
  that they will not be under a condition that is likely or was seen already; a
  .Em note
  is worth knowing, and nothing fails.
  The severity below is the usual one; what is seen beside it may soften or sharpen it.
  A check that cannot be done is named with the reason, and is no pass.
  What another finding explains is left out, so that one cause is one error.
  .Pp
  Of each code, this page has what is wrong, what users see of it, and what is looked at.
  Cause and remedy are printed with a finding, as they depend on what was read.

  """#

/// What follows the catalogue.
let end = """
  .Sh SEE ALSO
  .Xr ip-address 8 ,
  .Xr ip-route 8 ,
  .Xr ipvsadm 8 ,
  .Xr sysctl 8

  """

var page = beginning
for group in FindingGroup.allCases {
  page += ".Sh \(group.rawValue.uppercased())\n.Bl -tag -width Ds\n"
  for code in FindingCode.allCases where code.group == group {
    let entry = code.entry
    page += ".It \"\(code.rawValue), \(entry.severity.rawValue): \(entry.title)\"\n"
    page += "Users see:\n\(entry.symptom).\n.br\nLooked at:\n\(entry.evidence).\n"
  }
  page += ".El\n"
}
print(page + end, terminator: "")
