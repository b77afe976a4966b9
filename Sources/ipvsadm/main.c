#include <CProgramStart.h>
#include <malloc.h>

int ipvsadm_run(int count, char *const words[]);

int main(int count, char *words[]) {
  program_start(count, words);
  // Memory that went back to the system between two batches of changes would have to be fetched again.
  mallopt(M_TRIM_THRESHOLD, 1 << 24);
  mallopt(M_TOP_PAD, 1 << 18);
  return ipvsadm_run(count, words);
}
