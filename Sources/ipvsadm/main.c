#include <malloc.h>
#include <stddef.h>

// Swift's CommandLine reads the words from /proc, which need not be mounted where rules are set, as in
// an initramfs; C is handed them.
int ipvsadm_run(int count, char *const words[]);

static int word_count;
static char **all_words;

// Where the static runtime asks for the words. Its own function comes with a constructor that looks for
// them in all of /proc/self/maps before main; with this one here the linker takes neither.
char **_swift_stdlib_getUnsafeArgvArgc(int *count) {
  static char *none[] = {NULL};
  *count = word_count;
  return all_words ? all_words : none;
}

// Where the static runtime asks for the program that prints backtraces, before main. Its own function
// aborts where /proc is not mounted, and there is no such program beside this one.
char *swift_copyAuxiliaryExecutablePath(const char *name, const char *folder) {
  (void)name;
  (void)folder;
  return NULL;
}

int main(int count, char *words[]) {
  word_count = count;
  all_words = words;
  // Memory that went back to the system between two batches of changes would have to be fetched again.
  mallopt(M_TRIM_THRESHOLD, 1 << 24);
  mallopt(M_TOP_PAD, 1 << 18);
  return ipvsadm_run(count, words);
}
