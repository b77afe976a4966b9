// What Swift cannot say: calls that glibc declares for GNU programs only, and signals as a file, whose
// header Swift does not read.
#ifndef CIPVSSERVING_H
#define CIPVSSERVING_H

#include <signal.h>
#include <stdbool.h>
#include <sys/types.h>

// The next connection to a listening socket: a descriptor that does not block and is closed on exec,
// or a negative errno.
int ipvs_accept(int listener);

// Who connected a unix socket, as the kernel noted it then (SO_PEERCRED). Returns 0 or a negative
// errno.
int ipvs_peer_user(int descriptor, uid_t *user);

// Whether the process takes no notice of a signal.
bool ipvs_is_ignored(int signal);

// A descriptor from which the signals of a set, which the caller has blocked, are read without
// blocking (signalfd(2)). Closed on exec. Returns it or a negative errno.
int ipvs_signal_file(const sigset_t *signals);

// The number of the next signal, or 0 for none. `by_kernel`: the kernel sent it, as for a key that was
// pressed at a terminal, where every process of the group gets it.
int ipvs_next_signal(int descriptor, bool *by_kernel);

#endif
