// SPDX-License-Identifier: Apache-2.0

#define _GNU_SOURCE
#include "CIPVSSystem.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/filter.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <stddef.h>
#include <sys/socket.h>
#include <unistd.h>

static int bind_to(int descriptor, uint32_t groups) {
  struct sockaddr_nl address = {.nl_family = AF_NETLINK, .nl_groups = groups};
  return bind(descriptor, (struct sockaddr *)&address, sizeof address) < 0 ? -errno : 0;
}

static int failed(int descriptor, int result) {
  close(descriptor);
  return result;
}

int ipvs_routing_open(uint32_t *port) {
  int descriptor = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
  if (descriptor < 0) return -errno;
  int on = 1;
  // Without strict checks a kernel ignores the filter of a dump.
  setsockopt(descriptor, SOL_NETLINK, NETLINK_GET_STRICT_CHK, &on, sizeof on);
  setsockopt(descriptor, SOL_NETLINK, NETLINK_CAP_ACK, &on, sizeof on);
  int result = bind_to(descriptor, 0);
  if (result < 0) return failed(descriptor, result);
  struct sockaddr_nl address;
  socklen_t length = sizeof address;
  if (getsockname(descriptor, (struct sockaddr *)&address, &length) < 0)
    return failed(descriptor, -errno);
  *port = address.nl_pid;
  return descriptor;
}

// Drops changes of routes in the table `main`: a router that speaks BGP makes many, and none of them
// says which addresses are local.
static int ignore_main_table(int descriptor) {
  const uint32_t type = offsetof(struct nlmsghdr, nlmsg_type);
  const uint32_t table = NLMSG_HDRLEN + offsetof(struct rtmsg, rtm_table);
  struct sock_filter code[] = {
      BPF_STMT(BPF_LD | BPF_H | BPF_ABS, type),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, htons(RTM_NEWROUTE), 1, 0),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, htons(RTM_DELROUTE), 0, 2),
      BPF_STMT(BPF_LD | BPF_B | BPF_ABS, table),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, RT_TABLE_MAIN, 1, 0),
      BPF_STMT(BPF_RET | BPF_K, UINT32_MAX),
      BPF_STMT(BPF_RET | BPF_K, 0),
  };
  struct sock_fprog filter = {.len = sizeof code / sizeof *code, .filter = code};
  return setsockopt(descriptor, SOL_SOCKET, SO_ATTACH_FILTER, &filter, sizeof filter) < 0 ? -errno : 0;
}

int ipvs_routing_monitor_open(void) {
  const uint32_t groups = RTMGRP_LINK | RTMGRP_IPV4_IFADDR | RTMGRP_IPV4_ROUTE | RTMGRP_IPV4_RULE |
                          RTMGRP_IPV6_IFADDR | RTMGRP_IPV6_ROUTE | 1u << (RTNLGRP_IPV6_RULE - 1);
  int descriptor = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_ROUTE);
  if (descriptor < 0) return -errno;
  int result = ignore_main_table(descriptor);
  if (result == 0) result = bind_to(descriptor, groups);
  return result < 0 ? failed(descriptor, result) : descriptor;
}
