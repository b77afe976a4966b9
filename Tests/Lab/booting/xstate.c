// SPDX-License-Identifier: Apache-2.0

// Preloaded into linux.uml: lets it write the registers of a processor whose extended state is larger
// than the kernel of User-Mode Linux 6.1 has room for.
//
// Linux accepts PTRACE_SETREGSET of NT_X86_XSTATE only for the whole set, which has 11,008 bytes on a
// processor with AMX. UML 6.1 keeps, and writes, its first 2,696: it is refused with EFAULT and dies
// before its first program. Here the caller's bytes are laid over the set that the process has, and the
// whole is written. Where the caller's set is whole already, nothing changes but for one look at its size.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <elf.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/types.h>
#include <sys/uio.h>

typedef long Ptrace(enum __ptrace_request request, ...);

// User-Mode Linux traces from one thread, on stacks that are too small for this.
static unsigned char whole[1 << 16] __attribute__((aligned(64)));

static Ptrace *next_ptrace(void) {
  static Ptrace *next;
  if (!next) next = (Ptrace *)dlsym(RTLD_NEXT, "ptrace");
  return next;
}

// Reads the set of a stopped process into `whole`; the number of its bytes, or 0 with errno.
static size_t read_whole(pid_t process) {
  struct iovec all = {whole, sizeof whole};
  if (next_ptrace()(PTRACE_GETREGSET, process, (void *)NT_X86_XSTATE, &all) != 0) return 0;
  if (all.iov_len == sizeof whole) {
    fprintf(stderr, "xstate: the processor's extended state has no room in %zu bytes\n", sizeof whole);
    abort();
  }
  return all.iov_len;
}

static long write_laid_over(pid_t process, const struct iovec *part) {
  static size_t size;  // the same for all processes, from the machine's start on
  if (size == 0 && (size = read_whole(process)) == 0) return -1;
  if (part->iov_len >= size) {
    return next_ptrace()(PTRACE_SETREGSET, process, (void *)NT_X86_XSTATE, part);
  }
  if (read_whole(process) == 0) return -1;
    memcpy(whole, part->iov_base, part->iov_len);
  struct iovec all = {whole, size};
  return next_ptrace()(PTRACE_SETREGSET, process, (void *)NT_X86_XSTATE, &all);
}

long ptrace(enum __ptrace_request request, ...) {
  va_list arguments;
  va_start(arguments, request);
  pid_t process = va_arg(arguments, pid_t);
  void *address = va_arg(arguments, void *);
  void *data = va_arg(arguments, void *);
  va_end(arguments);
  if (request == PTRACE_SETREGSET && (long)address == NT_X86_XSTATE) {
    return write_laid_over(process, data);
  }
  return next_ptrace()(request, process, address, data);
}
