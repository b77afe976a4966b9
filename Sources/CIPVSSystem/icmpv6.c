// SPDX-License-Identifier: Apache-2.0

#define _GNU_SOURCE
#include "CIPVSSystem.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/in6.h>
#include <netinet/icmp6.h>
#include <netinet/in.h>
#include <netinet/ip6.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

int ipvs_icmpv6_open(void) {
  int descriptor = socket(AF_INET6, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, IPPROTO_ICMPV6);
  if (descriptor < 0) return -errno;
  struct icmp6_filter filter;
  ICMP6_FILTER_SETBLOCKALL(&filter);
  for (int type = ICMP6_DST_UNREACH; type <= ICMP6_PARAM_PROB; type++) {
    ICMP6_FILTER_SETPASS(type, &filter);
  }
  int yes = 1;
  if (setsockopt(descriptor, IPPROTO_ICMPV6, ICMP6_FILTER, &filter, sizeof filter) < 0 ||
      setsockopt(descriptor, IPPROTO_IPV6, IPV6_RECVPKTINFO, &yes, sizeof yes) < 0 ||
      setsockopt(descriptor, IPPROTO_IPV6, IPV6_RECVHOPLIMIT, &yes, sizeof yes) < 0 ||
      setsockopt(descriptor, IPPROTO_IPV6, IPV6_FLOWINFO, &yes, sizeof yes) < 0) {
    int result = -errno;
    close(descriptor);
    return result;
  }
  return descriptor;
}

// Fills in the header from the ancillary data of the message.
static void take(struct msghdr *message, struct ip6_hdr *header) {
  for (struct cmsghdr *part = CMSG_FIRSTHDR(message); part; part = CMSG_NXTHDR(message, part)) {
    if (part->cmsg_level != IPPROTO_IPV6) continue;
    if (part->cmsg_type == IPV6_PKTINFO) {
      struct in6_pktinfo info;
      memcpy(&info, CMSG_DATA(part), sizeof info);
      header->ip6_dst = info.ipi6_addr;
    } else if (part->cmsg_type == IPV6_HOPLIMIT) {
      int hops;
      memcpy(&hops, CMSG_DATA(part), sizeof hops);
      header->ip6_hlim = (uint8_t)hops;
    } else if (part->cmsg_type == IPV6_FLOWINFO) {
      // Traffic class and flow label.
      uint32_t flow;
      memcpy(&flow, CMSG_DATA(part), sizeof flow);
      header->ip6_flow |= flow;
    }
  }
}

long ipvs_icmpv6_receive(int descriptor, uint8_t *packet, size_t capacity) {
  struct ip6_hdr header = {.ip6_flow = htonl(6u << 28)};
  struct sockaddr_in6 sender;
  struct iovec place = {packet + sizeof header, capacity - sizeof header};
  union {
    struct cmsghdr aligned;
    char bytes[CMSG_SPACE(sizeof(struct in6_pktinfo)) + 2 * CMSG_SPACE(sizeof(int))];
  } control;
  struct msghdr message = {
      .msg_name = &sender, .msg_namelen = sizeof sender, .msg_iov = &place, .msg_iovlen = 1,
      .msg_control = &control, .msg_controllen = sizeof control};
  ssize_t length = recvmsg(descriptor, &message, 0);
  if (length < 0) return -errno;
  take(&message, &header);
  header.ip6_src = sender.sin6_addr;
  header.ip6_nxt = IPPROTO_ICMPV6;
  header.ip6_plen = htons((uint16_t)length);
  memcpy(packet, &header, sizeof header);
  return (long)sizeof header + length;
}
