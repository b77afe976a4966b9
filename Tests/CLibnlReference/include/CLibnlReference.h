// SPDX-License-Identifier: Apache-2.0

// Messages as libnl itself builds them, to compare ours with byte for byte.
#ifndef CLIBNLREFERENCE_H
#define CLIBNLREFERENCE_H

#include <stddef.h>
#include <stdint.h>

// The kernel's own numbers of the families and of netlink.
#include <linux/genetlink.h>
#include <linux/ip_vs.h>
#include <linux/netlink.h>

struct reference;

// Begins a generic netlink message. NULL: out of memory.
struct reference *reference_begin(
    uint16_t type, uint16_t flags, uint32_t sequence, uint32_t port, uint8_t command,
    uint8_t version);
void reference_free(struct reference *reference);

// Each appends one attribute and returns 0, or libnl's negative error.
int reference_u8(struct reference *reference, uint16_t type, uint8_t value);
int reference_u16(struct reference *reference, uint16_t type, uint16_t value);
int reference_u32(struct reference *reference, uint16_t type, uint32_t value);
int reference_u64(struct reference *reference, uint16_t type, uint64_t value);
int reference_bytes(
    struct reference *reference, uint16_t type, const void *bytes, size_t length);

// `text` is without zero bytes; libnl appends the one at its end.
int reference_text(struct reference *reference, uint16_t type, const char *text);

// Opens and closes a nested attribute; at most 8 deep.
int reference_nest(struct reference *reference, uint16_t type);
int reference_end_nest(struct reference *reference);

// The message so far.
const uint8_t *reference_message(const struct reference *reference, size_t *length);

// The numbers and lengths of the attributes of the finished message, as libnl's own parser reads
// them after the generic netlink header; returns how many there are.
size_t reference_read(
    const uint8_t *attributes, size_t length, uint16_t *types, uint16_t *lengths, size_t most);

// Bytes that malloc has given out and not taken back, in all threads. Swift's Glibc lacks malloc.h.
size_t heap_bytes(void);

#endif
