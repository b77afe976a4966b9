// SPDX-License-Identifier: Apache-2.0

// What the shim uses of libnl (packages libnl-3-dev and libnl-genl-3-dev).
#include <netlink/errno.h>
#include <netlink/genl/ctrl.h>
#include <netlink/genl/genl.h>
#include <netlink/netlink.h>
#include <netlink/socket.h>
