// SPDX-License-Identifier: Apache-2.0

import IPVSAddresses
import IPVSGrammar
import IPVSRules
import IPVSText
import Testing

/// Lines on which ipvsadm 1.31 crashes, loses a value, or refuses what is unambiguous.
@Suite struct MendTests {
  private func service(_ line: String) throws -> VirtualService {
    guard case .change(.addService(let service)) = try command(line) else {
      throw NotTheCommand()
    }
    return service
  }

  private func server(_ line: String) throws -> RealServer {
    guard case .change(.addServer(let server, _)) = try command(line) else {
      throw NotTheCommand()
    }
    return server
  }

  private struct NotTheCommand: Error {}

  @Test(
    "a service is read in every order and with every kind of host",
    arguments: [
      ("-A -t [10.0.0.1]:80", "10.0.0.1:80"),
      ("-A -t [vip.example.test]:http", "10.9.0.1:80"),
      ("-A -t [fd00::1] -p", "[fd00::1]:0"),
      ("-A -t fd00::1 -p", "[fd00::1]:0"),
      ("-A -t [fd00::1]:http", "[fd00::1]:80"),
      ("-A -t six.example.test:80", "[fd00::9]:80"),
      ("-A -t two.example.test:80", "10.9.0.5:80"),
      ("-A -t [10.0.0.1:80]:443", "10.0.0.1:80"),
      ("-A -t [10.0.0.1]: -p", "10.0.0.1:0"),
      ("-A -t 0x0a000001:80", "10.0.0.1:80"),
      ("-A -t 012.1:80", "10.0.0.1:80"),
      ("-A -t 167772161:80", "10.0.0.1:80"),
    ])
  func endpoints(line: String, expected: String) throws {
    guard case .endpoint(_, let endpoint) = try service(line).identity else {
      throw NotTheCommand()
    }
    #expect(endpoint.description == expected)
  }

  @Test(
    "-r takes the service's port, before or behind the service",
    arguments: [
      ("-a -r 10.0.0.2 -t 10.0.0.1:80 -m", "10.0.0.2:80"),
      ("-a -r 10.0.0.2:http -t 10.0.0.1:81 -m", "10.0.0.2:80"),
      ("-a -r 10.0.0.2:sip -u 10.0.0.1:81 -m", "10.0.0.2:5060"),
      ("-a -r 10.0.0.2:http -f 5 -m", "10.0.0.2:80"),
      ("-a -r 10.0.0.2 -f 5 -m", "10.0.0.2:0"),
      ("-a -t 10.0.0.1:80 -r 10.0.0.2:8080", "10.0.0.2:80"),
      ("-a -t 10.0.0.1:80 -r 10.0.0.2:8080 -i", "10.0.0.2:80"),
      ("-a -t 10.0.0.1:80 -r 10.0.0.2:8080 -m", "10.0.0.2:8080"),
      ("-a -f 5 -r 10.0.0.2:8080", "10.0.0.2:8080"),
    ])
  func ports(line: String, expected: String) throws {
    #expect(try server(line).endpoint.description == expected)
  }

  @Test(
    "-R names the real server with -a, -e, and -d",
    arguments: [
      ("-a -t 10.0.0.1:80 -R 10.0.0.2:80 -m -w 2", "-a -t 10.0.0.1:80 -r 10.0.0.2:80 -m -w 2"),
      ("-e -t 10.0.0.1:80 -mR 10.0.0.2:80", "-e -t 10.0.0.1:80 -r 10.0.0.2:80 -m"),
      ("-d -t 10.0.0.1:80 -R10.0.0.2:80", "-d -t 10.0.0.1:80 -r 10.0.0.2:80"),
    ])
  func oldServer(line: String, today: String) throws {
    #expect(try command(line) == command(today))
  }

  @Test(
    "the mask is kept in every order",
    arguments: [
      ("-A -f 1 -p 60 -M 64 -6", Netmask.ipv6(prefixLength: 64)),
      ("-A -f 1 -6 -p 60 -M 64", .ipv6(prefixLength: 64)),
      ("-A -M 64 -p -t [fd00::1]:80", .ipv6(prefixLength: 64)),
      ("-A -t [fd00::1]:80 -M 64abc", .ipv6(prefixLength: 64)),
      ("-A -M 64abc -t [fd00::1]:80", .ipv6(prefixLength: 64)),
      ("-A -f 1 -M 64abc -6", .ipv6(prefixLength: 64)),
      ("-A -t [fd00::1]:80", .ipv6(prefixLength: 128)),
      ("-A -f 1 -6", .ipv6(prefixLength: 128)),
      ("-A -M 255.255.255.0 -t 10.0.0.1:80", .ipv4(IPv4Address(0xffff_ff00))),
      ("-A -t 10.0.0.1:80 -M 24", .ipv4(IPv4Address(24))),
      ("-A -t 10.0.0.1:80 -M vip", .ipv4(IPv4Address(0x0a09_0001))),
    ])
  func masks(line: String, expected: Netmask) throws {
    #expect(try service(line).netmask == expected)
  }

  @Test(
    "a mask that is none in the family of the service is refused in every order",
    arguments: [
      ("-A -M 64abc -t 10.0.0.1:80", ValueFault.netmask(Word("64abc", at: 3))),
      ("-A -t 10.0.0.1:80 -M 64abc", .netmask(Word("64abc", at: 5))),
      ("-A -f 1 -M 64abc", .netmask(Word("64abc", at: 5))),
      ("-A -M 64abc -Q", .netmask(Word("64abc", at: 3))),
      ("-A -M abc -t [fd00::1]:80", .netmask(Word("abc", at: 3))),
      ("-A -t [fd00::1]:80 -M abc", .prefixLength(Word("abc", at: 5))),
      ("-A -M 255.255.255.0 -t [fd00::1]:80", .prefixLength(Word("255.255.255.0", at: 3))),
      ("-A -M 255.255.255.0 -t [fd00::1]", .prefixLength(Word("255.255.255.0", at: 3))),
      ("-A -f 1 -M 0.0.0.0 -6", .prefixLength(Word("0.0.0.0", at: 5))),
    ])
  func wrongMasks(line: String, fault: ValueFault) {
    #expect(throws: GrammarError.values(fault)) { try command(line) }
  }

  @Test("names are cut to the room that the kernel has for them")
  func longNames() throws {
    let letters = "abcdefghijklmnopqrstuvwxyz"
    let made = try service("-A -t 10.0.0.1:80 -s \(letters) --pe \(letters)")
    #expect(made.scheduler.description == "abcdefghijklmno")
    #expect(made.engine?.description == "abcdefghijklmnop")
    guard
      case .change(.startDaemon(let daemon)) = try command(
        "--start-daemon master --mcast-interface \(letters)")
    else { throw NotTheCommand() }
    #expect(daemon.interface.description == "abcdefghijklmno")
  }

  @Test(
    "numbers as addresses and ports are never looked up",
    arguments: [
      "-A -t 10.0.0.1:80", "-A -t 10.1:80", "-A -t [fd00::1]:80", "-A -t 80",
      "-A -t 10.0.0.300:80", "-A -t 211.57.163.10.21", "-A -t 10.0.0.1:65536",
      "-A -t 10.0.0.1:-1", "-A -t 1:2:3", "-A -t [fe80::1%eth0]:80", "-A -t :80", "-A -t 1.2..3:80",
      "-A -t 10.0.0.1:80 -M 255.255.255.0", "-A -t 10.0.0.1:80 -M 1.2.3.4.5",
      "-a -t 10.0.0.1:80 -r 10.0.0.2:+80 -m",
    ])
  func noQuestions(line: String) {
    let names = TableOfNames()
    _ = try? command(line, names: names)
    #expect(names.questions == [])
  }
}
