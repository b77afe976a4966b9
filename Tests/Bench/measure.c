// SPDX-License-Identifier: Apache-2.0

// Runs a command again and again and prints what each run cost, one line a run:
//
//   seconds-of-wall seconds-of-user seconds-of-system peak-memory-in-KiB exit-status
//
// usage: measure RUNS INPUT OUTPUT COMMAND [ARGUMENT ...]
//
// INPUT and OUTPUT become the command's standard input and output. It is a small program of its own
// because the peak memory of a process survives exec (getrusage(2), RUSAGE_CHILDREN): a child that an
// interpreter starts would show the interpreter's memory.
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static double seconds(long whole, long part, double unit) { return whole + part * unit; }

static double now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return seconds(t.tv_sec, t.tv_nsec, 1e-9);
}

static void become(const char *input, const char *output, char **command) {
  int in = open(input, O_RDONLY);
  int out = open(output, O_WRONLY | O_CREAT | O_TRUNC, 0600);
  if (in < 0 || out < 0 || dup2(in, 0) < 0 || dup2(out, 1) < 0) _exit(125);
  close(in);
  close(out);
  execvp(command[0], command);
  _exit(127);
}

int main(int count, char **words) {
  if (count < 5) {
    fputs("usage: measure RUNS INPUT OUTPUT COMMAND [ARGUMENT ...]\n", stderr);
    return 2;
  }
  for (int run = atoi(words[1]); run > 0; run--) {
    int status;
    struct rusage cost;
    double start = now();
    pid_t child = vfork();
    if (child == 0) become(words[2], words[3], words + 4);
    if (child < 0 || wait4(child, &status, 0, &cost) != child) {
      perror("measure");
      return 1;
    }
    printf("%.6f %.6f %.6f %ld %d\n", now() - start,
           seconds(cost.ru_utime.tv_sec, cost.ru_utime.tv_usec, 1e-6),
           seconds(cost.ru_stime.tv_sec, cost.ru_stime.tv_usec, 1e-6), cost.ru_maxrss,
           WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status));
  }
  return 0;
}
