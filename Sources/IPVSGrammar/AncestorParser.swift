public import IPVSText

public enum AncestorParser {
  public static func parse(_ w: [ByteString]) throws(GrammarError) -> AncestorCommand { .help }
}
