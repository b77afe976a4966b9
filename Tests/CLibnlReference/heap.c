// SPDX-License-Identifier: Apache-2.0

#include "CLibnlReference.h"

#include <malloc.h>

size_t heap_bytes(void) {
  struct mallinfo2 heap = mallinfo2();
  return heap.uordblks + heap.hblkhd;
}
