// SPDX-License-Identifier: Apache-2.0

// Writes the first 576 bytes of the extended state of a process that it traces, as a program does whose
// room for that state is too small: the 16 SSE registers, and the header that follows them.
//
// Prints the size of the whole set and what happened. Exit status: 0, the bytes are written and the rest
// is as before; 1, the kernel refused; 2, something else was written; 3, the test itself failed.
#define _GNU_SOURCE
#include <elf.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
  XMM0 = 160,                    // place of the first SSE register
  FEATURES = 512,                // place of XSTATE_BV: which parts of the set are in use
  SHORT = 576,                   // bytes of the legacy area and the header
  UPPER_HALVES = SHORT,          // place of the upper halves of the AVX registers
  SSE_AND_AVX = 1 << 1 | 1 << 2  // of XSTATE_BV
};

static unsigned char before[1 << 16], after[1 << 16];

static void check(int is_right, const char *what) {
  if (is_right) return;
  perror(what);
  exit(3);
}

static size_t transfer(enum __ptrace_request request, pid_t child, void *bytes, size_t size) {
  struct iovec set = {bytes, size};
  return ptrace(request, child, (void *)NT_X86_XSTATE, &set) == 0 ? set.iov_len : 0;
}

int main(void) {
  pid_t child = fork();
  check(child >= 0, "fork");
  if (child == 0) {
    check(ptrace(PTRACE_TRACEME, 0, NULL, NULL) == 0, "PTRACE_TRACEME");
    raise(SIGSTOP);
    _exit(0);
  }
  int status;
  check(waitpid(child, &status, 0) == child && WIFSTOPPED(status), "waitpid");

  size_t size = transfer(PTRACE_GETREGSET, child, before, sizeof before);
  check(size > UPPER_HALVES + 16, "PTRACE_GETREGSET");
  before[FEATURES] |= SSE_AND_AVX;
  memset(before + XMM0, 0x11, 16);
  memset(before + UPPER_HALVES, 0x22, 16);
  check(transfer(PTRACE_SETREGSET, child, before, size), "PTRACE_SETREGSET of the whole");

  memset(before + XMM0, 0x33, 16);
  int is_written = transfer(PTRACE_SETREGSET, child, before, SHORT) > 0;
  int code = errno;
  check(transfer(PTRACE_GETREGSET, child, after, sizeof after) == size, "PTRACE_GETREGSET again");
  kill(child, SIGKILL);

  int is_as_told = memcmp(before, after, size) == 0;
  printf("%zu bytes: %s\n", size, !is_written ? strerror(code) : is_as_told ? "written" : "differ");
  return !is_written ? 1 : is_as_told ? 0 : 2;
}
