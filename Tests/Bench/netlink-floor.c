// SPDX-License-Identifier: Apache-2.0

// The floor under `ipvsadm --restore`: the same rules, with no text to read and nothing to check.
//
//   netlink-floor SERVICES SERVERS
//
// adds SERVICES virtual services (TCP port 80, wlc) with SERVERS real servers each, by masquerading:
// the rules that bench_input.py writes as text. Requests are written by hand into one buffer and
// sent in few system calls; only the last of each batch asks for an acknowledgement, since the
// kernel reports errors of the others in any case. Exit status 1: a request was refused.
//
// Message layout: struct nlmsghdr, struct genlmsghdr, attributes (linux/netlink.h, linux/ip_vs.h).
#include <arpa/inet.h>
#include <linux/genetlink.h>
#include <linux/ip_vs.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { BATCH = 64 * 1024, LONGEST_REQUEST = 512, QUEUE = 4 * 1024 * 1024 };

static char batch[BATCH + LONGEST_REQUEST];
static size_t filled;
static unsigned sequence;
static long refused;
static int netlink;

static struct nlmsghdr *begin(unsigned family, unsigned command, unsigned flags) {
  struct nlmsghdr *message = (void *)(batch + filled);
  memset(message, 0, NLMSG_LENGTH(GENL_HDRLEN));
  message->nlmsg_len = NLMSG_LENGTH(GENL_HDRLEN);
  message->nlmsg_type = family;
  message->nlmsg_flags = NLM_F_REQUEST | flags;
  message->nlmsg_seq = ++sequence;
  struct genlmsghdr *header = NLMSG_DATA(message);
  header->cmd = command;
  header->version = 1;
  return message;
}

static struct nlattr *add(struct nlmsghdr *message, int type, const void *value, size_t length) {
  struct nlattr *attribute = (void *)((char *)message + message->nlmsg_len);
  size_t whole = NLA_ALIGN(NLA_HDRLEN + length);
  memset(attribute, 0, whole);
  attribute->nla_type = type;
  attribute->nla_len = NLA_HDRLEN + length;
  if (length) memcpy((char *)attribute + NLA_HDRLEN, value, length);
  message->nlmsg_len += whole;
  return attribute;
}

static void add16(struct nlmsghdr *message, int type, __u16 value) { add(message, type, &value, 2); }
static void add32(struct nlmsghdr *message, int type, __u32 value) { add(message, type, &value, 4); }

static void add_address(struct nlmsghdr *message, int type, __u32 address) {
  __u32 bytes[4] = {htonl(address)};  // the attribute has room for IPv6
  add(message, type, bytes, sizeof bytes);
}

static void close_nest(struct nlmsghdr *message, struct nlattr *nest) {
  nest->nla_len = (char *)message + message->nlmsg_len - (char *)nest;
}

// Adds up the refusals until the answer to request `last` has come.
static void await(unsigned last) {
  static char answers[BATCH];
  for (;;) {
    int length = recv(netlink, answers, sizeof answers, 0);
    if (length <= 0) exit(1);
    struct nlmsghdr *message = (void *)answers;
    for (; NLMSG_OK(message, (unsigned)length); message = NLMSG_NEXT(message, length)) {
      if (message->nlmsg_type != NLMSG_ERROR) continue;
      if (((struct nlmsgerr *)NLMSG_DATA(message))->error) refused++;
      if (message->nlmsg_seq == last) return;
    }
  }
}

static void hand_over(void) {
  if (send(netlink, batch, filled, 0) < 0) exit(1);
  filled = 0;
}

static unsigned find_family(void) {
  struct nlmsghdr *message = begin(GENL_ID_CTRL, CTRL_CMD_GETFAMILY, 0);
  add(message, CTRL_ATTR_FAMILY_NAME, IPVS_GENL_NAME, sizeof IPVS_GENL_NAME);
  filled = message->nlmsg_len;
  hand_over();
  char answer[8192];
  char *end = answer + recv(netlink, answer, sizeof answer, 0);
  char *at = answer + NLMSG_LENGTH(GENL_HDRLEN);
  while (at + NLA_HDRLEN <= end) {
    struct nlattr *attribute = (void *)at;
    if (attribute->nla_type == CTRL_ATTR_FAMILY_ID) return *(__u16 *)(at + NLA_HDRLEN);
    at += NLA_ALIGN(attribute->nla_len);
  }
  fputs("netlink-floor: this kernel has no IPVS\n", stderr);
  exit(1);
}

static void add_service(struct nlmsghdr *message, __u32 address, int whole) {
  struct { __u32 flags, mask; } flags = {0, ~0u};
  struct nlattr *nest = add(message, IPVS_CMD_ATTR_SERVICE | NLA_F_NESTED, NULL, 0);
  add16(message, IPVS_SVC_ATTR_AF, AF_INET);
  add16(message, IPVS_SVC_ATTR_PROTOCOL, IPPROTO_TCP);
  add_address(message, IPVS_SVC_ATTR_ADDR, address);
  add16(message, IPVS_SVC_ATTR_PORT, htons(80));
  if (whole) {
    add(message, IPVS_SVC_ATTR_SCHED_NAME, "wlc", sizeof "wlc");
    add(message, IPVS_SVC_ATTR_FLAGS, &flags, sizeof flags);
    add32(message, IPVS_SVC_ATTR_TIMEOUT, 0);
    add32(message, IPVS_SVC_ATTR_NETMASK, ~0u);
  }
  close_nest(message, nest);
}

static void add_server(struct nlmsghdr *message, __u32 address, __u32 weight) {
  struct nlattr *nest = add(message, IPVS_CMD_ATTR_DEST | NLA_F_NESTED, NULL, 0);
  add16(message, IPVS_DEST_ATTR_ADDR_FAMILY, AF_INET);
  add_address(message, IPVS_DEST_ATTR_ADDR, address);
  add16(message, IPVS_DEST_ATTR_PORT, htons(8080));
  add32(message, IPVS_DEST_ATTR_FWD_METHOD, 0);
  add32(message, IPVS_DEST_ATTR_WEIGHT, weight);
  add32(message, IPVS_DEST_ATTR_U_THRESH, 0);
  add32(message, IPVS_DEST_ATTR_L_THRESH, 0);
  close_nest(message, nest);
}

static void open_netlink(void) {
  struct sockaddr_nl any = {.nl_family = AF_NETLINK};
  int queue = QUEUE;
  netlink = socket(AF_NETLINK, SOCK_RAW, NETLINK_GENERIC);
  if (netlink < 0 || bind(netlink, (void *)&any, sizeof any) < 0) exit(1);
  setsockopt(netlink, SOL_SOCKET, SO_SNDBUFFORCE, &queue, sizeof queue);
  setsockopt(netlink, SOL_SOCKET, SO_RCVBUFFORCE, &queue, sizeof queue);
}

int main(int count, char **words) {
  if (count != 3) return 2;
  int services = atoi(words[1]), servers = atoi(words[2]);
  open_netlink();
  unsigned family = find_family();
  for (int service = 0; service < services; service++) {
    for (int server = 0; server <= servers; server++) {
      int last = filled >= BATCH - LONGEST_REQUEST || (service == services - 1 && server == servers);
      int command = server ? IPVS_CMD_NEW_DEST : IPVS_CMD_NEW_SERVICE;
      struct nlmsghdr *message = begin(family, command, last ? NLM_F_ACK : 0);
      add_service(message, 0x0a000000 + service, server == 0);
      if (server) add_server(message, 0xac100000 + server, 1 + server % 5);
      filled += message->nlmsg_len;
      if (last) {
        hand_over();
        await(sequence);
      }
    }
  }
  return refused != 0;
}
