// SPDX-License-Identifier: Apache-2.0

#define _GNU_SOURCE
#include "CIPVSSystem.h"

#include <errno.h>
#include <netinet/in.h>
#include <sys/socket.h>

// The options have the same numbers in both families (IPT_SO_GET_INFO, IP6T_SO_GET_INFO, ...). The headers of
// the two cannot be included together everywhere.
enum { GET_INFO = 64, GET_ENTRIES = 65, INFO_LENGTH = 84 };

int ipvs_legacy_open(bool ipv6) {
  int descriptor = socket(ipv6 ? AF_INET6 : AF_INET, SOCK_RAW | SOCK_CLOEXEC, IPPROTO_RAW);
  return descriptor < 0 ? -errno : descriptor;
}

static int ask(int descriptor, bool ipv6, int option, void *value, socklen_t length) {
  int level = ipv6 ? IPPROTO_IPV6 : IPPROTO_IP;
  return getsockopt(descriptor, level, option, value, &length) < 0 ? -errno : 0;
}

int ipvs_legacy_info(int descriptor, bool ipv6, void *info) {
  return ask(descriptor, ipv6, GET_INFO, info, INFO_LENGTH);
}

int ipvs_legacy_entries(int descriptor, bool ipv6, void *table, uint32_t length) {
  return ask(descriptor, ipv6, GET_ENTRIES, table, length);
}
