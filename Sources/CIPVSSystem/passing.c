// SPDX-License-Identifier: Apache-2.0

#include "CIPVSSystem.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/filter.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <sys/socket.h>
#include <unistd.h>

// Both filters begin with the same two tests: the packet is addressed to this machine at the link layer,
// and did not come through the interface whose index is in the second instruction. A rejected packet
// jumps to the last instruction.
#define NOT_FROM_INTERFACE(rejected)                                                              \
  BPF_STMT(BPF_LD | BPF_W | BPF_ABS, SKF_AD_OFF + SKF_AD_IFINDEX),                                \
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 0, (rejected) - 2, 0),                                  \
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, SKF_AD_OFF + SKF_AD_PKTTYPE),                            \
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, PACKET_HOST, 0, (rejected) - 4)

// ICMP (1) in one piece, of the types 3, 4, and 11 (RFC 792).
static const struct sock_filter ipv4_errors[] = {
    NOT_FROM_INTERFACE(14),
    BPF_STMT(BPF_LD | BPF_B | BPF_ABS, 9),
    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 1, 0, 14 - 6),
    BPF_STMT(BPF_LD | BPF_H | BPF_ABS, 6),
    BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, 0x3fff, 14 - 8, 0),
    BPF_STMT(BPF_LDX | BPF_B | BPF_MSH, 0),
    BPF_STMT(BPF_LD | BPF_B | BPF_IND, 0),
    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 3, 2, 0),
    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 4, 1, 0),
    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 11, 0, 1),
    BPF_STMT(BPF_RET | BPF_K, 0x40000),
    BPF_STMT(BPF_RET | BPF_K, 0),
};

// ICMPv6 (58) right behind the IPv6 header, of a type below 128 (RFC 4443).
static const struct sock_filter ipv6_errors[] = {
    NOT_FROM_INTERFACE(9),
    BPF_STMT(BPF_LD | BPF_B | BPF_ABS, 6),
    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 58, 0, 9 - 6),
    BPF_STMT(BPF_LD | BPF_B | BPF_ABS, 40),
    BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, 128, 1, 0),
    BPF_STMT(BPF_RET | BPF_K, 0x40000),
    BPF_STMT(BPF_RET | BPF_K, 0),
};

enum { LONGEST_FILTER = sizeof ipv4_errors / sizeof ipv4_errors[0] };

static int begin(int descriptor, bool ipv6, unsigned interface) {
  const struct sock_filter *filter = ipv6 ? ipv6_errors : ipv4_errors;
  size_t size = ipv6 ? sizeof ipv6_errors : sizeof ipv4_errors;
  struct sock_filter ours[LONGEST_FILTER];
  for (size_t i = 0; i < size / sizeof *filter; i++) ours[i] = filter[i];
  ours[1].k = interface;
  struct sock_fprog program = {.len = (unsigned short)(size / sizeof *filter), .filter = ours};
  struct sockaddr_ll all = {
      .sll_family = AF_PACKET, .sll_protocol = htons(ipv6 ? ETH_P_IPV6 : ETH_P_IP)};
  // An unbound socket receives nothing, so no packet bypasses the filter.
  if (setsockopt(descriptor, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof program) < 0 ||
      bind(descriptor, (const struct sockaddr *)&all, sizeof all) < 0) {
    return -errno;
  }
  return descriptor;
}

int ipvs_passing_errors_open(bool ipv6, const char *device) {
  unsigned interface = if_nametoindex(device);
  if (interface == 0) return -errno;
  int descriptor = socket(AF_PACKET, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (descriptor < 0) return -errno;
  int result = begin(descriptor, ipv6, interface);
  if (result < 0) close(descriptor);
  return result;
}
