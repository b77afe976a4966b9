// SPDX-License-Identifier: Apache-2.0

internal import IPVSSystem
public import IPVSText

/// Reads a file as tcpdump(8) writes it, packet by packet (`pcap-savefile`(5)).
public struct CaptureReader: ~Copyable {
  /// The longest frame of a capture (`MAXIMUM_SNAPLEN` of pcap).
  private static let longestFrame = 262_144

  private let stream: FileStream
  private let format: Format
  private var header = [UInt8](repeating: 0, count: 16)
  private var frame = [UInt8](repeating: 0, count: longestFrame)

  /// How many frames were read.
  public private(set) var frames: UInt64 = 0

  /// How many frames held no IP packet.
  public private(set) var others: UInt64 = 0

  /// - Parameter name: the file; `-` is standard input.
  public init(_ name: ByteString) throws(CaptureError) {
    let stream: FileStream
    do { stream = try FileStream(name, for: .reading) } catch {
      throw .open(name, errno: error.errno)
    }
    format = try Format(reading: stream)
    self.stream = stream
  }

  /// What the first 24 bytes say of the rest.
  private struct Format {
    private let isSwapped: Bool
    private let nanosecondsPerUnit: UInt64
    let link: LinkType

    init(reading stream: borrowing FileStream) throws(CaptureError) {
      var header = [UInt8](repeating: 0, count: 24)
      guard try stream.bytes(24, into: &header) == 24 else { throw .notACapture(stream.name) }
      let magic = header.load(at: 0)
      guard magic != 0x0a0d_0d0a else { throw .newerFormat(stream.name) }
      isSwapped = magic.byteSwapped == 0xa1b2_c3d4 || magic.byteSwapped == 0xa1b2_3c4d
      switch isSwapped ? magic.byteSwapped : magic {
      case 0xa1b2_c3d4: nanosecondsPerUnit = 1000
      case 0xa1b2_3c4d: nanosecondsPerUnit = 1
      default: throw .notACapture(stream.name)
      }
      let kind = header.load(at: 20)
      // The upper bits say whether frames end in a check sequence.
      let number = (isSwapped ? kind.byteSwapped : kind) & 0x0fff_ffff
      guard let link = LinkType[number] else { throw .linkType(stream.name, number) }
      self.link = link
    }

    func number(_ bytes: [UInt8], at offset: Int) -> UInt32 {
      isSwapped ? bytes.load(at: offset).byteSwapped : bytes.load(at: offset)
    }

    func time(_ bytes: [UInt8]) -> UInt64 {
      let fraction = UInt64(number(bytes, at: 4)) * nanosecondsPerUnit
      return UInt64(number(bytes, at: 0)) * 1_000_000_000 + fraction
    }
  }

  /// Reads the next IP packet; nil at the end of the file.
  public mutating func next() throws(CaptureError) -> CapturedPacket? {
    while let (length, original) = try nextFrame() {
      let start = format.link.packetStart(in: frame.span.bytes.extracting(first: length))
      guard let start else {
        others += 1
        continue
      }
      return CapturedPacket(
        time: format.time(header), bytes: Array(frame[start..<length]),
        missing: max(0, original - length))
    }
    return nil
  }

  /// Reads a frame and returns its length here and on the wire.
  private mutating func nextFrame() throws(CaptureError) -> (Int, Int)? {
    let got = try stream.bytes(16, into: &header)
    guard got > 0 else { return nil }
    let length = Int(format.number(header, at: 8))
    guard got == 16, length <= Self.longestFrame,
      try stream.bytes(length, into: &frame) == length
    else { throw .damaged(stream.name, packet: frames + 1) }
    frames += 1
    return (length, Int(format.number(header, at: 12)))
  }
}

extension FileStream {
  /// Reads bytes of a capture, and returns how many there were.
  fileprivate func bytes(_ count: Int, into buffer: inout [UInt8]) throws(CaptureError) -> Int {
    do { return try read(count, into: &buffer) } catch { throw .read(name, errno: error.errno) }
  }
}

extension [UInt8] {
  fileprivate func load(at offset: Int) -> UInt32 {
    span.bytes.unsafeLoadUnaligned(fromByteOffset: offset, as: UInt32.self)
  }
}
