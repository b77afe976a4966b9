// SPDX-License-Identifier: Apache-2.0

// Calls that Swift cannot make itself, because their numbers are macros, their structures unions, or
// glibc declares them for GNU programs only.
#ifndef CIPVSSYSTEM_H
#define CIPVSSYSTEM_H

#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

// For IPVSSystem: network namespaces (setns(2)).

// Puts this thread into the network namespace of an open file. Returns 0 or a negative errno.
int ipvs_network_enter(int namespace_file);

// For IPVSDevices: TUN devices (Documentation/networking/tuntap.rst), raw and packet sockets, and
// rtnetlink.

// Makes the TUN device `name`, or attaches to one that exists, without link headers and with a
// struct virtio_net_hdr of 10 bytes before each packet. `name` holds at most 15 bytes. Returns a
// descriptor that does not block and is closed on exec, or a negative errno.
int ipvs_tun_open(const char *name);

// Lets the device deliver packets with partial checksums, and if `segments`, several segments of a TCP
// stream in one packet. Returns 0 or a negative errno.
int ipvs_tun_offload(int descriptor, bool segments);

// Sets an interface up, and its MTU. Returns 0 or a negative errno.
int ipvs_link_up(const char *name, int mtu);

// The MTU of an interface in bytes, or a negative errno.
int ipvs_link_mtu(const char *name);

// A non-blocking raw socket that receives the ICMP errors (types 3, 4, and 11) that are addressed to this
// machine, with their IP headers. Returns a descriptor, closed on exec, or a negative errno.
int ipvs_icmp_open(void);

// A non-blocking raw socket that receives the ICMPv6 errors (types 1 to 4) that are addressed to this
// machine. Returns a descriptor, closed on exec, or a negative errno.
int ipvs_icmpv6_open(void);

// Reads the next of them as a packet: an IPv6 header, made from ancillary data, and the message. Returns
// the length, or a negative errno. `capacity` is 40 or more.
long ipvs_icmpv6_receive(int descriptor, uint8_t *packet, size_t capacity);

// A non-blocking packet socket that receives copies of the ICMP errors of one family that come through
// any interface but `device`, to be delivered or forwarded, with their IP headers.
// Returns a descriptor, closed on exec, or a negative errno.
int ipvs_passing_errors_open(bool ipv6, const char *device);

// A socket for requests about routing (rtnetlink(7)), whose own port goes to `port`. Returns a
// descriptor, closed on exec, or a negative errno.
int ipvs_routing_open(uint32_t *port);

// A socket that receives the changes of links, addresses, rules, and routes (those of the table `main`
// excepted), without blocking. Returns a descriptor, closed on exec, or a negative errno.
int ipvs_routing_monitor_open(void);

// For IPVSHost: the legacy tables of iptables(8) and ip6tables(8), by getsockopt(2).

// A socket over which the tables of a family are asked for. Returns a descriptor, closed on exec, or a
// negative errno.
int ipvs_legacy_open(bool ipv6);

// Reads what the kernel says of a table (struct ipt_getinfo); `info` has 84 bytes and begins with the table's
// name. Returns 0 or a negative errno.
int ipvs_legacy_info(int descriptor, bool ipv6, void *info);

// Reads a table (struct ipt_get_entries): `table` has `length` bytes, of which the first 40 are a header with the
// table's name and the size of the entries. Returns 0 or a negative errno: EAGAIN where the size is another
// meanwhile.
int ipvs_legacy_entries(int descriptor, bool ipv6, void *table, uint32_t length);

// For IPVSServing: a socket's clients, and signals.

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
