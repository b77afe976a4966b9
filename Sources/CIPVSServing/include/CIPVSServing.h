// SPDX-License-Identifier: Apache-2.0

// Calls that Swift cannot make: those that glibc declares for GNU programs only, and signalfd(2), whose
// header Swift does not import.
#ifndef CIPVSSERVING_H
#define CIPVSSERVING_H

#include <signal.h>
#include <stdbool.h>
#include <sys/types.h>

// The next connection to a listening socket: a descriptor that does not block and is closed on exec,
// or a negative errno.
int ipvs_accept(int listener);

// The user that connected a unix socket, as of that moment (SO_PEERCRED). Returns 0 or a negative
// errno.
int ipvs_peer_user(int descriptor, uid_t *user);

// Whether the process ignores a signal.
bool ipvs_is_ignored(int signal);

// A descriptor from which the signals of a set, which the caller has blocked, are read without
// blocking (signalfd(2)). Closed on exec. Returns it or a negative errno.
int ipvs_signal_file(const sigset_t *signals);

// The number of the next signal, or 0 for none. `by_kernel`: the kernel sent it, as for a key that was
// pressed at a terminal, where every process of the group gets it.
int ipvs_next_signal(int descriptor, bool *by_kernel);

#endif
