import IPVSText

enum HelpText {
  static var help: TextBuffer { TextBuffer() }
  static var version: TextBuffer { TextBuffer() }
  static var ancestorHelp: TextBuffer { TextBuffer() }
}
