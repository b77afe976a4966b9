// SPDX-License-Identifier: Apache-2.0

// Preloaded behind xstate.c: makes any processor look as if it had AMX to a program that traces others.
//
// The extended state of a traced process has 11,008 bytes: those that it really has, and zeros. As
// Linux does, a read gives what there is room for, and a write of less than all is refused with EFAULT.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <elf.h>
#include <errno.h>
#include <stdarg.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/types.h>
#include <sys/uio.h>

enum { AMX_SIZE = 11008 };

typedef long Ptrace(enum __ptrace_request request, ...);

static long set_state(Ptrace *next, pid_t process, struct iovec *set) {
  if (set->iov_len < AMX_SIZE) {
    errno = EFAULT;
    return -1;
  }
  // What is beyond the real set is cut off by the kernel.
  return next(PTRACE_SETREGSET, process, (void *)NT_X86_XSTATE, set);
}

static long get_state(Ptrace *next, pid_t process, struct iovec *set) {
  size_t room = set->iov_len < AMX_SIZE ? set->iov_len : AMX_SIZE;
  long result = next(PTRACE_GETREGSET, process, (void *)NT_X86_XSTATE, set);
  if (result == 0 && set->iov_len < room) {
    memset((char *)set->iov_base + set->iov_len, 0, room - set->iov_len);
    set->iov_len = room;
  }
  return result;
}

long ptrace(enum __ptrace_request request, ...) {
  static Ptrace *next;
  if (!next) next = (Ptrace *)dlsym(RTLD_NEXT, "ptrace");
  va_list arguments;
  va_start(arguments, request);
  pid_t process = va_arg(arguments, pid_t);
  void *address = va_arg(arguments, void *);
  void *data = va_arg(arguments, void *);
  va_end(arguments);
  if ((long)address == NT_X86_XSTATE && request == PTRACE_SETREGSET) {
    return set_state(next, process, data);
  }
  if ((long)address == NT_X86_XSTATE && request == PTRACE_GETREGSET) {
    return get_state(next, process, data);
  }
  return next(request, process, address, data);
}
