// SPDX-License-Identifier: Apache-2.0

#include <CProgramStart.h>

int ipvs_engine_run(int count, char *const words[]);

int main(int count, char *words[]) {
  program_start(count, words);
  return ipvs_engine_run(count, words);
}
