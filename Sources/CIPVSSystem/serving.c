// SPDX-License-Identifier: Apache-2.0

#define _GNU_SOURCE
#include "CIPVSSystem.h"

#include <errno.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <unistd.h>

int ipvs_accept(int listener) {
  int descriptor = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
  return descriptor < 0 ? -errno : descriptor;
}

int ipvs_peer_user(int descriptor, uid_t *user) {
  struct ucred peer;
  socklen_t length = sizeof peer;
  if (getsockopt(descriptor, SOL_SOCKET, SO_PEERCRED, &peer, &length) < 0) return -errno;
  *user = peer.uid;
  return 0;
}

bool ipvs_is_ignored(int signal) {
  struct sigaction action;
  return sigaction(signal, NULL, &action) == 0 && action.sa_handler == SIG_IGN;
}

int ipvs_signal_file(const sigset_t *signals) {
  int descriptor = signalfd(-1, signals, SFD_NONBLOCK | SFD_CLOEXEC);
  return descriptor < 0 ? -errno : descriptor;
}

int ipvs_next_signal(int descriptor, bool *by_kernel) {
  struct signalfd_siginfo info;
  if (read(descriptor, &info, sizeof info) != sizeof info) return 0;
  *by_kernel = info.ssi_code == SI_KERNEL;
  return (int)info.ssi_signo;
}
