// SPDX-License-Identifier: Apache-2.0

#include "CLibnlReference.h"

#include <stdlib.h>

#include <netlink/attr.h>
#include <netlink/genl/genl.h>
#include <netlink/msg.h>

enum { DEEPEST = 8, ROOM = 1 << 18 };

struct reference {
  struct nl_msg *message;
  struct nlattr *open[DEEPEST];
  int depth;
};

struct reference *reference_begin(
    uint16_t type, uint16_t flags, uint32_t sequence, uint32_t port, uint8_t command,
    uint8_t version) {
  struct reference *reference = calloc(1, sizeof *reference);
  if (reference == NULL) return NULL;
  reference->message = nlmsg_alloc_size(ROOM);
  if (reference->message != NULL
      && genlmsg_put(reference->message, port, sequence, type, 0, flags, command, version) != NULL)
    return reference;
  reference_free(reference);
  return NULL;
}

void reference_free(struct reference *reference) {
  nlmsg_free(reference->message);
  free(reference);
}

int reference_u8(struct reference *reference, uint16_t type, uint8_t value) {
  return nla_put_u8(reference->message, type, value);
}

int reference_u16(struct reference *reference, uint16_t type, uint16_t value) {
  return nla_put_u16(reference->message, type, value);
}

int reference_u32(struct reference *reference, uint16_t type, uint32_t value) {
  return nla_put_u32(reference->message, type, value);
}

int reference_u64(struct reference *reference, uint16_t type, uint64_t value) {
  return nla_put_u64(reference->message, type, value);
}

int reference_bytes(
    struct reference *reference, uint16_t type, const void *bytes, size_t length) {
  return nla_put(reference->message, type, (int)length, bytes);
}

int reference_text(struct reference *reference, uint16_t type, const char *text) {
  return nla_put_string(reference->message, type, text);
}

int reference_nest(struct reference *reference, uint16_t type) {
  if (reference->depth == DEEPEST) return -1;
  struct nlattr *start = nla_nest_start(reference->message, type);
  if (start == NULL) return -1;
  reference->open[reference->depth++] = start;
  return 0;
}

int reference_end_nest(struct reference *reference) {
  if (reference->depth == 0) return -1;
  // The plain nla_nest_end takes an empty attribute back.
  return nla_nest_end_keep_empty(reference->message, reference->open[--reference->depth]);
}

const uint8_t *reference_message(const struct reference *reference, size_t *length) {
  struct nlmsghdr *header = nlmsg_hdr(reference->message);
  *length = header->nlmsg_len;
  return (const uint8_t *)header;
}

size_t reference_read(
    const uint8_t *attributes, size_t length, uint16_t *types, uint16_t *lengths, size_t most) {
  size_t count = 0;
  int rest = (int)length;
  const struct nlattr *attribute = (const struct nlattr *)attributes;
  for (; nla_ok(attribute, rest) && count < most; attribute = nla_next(attribute, &rest)) {
    types[count] = (uint16_t)nla_type(attribute);
    lengths[count] = (uint16_t)nla_len(attribute);
    count++;
  }
  return count;
}
