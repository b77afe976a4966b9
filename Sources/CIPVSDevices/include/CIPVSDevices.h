// What Swift cannot say: requests made by macros and a struct of unions, for TUN devices
// (Documentation/networking/tuntap.rst), and a function that glibc hides.
#ifndef CIPVSDEVICES_H
#define CIPVSDEVICES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// Makes the TUN device `name`, or attaches to one that exists, without link headers and with a
// struct virtio_net_hdr of 10 bytes before each packet. `name` holds at most 15 bytes. Returns a
// descriptor that does not block and is closed on exec, or a negative errno.
int ipvs_tun_open(const char *name);

// Says which packets the device may leave to us unfinished: without a checksum, and with
// `segments` several segments of a TCP stream in one. Returns 0 or a negative errno.
int ipvs_tun_offload(int descriptor, bool segments);

// Sets an interface up and gives it its MTU. Returns 0 or a negative errno.
int ipvs_link_up(const char *name, int mtu);

// The MTU of an interface in bytes, or a negative errno.
int ipvs_link_mtu(const char *name);

// A raw socket that gets the errors of ICMP (types 3, 4, and 11) for addresses of this machine, from
// their IP headers on and without blocking. Returns a descriptor, closed on exec, or a negative errno.
int ipvs_icmp_open(void);

// A raw socket that gets the errors of ICMPv6 (types 1 to 4) for addresses of this machine, without
// blocking. Returns a descriptor, closed on exec, or a negative errno.
int ipvs_icmpv6_open(void);

// The next of them as a packet: an IPv6 header, made of what the system says of it, and the message.
// Returns its length, or a negative errno. `capacity` is 40 or more.
long ipvs_icmpv6_receive(int descriptor, uint8_t *packet, size_t capacity);

// A packet socket that gets copies of the ICMP errors of one family that come through any interface but
// `device`, for this machine or to be passed on by it, from their IP headers on and without blocking.
// Returns a descriptor, closed on exec, or a negative errno.
int ipvs_passing_errors_open(bool ipv6, const char *device);

// A socket for requests about routing (rtnetlink(7)), whose own port goes to `port`. Returns a
// descriptor, closed on exec, or a negative errno.
int ipvs_routing_open(uint32_t *port);

// A socket that receives the changes of links, addresses, rules, and routes (those of the table `main`
// excepted), without blocking. Returns a descriptor, closed on exec, or a negative errno.
int ipvs_routing_monitor_open(void);

#endif
