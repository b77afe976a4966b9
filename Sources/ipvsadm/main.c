// SPDX-License-Identifier: Apache-2.0

#include <CProgramStart.h>
#include <malloc.h>

int ipvsadm_run(int count, char *const words[]);

int main(int count, char *words[]) {
  program_start(count, words);
  // Keep memory between batches of changes: giving it back and getting it again costs time.
  mallopt(M_TRIM_THRESHOLD, 1 << 24);
  mallopt(M_TOP_PAD, 1 << 18);
  return ipvsadm_run(count, words);
}
