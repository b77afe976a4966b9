// SPDX-License-Identifier: Apache-2.0
#define _GNU_SOURCE

#include "CIPVSSystem.h"

#include <errno.h>
#include <sched.h>

int ipvs_network_enter(int namespace_file) {
  return setns(namespace_file, CLONE_NEWNET) == 0 ? 0 : -errno;
}
