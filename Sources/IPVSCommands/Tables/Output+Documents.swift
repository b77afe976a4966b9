// SPDX-License-Identifier: Apache-2.0

internal import IPVSListing
internal import IPVSPrograms
internal import IPVSText

extension Output {
  /// Prints a plan as a JSON document.
  func print(document report: PlanReport) {
    var json = JSONWriter()
    json.document(of: report)
    print(json.text)
  }
}
