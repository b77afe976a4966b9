// SPDX-License-Identifier: Apache-2.0

#include "CIPVSSystem.h"

#include <errno.h>
#include <linux/icmp.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

int ipvs_icmp_open(void) {
  int descriptor = socket(AF_INET, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, IPPROTO_ICMP);
  if (descriptor < 0) return -errno;
  struct icmp_filter filter = {
      .data = ~(1u << ICMP_DEST_UNREACH | 1u << ICMP_SOURCE_QUENCH | 1u << ICMP_TIME_EXCEEDED)};
  if (setsockopt(descriptor, SOL_RAW, ICMP_FILTER, &filter, sizeof filter) < 0) {
    int result = -errno;
    close(descriptor);
    return result;
  }
  return descriptor;
}
