// SPDX-License-Identifier: Apache-2.0

// A thin layer over libnl: one netlink socket whose datagrams go to the kernel, or through a
// transport of the caller. libnl keeps ports and sequence numbers, looks families up, splits datagrams
// into messages, and distinguishes acknowledgements from errors. Swift makes and reads the bytes of
// requests and replies.
//
// Functions that return int return 0 or a negative errno.
#ifndef CIPVSNETLINK_H
#define CIPVSNETLINK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct ipvs_socket;

// The other end of a socket that is not the kernel's. `send` takes one datagram; `receive` puts one
// into `buffer` and returns its length. Both return a negative errno where that fails.
struct ipvs_transport {
  void *context;
  int (*send)(void *context, const void *datagram, size_t length);
  int (*receive)(void *context, void *buffer, size_t capacity);
};

enum ipvs_event {
  IPVS_MESSAGE,       // a reply
  IPVS_ACKNOWLEDGED,  // a request was carried out
  IPVS_REFUSED,       // a request was not carried out: `error` is the errno
  IPVS_DONE,          // the end of a dump: `error` is 0 or the errno that ended it
  IPVS_INTERRUPTED,   // the table changed while it was dumped
};

// Called for each message of a datagram. `sequence` is that of the request it answers; `payload`,
// valid during the call only, is what follows the header of a reply, and NULL for other events.
typedef void (*ipvs_deliver)(
    void *context, enum ipvs_event event, uint32_t sequence, const void *payload, size_t length,
    int error);

// No reply of the kernel's is larger: dumps come in pages of at most 32 KiB, and an error holds no
// more than the request it answers.
enum { IPVS_LARGEST_DATAGRAM = 65536 };

// Opens a socket to the kernel, of a protocol of netlink(7) such as NETLINK_GENERIC. A reply that takes
// longer than `patience` milliseconds is given up with ETIMEDOUT.
int ipvs_socket_open(struct ipvs_socket **opened, int protocol, unsigned patience);

// Makes a socket whose datagrams go through `transport`.
int ipvs_socket_open_transport(struct ipvs_socket **opened, struct ipvs_transport transport);

void ipvs_socket_close(struct ipvs_socket *socket);

// The number of a generic netlink family, or ENOENT where the other end does not have it.
int ipvs_socket_resolve(struct ipvs_socket *socket, const char *family, uint16_t *number);

// The next sequence number.
uint32_t ipvs_socket_sequence(struct ipvs_socket *socket);

// The port that requests are sent from.
uint32_t ipvs_socket_port(const struct ipvs_socket *socket);

// How many bytes of answers a socket to the kernel keeps until they are read, the kernel's records
// included.
int ipvs_socket_room(const struct ipvs_socket *socket);

// Sets how long a socket to the kernel waits for a reply from now on, in milliseconds.
void ipvs_socket_limit_wait(struct ipvs_socket *socket, unsigned milliseconds);

// Sends one datagram, which may hold several requests.
int ipvs_socket_send(struct ipvs_socket *socket, const void *datagram, size_t length);

// Receives one datagram, which may hold several messages or a part of a dump, and delivers each.
//
// ETIMEDOUT: no answer in time. ENOBUFS: answers were lost. EBADMSG: the bytes are no netlink
// messages. ECONNRESET: the other end is gone.
int ipvs_socket_receive(struct ipvs_socket *socket, ipvs_deliver deliver, void *context);

#endif
