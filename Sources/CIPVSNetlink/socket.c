// SPDX-License-Identifier: Apache-2.0

// For recvmmsg(2).
#define _GNU_SOURCE

#include "CIPVSNetlink.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>

#include <netlink/errno.h>
#include <netlink/genl/ctrl.h>
#include <netlink/genl/genl.h>
#include <netlink/netlink.h>
#include <netlink/socket.h>

// Datagrams that were received in one call, and not taken yet. A hundred thousand short answers, as to
// questions for routes, take most of their time in calls otherwise.
enum { BACKLOG = 32 };

struct backlog {
  struct mmsghdr messages[BACKLOG];
  struct iovec parts[BACKLOG];
  struct sockaddr_nl senders[BACKLOG];
  unsigned char rooms[BACKLOG][IPVS_LARGEST_DATAGRAM];
  int count;  // how many were received
  int next;   // the first that was not taken
};

struct ipvs_socket {
  struct nl_sock *netlink;
  struct backlog *backlog;          // NULL for generic netlink, whose answers are long
  struct ipvs_transport transport;  // without functions: the kernel
  struct nl_cb *exchange;           // the callbacks that deliver to Swift
  int failure;                      // errno of the last call, where libnl has fewer codes
  bool has_received;                // whether this call has taken its datagram
  uint32_t question;                // the sequence number of the last look-up
  unsigned char *room;              // where datagrams arrive
  ipvs_deliver deliver;
  void *context;
};

// Room for the replies to a whole batch of requests, and for a batch itself. libnl's own 32 KiB
// hold 40 acknowledgements.
enum { RECEIVE_ROOM = 1 << 20, SEND_ROOM = 1 << 18 };

// The largest errno of the kernel (linux/err.h, MAX_ERRNO). What is beyond is no error code.
enum { LARGEST_ERRNO = 4095 };

// libnl's hooks for sending and receiving get no argument of ours, so they find the socket here for
// as long as one exchange lasts.
static _Thread_local struct ipvs_socket *current;

// Whether the datagram is whole netlink messages and nothing else. libnl passes over what it cannot
// read, and a reply that it passed over would be waited for until the time is up.
static bool is_whole(const unsigned char *datagram, int length) {
  int rest = length;
  const struct nlmsghdr *message = (const struct nlmsghdr *)datagram;
  while (nlmsg_ok(message, rest)) message = nlmsg_next((struct nlmsghdr *)message, &rest);
  return length > 0 && rest <= 0;
}

static int receive_from_kernel(
    int descriptor, struct sockaddr_nl *sender, void *buffer, size_t capacity) {
  struct iovec part = {.iov_base = buffer, .iov_len = capacity};
  struct msghdr request = {
      .msg_name = sender, .msg_namelen = sizeof *sender, .msg_iov = &part, .msg_iovlen = 1};
  for (;;) {
    ssize_t length = recvmsg(descriptor, &request, 0);
    if (length < 0 && errno == EINTR) continue;
    if (length < 0) return errno == EAGAIN ? -ETIMEDOUT : -errno;
    if (request.msg_flags & MSG_TRUNC) return -EBADMSG;
    // Another process may write to our port; only the kernel has port 0.
    if (sender->nl_pid == 0) return (int)length;
  }
}

static int fill(struct backlog *backlog, int descriptor) {
  for (int index = 0; index < BACKLOG; index++) {
    backlog->parts[index] =
        (struct iovec){.iov_base = backlog->rooms[index], .iov_len = IPVS_LARGEST_DATAGRAM};
    backlog->messages[index].msg_hdr = (struct msghdr){
        .msg_name = &backlog->senders[index], .msg_namelen = sizeof backlog->senders[index],
        .msg_iov = &backlog->parts[index], .msg_iovlen = 1};
  }
  backlog->next = 0;
  backlog->count = 0;
  int count;
  do count = recvmmsg(descriptor, backlog->messages, BACKLOG, MSG_WAITFORONE, NULL);
  while (count < 0 && errno == EINTR);
  if (count < 0) return errno == EAGAIN ? -ETIMEDOUT : -errno;
  backlog->count = count;
  return 0;
}

static int receive_from_backlog(
    struct backlog *backlog, int descriptor, struct sockaddr_nl *sender, void *buffer) {
  for (;;) {
    if (backlog->next == backlog->count) {
      int result = fill(backlog, descriptor);
      if (result < 0) return result;
      continue;
    }
    int index = backlog->next++;
    const struct mmsghdr *message = &backlog->messages[index];
    if (message->msg_hdr.msg_flags & MSG_TRUNC) return -EBADMSG;
    if (backlog->senders[index].nl_pid != 0) continue;
    *sender = backlog->senders[index];
    memcpy(buffer, backlog->rooms[index], message->msg_len);
    return (int)message->msg_len;
  }
}

static int fail(struct ipvs_socket *socket, int code) {
  socket->failure = code;
  return -NLE_FAILURE;
}

static int receive_hook(
    struct nl_sock *netlink, struct sockaddr_nl *sender, unsigned char **datagram,
    struct ucred **credentials) {
  (void)credentials;
  struct ipvs_socket *socket = current;
  // In a dump libnl would read on until its end, also through messages of another dump. One datagram a
  // call is enough: the caller knows what it still waits for.
  if (socket->has_received) return 0;
  socket->has_received = true;
  memset(sender, 0, sizeof *sender);
  int descriptor = nl_socket_get_fd(netlink);
  int length;
  if (socket->transport.receive != NULL)
    length =
        socket->transport.receive(socket->transport.context, socket->room, IPVS_LARGEST_DATAGRAM);
  else if (socket->backlog != NULL)
    length = receive_from_backlog(socket->backlog, descriptor, sender, socket->room);
  else
    length = receive_from_kernel(descriptor, sender, socket->room, IPVS_LARGEST_DATAGRAM);
  if (length == 0) length = -ECONNRESET;
  if (length > 0 && !is_whole(socket->room, length)) length = -EBADMSG;
  if (length < 0) return fail(socket, -length);
  // libnl frees what it is given. Most datagrams are small, and to free the whole room each time would
  // make malloc tidy up each time.
  unsigned char *copy = malloc((size_t)length);
  if (copy == NULL) return fail(socket, ENOMEM);
  memcpy(copy, socket->room, (size_t)length);
  sender->nl_family = AF_NETLINK;
  *datagram = copy;
  return length;
}

static int send_hook(struct nl_sock *netlink, struct nl_msg *message) {
  struct ipvs_socket *socket = current;
  struct nlmsghdr *header = nlmsg_hdr(message);
  socket->question = header->nlmsg_seq;
  int result = socket->transport.receive == NULL
      ? nl_sendto(netlink, header, header->nlmsg_len)
      : socket->transport.send(socket->transport.context, header, header->nlmsg_len);
  if (result >= 0) return (int)header->nlmsg_len;
  return fail(socket, socket->transport.receive == NULL ? EIO : -result);
}

// A look-up takes the answer to its own request only.
static int on_look_up_sequence(struct nl_msg *message, void *context) {
  struct ipvs_socket *socket = context;
  return nlmsg_hdr(message)->nlmsg_seq == socket->question ? NL_OK : fail(socket, EBADMSG);
}

static bool is_errno(int negative) {
  return negative < 0 && negative >= -LARGEST_ERRNO;
}

// libnl reports every look-up that fails as a family that was not found.
static int on_look_up_error(struct sockaddr_nl *sender, struct nlmsgerr *error, void *context) {
  (void)sender;
  return fail(context, is_errno(error->error) ? -error->error : EBADMSG);
}

static int on_message(struct nl_msg *message, void *context) {
  struct ipvs_socket *socket = context;
  struct nlmsghdr *header = nlmsg_hdr(message);
  socket->deliver(
      socket->context, IPVS_MESSAGE, header->nlmsg_seq, nlmsg_data(header),
      (size_t)nlmsg_datalen(header), 0);
  return NL_OK;
}

static int on_acknowledgement(struct nl_msg *message, void *context) {
  struct ipvs_socket *socket = context;
  socket->deliver(
      socket->context, IPVS_ACKNOWLEDGED, nlmsg_hdr(message)->nlmsg_seq, NULL, 0, 0);
  return NL_OK;
}

// The error of a dump is in its last message, where libnl does not look.
static int on_end(struct nl_msg *message, void *context) {
  struct ipvs_socket *socket = context;
  struct nlmsghdr *header = nlmsg_hdr(message);
  int error = 0;
  if (nlmsg_datalen(header) >= (int)sizeof error) memcpy(&error, nlmsg_data(header), sizeof error);
  if (error < 0 && !is_errno(error)) return fail(socket, EBADMSG);
  socket->deliver(
      socket->context, IPVS_DONE, header->nlmsg_seq, NULL, 0, error < 0 ? -error : 0);
  return NL_OK;
}

static int on_error(struct sockaddr_nl *sender, struct nlmsgerr *error, void *context) {
  (void)sender;
  struct ipvs_socket *socket = context;
  if (!is_errno(error->error)) return fail(socket, EBADMSG);
  socket->deliver(
      socket->context, IPVS_REFUSED, error->msg.nlmsg_seq, NULL, 0, -error->error);
  return NL_SKIP;
}

static int on_interrupted(struct nl_msg *message, void *context) {
  struct ipvs_socket *socket = context;
  socket->deliver(
      socket->context, IPVS_INTERRUPTED, nlmsg_hdr(message)->nlmsg_seq, NULL, 0, 0);
  return NL_OK;
}

// Replies to a batch are matched by Swift, which knows all numbers in it; libnl expects one.
static int on_sequence(struct nl_msg *message, void *context) {
  (void)message;
  (void)context;
  return NL_OK;
}

static int set_up(struct ipvs_socket *socket) {
  struct nl_cb *hooks = nl_cb_alloc(NL_CB_DEFAULT);
  if (hooks == NULL) return -ENOMEM;
  nl_cb_overwrite_recv(hooks, receive_hook);
  nl_cb_overwrite_send(hooks, send_hook);
  nl_cb_err(hooks, NL_CB_CUSTOM, on_look_up_error, socket);
  nl_cb_set(hooks, NL_CB_SEQ_CHECK, NL_CB_CUSTOM, on_look_up_sequence, socket);
  // The reply to a look-up says all; an acknowledgement after it would be one more to wait for.
  nl_socket_disable_auto_ack(socket->netlink);
  nl_socket_set_cb(socket->netlink, hooks);
  socket->exchange = nl_cb_clone(hooks);
  nl_cb_put(hooks);
  if (socket->exchange == NULL) return -ENOMEM;
  nl_cb_set(socket->exchange, NL_CB_SEQ_CHECK, NL_CB_CUSTOM, on_sequence, socket);
  nl_cb_set(socket->exchange, NL_CB_VALID, NL_CB_CUSTOM, on_message, socket);
  nl_cb_set(socket->exchange, NL_CB_ACK, NL_CB_CUSTOM, on_acknowledgement, socket);
  nl_cb_set(socket->exchange, NL_CB_FINISH, NL_CB_CUSTOM, on_end, socket);
  nl_cb_set(socket->exchange, NL_CB_DUMP_INTR, NL_CB_CUSTOM, on_interrupted, socket);
  nl_cb_err(socket->exchange, NL_CB_CUSTOM, on_error, socket);
  return 0;
}

static struct ipvs_socket *allocate(void) {
  struct ipvs_socket *socket = calloc(1, sizeof *socket);
  if (socket == NULL) return NULL;
  socket->netlink = nl_socket_alloc();
  socket->room = malloc(IPVS_LARGEST_DATAGRAM);
  if (socket->netlink != NULL && socket->room != NULL) return socket;
  if (socket->netlink != NULL) nl_socket_free(socket->netlink);
  free(socket->room);
  free(socket);
  return NULL;
}

int ipvs_socket_open_transport(struct ipvs_socket **opened, struct ipvs_transport transport) {
  struct ipvs_socket *socket = allocate();
  if (socket == NULL) return -ENOMEM;
  socket->transport = transport;
  int result = set_up(socket);
  if (result < 0) {
    ipvs_socket_close(socket);
    return result;
  }
  *opened = socket;
  return 0;
}

static void make_room(int descriptor, int option, int forced, int bytes) {
  if (setsockopt(descriptor, SOL_SOCKET, forced, &bytes, sizeof bytes) < 0)
    setsockopt(descriptor, SOL_SOCKET, option, &bytes, sizeof bytes);
}

void ipvs_socket_limit_wait(struct ipvs_socket *socket, unsigned milliseconds) {
  struct timeval limit = {.tv_sec = milliseconds / 1000, .tv_usec = milliseconds % 1000 * 1000};
  if (milliseconds == 0) limit.tv_usec = 1;  // all zeros would mean for ever
  int descriptor = nl_socket_get_fd(socket->netlink);
  setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
}

int ipvs_socket_open(struct ipvs_socket **opened, int protocol, unsigned patience) {
  struct ipvs_socket *socket = allocate();
  if (socket == NULL) return -ENOMEM;
  errno = 0;
  int result = 0;
  if (nl_connect(socket->netlink, protocol) < 0) result = errno == 0 ? -EIO : -errno;
  if (result == 0) result = set_up(socket);
  if (result == 0 && protocol != NETLINK_GENERIC) {
    socket->backlog = malloc(sizeof *socket->backlog);
    if (socket->backlog == NULL) result = -ENOMEM;
    else socket->backlog->count = socket->backlog->next = 0;
  }
  if (result < 0) {
    ipvs_socket_close(socket);
    return result;
  }
  int descriptor = nl_socket_get_fd(socket->netlink);
  make_room(descriptor, SO_RCVBUF, SO_RCVBUFFORCE, RECEIVE_ROOM);
  make_room(descriptor, SO_SNDBUF, SO_SNDBUFFORCE, SEND_ROOM);
  ipvs_socket_limit_wait(socket, patience);
  *opened = socket;
  return 0;
}

void ipvs_socket_close(struct ipvs_socket *socket) {
  nl_socket_free(socket->netlink);
  if (socket->exchange != NULL) nl_cb_put(socket->exchange);
  free(socket->backlog);
  free(socket->room);
  free(socket);
}

// Makes `socket` the one that the hooks find. The transport of a socket may use another socket, so the
// caller restores the former one, which is returned, at the end.
static struct ipvs_socket *begin(struct ipvs_socket *socket) {
  struct ipvs_socket *outer = current;
  socket->failure = 0;
  socket->has_received = false;
  current = socket;
  return outer;
}

int ipvs_socket_resolve(struct ipvs_socket *socket, const char *family, uint16_t *number) {
  struct ipvs_socket *outer = begin(socket);
  int result = genl_ctrl_resolve(socket->netlink, family);
  current = outer;
  if (result < 0) return socket->failure == 0 ? -EBADMSG : -socket->failure;
  *number = (uint16_t)result;
  return 0;
}

uint32_t ipvs_socket_sequence(struct ipvs_socket *socket) {
  return nl_socket_use_seq(socket->netlink);
}

uint32_t ipvs_socket_port(const struct ipvs_socket *socket) {
  return nl_socket_get_local_port(socket->netlink);
}

int ipvs_socket_room(const struct ipvs_socket *socket) {
  int room = 0;
  socklen_t length = sizeof room;
  getsockopt(nl_socket_get_fd(socket->netlink), SOL_SOCKET, SO_RCVBUF, &room, &length);
  return room;
}

int ipvs_socket_send(struct ipvs_socket *socket, const void *datagram, size_t length) {
  if (socket->transport.receive != NULL)
    return socket->transport.send(socket->transport.context, datagram, length);
  struct sockaddr_nl kernel = {.nl_family = AF_NETLINK};
  int descriptor = nl_socket_get_fd(socket->netlink);
  while (sendto(descriptor, datagram, length, 0, (struct sockaddr *)&kernel, sizeof kernel) < 0)
    if (errno != EINTR) return -errno;
  return 0;
}

int ipvs_socket_receive(struct ipvs_socket *socket, ipvs_deliver deliver, void *context) {
  socket->deliver = deliver;
  socket->context = context;
  struct ipvs_socket *outer = begin(socket);
  int result = nl_recvmsgs(socket->netlink, socket->exchange);
  current = outer;
  if (result >= 0) return 0;
  return socket->failure == 0 ? -EBADMSG : -socket->failure;
}
