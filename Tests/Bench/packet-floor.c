// SPDX-License-Identifier: Apache-2.0

// The floor under a director's packet path on one core: one table of connections with open addressing,
// and for each packet only what masquerading needs.
//
//   packet-floor CONNECTIONS PACKETS
//
// Packets of 60 bytes, TCP over IPv4, of connections drawn at random. For each: its lengths, its
// connection, another destination address and port, both checksums, the TTL, two counters, the time.
// Prints nanoseconds of processor time for a packet. There are no states, no timers, no statistics, no
// services, no IPv6.
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { BATCH = 4096, LENGTH = 60, ROOM = 64 };
enum { VIRTUAL_ADDRESS = 0x05676ACA, VIRTUAL_PORT = 0x5000, SERVERS = 8 };

typedef struct {
  uint32_t client, virtual, server;
  uint16_t client_port, virtual_port, server_port;
  uint8_t protocol, state;
  uint64_t packets, bytes;
  uint32_t seen, unused;
} connection;

static connection *table;
static uint64_t mask;

static uint64_t mix(uint64_t a, uint64_t b) {
  __uint128_t product =
      (__uint128_t)(a ^ 0x9E3779B97F4A7C15ull) * (b ^ 0xD6E8FEB86659FD93ull);
  return (uint64_t)product ^ (uint64_t)(product >> 64);
}

static uint64_t place(uint32_t client, uint16_t port) {
  return mix((uint64_t)client << 16 | port,
             (uint64_t)VIRTUAL_ADDRESS << 24 | (uint64_t)VIRTUAL_PORT << 8 | 6) & mask;
}

static connection *find(uint32_t client, uint16_t client_port, uint32_t virtual,
                        uint16_t virtual_port) {
  uint64_t at = mix((uint64_t)client << 16 | client_port,
                    (uint64_t)virtual << 24 | (uint64_t)virtual_port << 8 | 6) & mask;
  for (;; at = (at + 1) & mask) {
    connection *found = &table[at];
    if (!found->protocol) return NULL;
    if (found->client == client && found->client_port == client_port &&
        found->virtual == virtual && found->virtual_port == virtual_port && found->protocol == 6)
      return found;
  }
}

static uint16_t fold(uint32_t sum) {
  sum = (sum & 0xffff) + (sum >> 16);
  return (sum & 0xffff) + (sum >> 16);
}

static void adjust(uint8_t *checksum, uint32_t from, uint32_t to) {
  uint16_t old;
  memcpy(&old, checksum, 2);
  uint32_t sum = (uint16_t)~old;
  sum += (uint16_t)~from;
  sum += (uint16_t)~(from >> 16);
  sum += (uint16_t)to;
  sum += (uint16_t)(to >> 16);
  old = ~fold(sum);
  memcpy(checksum, &old, 2);
}

static int forward(uint8_t *packet, unsigned length, uint32_t now) {
  if (length < 40 || packet[0] >> 4 != 4) return 0;
  unsigned header = (packet[0] & 15) * 4;
  if (header < 20 || length < header + 20 || packet[9] != 6 || packet[6] & 0x3f || packet[7])
    return 0;
  uint32_t source, destination;
  uint16_t source_port, destination_port, before, after;
  uint8_t *transport = packet + header;
  memcpy(&source, packet + 12, 4);
  memcpy(&destination, packet + 16, 4);
  memcpy(&source_port, transport, 2);
  memcpy(&destination_port, transport + 2, 2);
  connection *found = find(source, source_port, destination, destination_port);
  if (!found) return 0;
  memcpy(packet + 16, &found->server, 4);
  memcpy(transport + 2, &found->server_port, 2);
  adjust(packet + 10, destination, found->server);
  adjust(transport + 16, destination, found->server);
  adjust(transport + 16, destination_port, found->server_port);
  memcpy(&before, packet + 8, 2);
  packet[8]--;
  memcpy(&after, packet + 8, 2);
  adjust(packet + 10, before, after);
  found->packets++;
  found->bytes += length;
  found->seen = now;
  if (transport[13] & 4) found->state = 9;
  return 1;
}

static void make(uint8_t *packet, uint32_t client, uint16_t port) {
  uint32_t virtual = VIRTUAL_ADDRESS;
  uint16_t virtual_port = VIRTUAL_PORT;
  memset(packet, 0, ROOM);
  packet[0] = 0x45;
  packet[3] = LENGTH;
  packet[8] = 64;
  packet[9] = 6;
  memcpy(packet + 12, &client, 4);
  memcpy(packet + 16, &virtual, 4);
  memcpy(packet + 20, &port, 2);
  memcpy(packet + 22, &virtual_port, 2);
  packet[32] = 0x50;
  packet[33] = 0x10;
}

int main(int count, char **words) {
  if (count != 3) return 2;
  uint64_t connections = strtoull(words[1], NULL, 10), wanted = strtoull(words[2], NULL, 10);
  uint64_t capacity = 1;
  while (capacity < connections * 2) capacity <<= 1;
  mask = capacity - 1;
  table = calloc(capacity, sizeof *table);
  uint32_t *clients = malloc(connections * sizeof *clients);
  uint16_t *ports = malloc(connections * sizeof *ports);
  if (!table || !clients || !ports) return 1;
  for (uint64_t k = 0; k < connections; k++) {
    clients[k] = 0x0a000000 + (uint32_t)(k / 50000);
    ports[k] = 1024 + k % 50000;
    uint64_t at = place(clients[k], ports[k]);
    while (table[at].protocol) at = (at + 1) & mask;
    table[at] = (connection){clients[k], VIRTUAL_ADDRESS, 0x030010AC + (uint32_t)(k % SERVERS),
                             ports[k], VIRTUAL_PORT, 0x401F, 6, 1, 0, 0, 0, 0};
  }
  static uint8_t packets[BATCH][ROOM];
  uint64_t random = 88172645463325252ull, done = 0;
  double seconds = 0;
  while (done < wanted) {
    for (int b = 0; b < BATCH; b++) {
      random ^= random << 13;
      random ^= random >> 7;
      random ^= random << 17;
      make(packets[b], clients[random % connections], ports[random % connections]);
    }
    struct timespec start, end;
    int passed = 0;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &start);
    for (int b = 0; b < BATCH; b++) passed += forward(packets[b], LENGTH, (uint32_t)done);
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &end);
    if (passed != BATCH) return 1;
    seconds += (end.tv_sec - start.tv_sec) + (end.tv_nsec - start.tv_nsec) * 1e-9;
    done += BATCH;
  }
  printf("%.2f\n", seconds / done * 1e9);
  return 0;
}
