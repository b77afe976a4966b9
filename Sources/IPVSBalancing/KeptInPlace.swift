/// Whoever has a property of this type is handed on by its address.
///
/// The compiler copies a struct that it knows all of to the stack before each call that only looks at
/// it, even one that cannot be copied. What it cannot see into it does not move, and an existential is
/// that.
struct KeptInPlace {
  private let unknown: any Sendable = ()
}
