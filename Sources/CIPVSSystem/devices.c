// SPDX-License-Identifier: Apache-2.0

#define _GNU_SOURCE
#include "CIPVSSystem.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/if.h>
#include <linux/if_tun.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

static int named(struct ifreq *request, const char *name) {
  size_t length = strlen(name);
  if (length == 0 || length >= IFNAMSIZ) return -ENAMETOOLONG;
  memset(request, 0, sizeof *request);
  memcpy(request->ifr_name, name, length);
  return 0;
}

int ipvs_tun_open(const char *name) {
  struct ifreq request;
  int result = named(&request, name);
  if (result < 0) return result;
  request.ifr_flags = IFF_TUN | IFF_NO_PI | IFF_VNET_HDR;
  int descriptor = open("/dev/net/tun", O_RDWR | O_CLOEXEC | O_NONBLOCK);
  if (descriptor < 0) return -errno;
  if (ioctl(descriptor, TUNSETIFF, &request) < 0) {
    result = -errno;
    close(descriptor);
    return result;
  }
  return descriptor;
}

int ipvs_tun_offload(int descriptor, bool segments) {
  unsigned long offloads = TUN_F_CSUM;
  if (segments) offloads |= TUN_F_TSO4 | TUN_F_TSO6;
  return ioctl(descriptor, TUNSETOFFLOAD, offloads) < 0 ? -errno : 0;
}

static int set_up(int socket, struct ifreq *request, int mtu) {
  request->ifr_mtu = mtu;
  if (ioctl(socket, SIOCSIFMTU, request) < 0) return -errno;
  if (ioctl(socket, SIOCGIFFLAGS, request) < 0) return -errno;
  request->ifr_flags |= IFF_UP;
  return ioctl(socket, SIOCSIFFLAGS, request) < 0 ? -errno : 0;
}

int ipvs_link_up(const char *name, int mtu) {
  struct ifreq request;
  int result = named(&request, name);
  if (result < 0) return result;
  int socket_ = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (socket_ < 0) return -errno;
  result = set_up(socket_, &request, mtu);
  close(socket_);
  return result;
}

int ipvs_link_mtu(const char *name) {
  struct ifreq request;
  int result = named(&request, name);
  if (result < 0) return result;
  int socket_ = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (socket_ < 0) return -errno;
  result = ioctl(socket_, SIOCGIFMTU, &request) < 0 ? -errno : request.ifr_mtu;
  close(socket_);
  return result;
}
