// SPDX-License-Identifier: Apache-2.0

// Turns every generic netlink socket of a program into a connection to the unix socket that
// IPVSADM_ENGINE names, so that any netlink program, unmodified, can be pointed at another IPVS:
//
//   LD_PRELOAD=preload.so IPVSADM_ENGINE=/run/engine ipvsadm -Ln
//
// What libnl and the C library ask of such a socket is answered as the kernel would; everything else
// goes its way.

#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <linux/netlink.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define NEXT(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

// Descriptors beyond MOST are not turned. The option is IP_VS_BASE_CTL (linux/ip_vs.h).
enum { MOST = 1024, FIRST_IPVS_OPTION = 64 + 1024 + 64 };

// The ports of the sockets that are turned, by descriptor: at least 1 for such a one, else 0.
static unsigned ports[MOST];

static int is_turned(int fd) {
  return fd >= 0 && fd < MOST && ports[fd] != 0;
}

static int refuse(int code) {
  errno = code;
  return -1;
}

int socket(int family, int type, int protocol) {
  const char *path = getenv("IPVSADM_ENGINE");
  if (family != AF_NETLINK || protocol != NETLINK_GENERIC || path == NULL)
    return NEXT(socket)(family, type, protocol);
  struct sockaddr_un engine = {.sun_family = AF_UNIX};
  strncpy(engine.sun_path, path, sizeof engine.sun_path - 1);
  int fd = NEXT(socket)(AF_UNIX, SOCK_SEQPACKET | (type & (SOCK_CLOEXEC | SOCK_NONBLOCK)), 0);
  if (fd < 0) return fd;
  if (fd >= MOST || connect(fd, (struct sockaddr *)&engine, sizeof engine) != 0) {
    int code = errno;
    close(fd);
    return refuse(code);
  }
  ports[fd] = (unsigned)getpid();
  return fd;
}

int bind(int fd, const struct sockaddr *address, socklen_t length) {
  if (!is_turned(fd)) return NEXT(bind)(fd, address, length);
  unsigned wanted = ((const struct sockaddr_nl *)address)->nl_pid;
  if (wanted != 0) ports[fd] = wanted;
  return 0;
}

int getsockname(int fd, struct sockaddr *address, socklen_t *length) {
  if (!is_turned(fd)) return NEXT(getsockname)(fd, address, length);
  struct sockaddr_nl own = {.nl_family = AF_NETLINK, .nl_pid = ports[fd]};
  memcpy(address, &own, *length < sizeof own ? *length : sizeof own);
  *length = sizeof own;
  return 0;
}

// The socket options by which IPVS was programmed before it had a netlink family: a kernel that has
// them must not answer in the engine's place.
static int is_kernels_ipvs(int level, int name) {
  return level == IPPROTO_IP && name >= FIRST_IPVS_OPTION && name < FIRST_IPVS_OPTION + 64;
}

int setsockopt(int fd, int level, int name, const void *value, socklen_t length) {
  if (is_turned(fd) && level == SOL_NETLINK) return 0;
  if (is_kernels_ipvs(level, name)) return refuse(ENOPROTOOPT);
  return NEXT(setsockopt)(fd, level, name, value, length);
}

int getsockopt(int fd, int level, int name, void *value, socklen_t *length) {
  if (is_kernels_ipvs(level, name)) return refuse(ENOPROTOOPT);
  return NEXT(getsockopt)(fd, level, name, value, length);
}

ssize_t sendmsg(int fd, const struct msghdr *message, int flags) {
  if (!is_turned(fd)) return NEXT(sendmsg)(fd, message, flags);
  struct msghdr plain = {.msg_iov = message->msg_iov, .msg_iovlen = message->msg_iovlen};
  return NEXT(sendmsg)(fd, &plain, flags | MSG_NOSIGNAL);
}

ssize_t recvmsg(int fd, struct msghdr *message, int flags) {
  ssize_t length = NEXT(recvmsg)(fd, message, flags);
  if (!is_turned(fd) || length < 0 || message->msg_name == NULL) return length;
  // Whatever comes is from the kernel, which has port 0.
  struct sockaddr_nl kernel = {.nl_family = AF_NETLINK};
  memcpy(message->msg_name, &kernel, sizeof kernel);
  message->msg_namelen = sizeof kernel;
  return length;
}

int close(int fd) {
  if (is_turned(fd)) ports[fd] = 0;
  return NEXT(close)(fd);
}
