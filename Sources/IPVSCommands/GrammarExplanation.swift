import IPVSGrammar

extension GrammarError {
  var explanation: [MessageText] { [] }
}
