#include <malloc.h>

// Swift's CommandLine reads the words from /proc, which need not be mounted where rules are set, as in
// an initramfs; C is handed them.
int ipvsadm_run(int count, char *const words[]);

int main(int count, char *words[]) {
  // Memory that went back to the system between two batches of changes would have to be fetched again.
  mallopt(M_TRIM_THRESHOLD, 1 << 24);
  mallopt(M_TOP_PAD, 1 << 18);
  return ipvsadm_run(count, words);
}
