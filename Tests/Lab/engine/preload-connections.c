// SPDX-License-Identifier: Apache-2.0

// The table of connections, which ipvsadm reads from a file of the kernel: the same rows, asked of the
// engine by its family IPVS_ENGINE, in a file without a name.

#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <linux/genetlink.h>
#include <linux/netlink.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static const char TABLE[] = "/proc/net/ip_vs_conn";
static const char FAMILY[] = "IPVS_ENGINE";
static const char TITLES[] =
    "Pro FromIP   FPrt ToIP     TPrt DestIP   DPrt State       Expires PEName PEData\n";

// The only command of the family, and the only attribute of its answers.
enum { GET_CONNECTIONS = 1, ROWS = 1, LARGEST = 1 << 17 };

static void ask(int engine, int type, int flags, int command, const char *name) {
  struct {
    struct nlmsghdr header;
    struct genlmsghdr generic;
    struct nlattr attribute;
    char name[16];
  } request = {
      .header = {.nlmsg_type = type, .nlmsg_flags = NLM_F_REQUEST | flags},
      .generic = {.cmd = command, .version = 1},
      .attribute = {.nla_len = NLA_HDRLEN + strlen(name) + 1, .nla_type = CTRL_ATTR_FAMILY_NAME}};
  strcpy(request.name, name);
  request.header.nlmsg_len = *name ? sizeof request : NLMSG_LENGTH(GENL_HDRLEN);
  send(engine, &request, request.header.nlmsg_len, MSG_NOSIGNAL);
}

static const struct nlattr *attribute(const struct nlmsghdr *message, int type) {
  const char *place = (const char *)message + NLMSG_LENGTH(GENL_HDRLEN);
  const char *end = (const char *)message + message->nlmsg_len;
  while (place + NLA_HDRLEN <= end) {
    const struct nlattr *found = (const struct nlattr *)place;
    if (found->nla_len < NLA_HDRLEN) return NULL;
    if ((found->nla_type & NLA_TYPE_MASK) == type) return found;
    place += NLA_ALIGN(found->nla_len);
  }
  return NULL;
}

// The number of the family, or 0 with errno.
static int family(int engine, char *buffer) {
  ask(engine, GENL_ID_CTRL, 0, CTRL_CMD_GETFAMILY, FAMILY);
  ssize_t length = recv(engine, buffer, LARGEST, 0);
  const struct nlmsghdr *message = (const struct nlmsghdr *)buffer;
  const struct nlattr *number =
      length > 0 && message->nlmsg_type == GENL_ID_CTRL ? attribute(message, CTRL_ATTR_FAMILY_ID) : NULL;
  errno = ENOENT;
  return number == NULL ? 0 : *(const unsigned short *)((const char *)number + NLA_HDRLEN);
}

static int write_rows(int engine, char *buffer, FILE *file) {
  for (;;) {
    ssize_t length = recv(engine, buffer, LARGEST, 0);
    if (length <= 0) return -1;
    const struct nlmsghdr *message = (const struct nlmsghdr *)buffer;
    for (int rest = (int)length; NLMSG_OK(message, rest); message = NLMSG_NEXT(message, rest)) {
      if (message->nlmsg_type == NLMSG_DONE) return 0;
      if (message->nlmsg_type == NLMSG_ERROR) return -1;
      const struct nlattr *rows = attribute(message, ROWS);
      if (rows != NULL) fwrite((const char *)rows + NLA_HDRLEN, 1, rows->nla_len - NLA_HDRLEN, file);
    }
  }
}

static FILE *table(void) {
  // Its own descriptor: that of the caller's request has its sequence of answers.
  int engine = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_GENERIC);
  if (engine < 0) return NULL;
  char *buffer = malloc(LARGEST);
  int number = buffer == NULL ? 0 : family(engine, buffer);
  FILE *file = number == 0 ? NULL : tmpfile();
  if (file != NULL) {
    fputs(TITLES, file);
    ask(engine, number, NLM_F_DUMP, GET_CONNECTIONS, "");
    if (write_rows(engine, buffer, file) != 0) fprintf(stderr, "preload: the dump broke off\n");
    rewind(file);
  }
  free(buffer);
  close(engine);
  return file;
}

FILE *fopen(const char *path, const char *mode) {
  if (getenv("IPVSADM_ENGINE") != NULL && strcmp(path, TABLE) == 0) {
    // Without such a family the other end is a kernel, behind a program that only forwards.
    FILE *rows = table();
    if (rows != NULL || errno != ENOENT) return rows;
  }
  return ((FILE * (*)(const char *, const char *)) dlsym(RTLD_NEXT, "fopen"))(path, mode);
}
