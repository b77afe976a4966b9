// SPDX-License-Identifier: Apache-2.0

#include "CProgramStart.h"

#include <stddef.h>

static int word_count;
static char **all_words;

void program_start(int count, char *words[]) {
  word_count = count;
  all_words = words;
}

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
