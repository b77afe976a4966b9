// SPDX-License-Identifier: Apache-2.0

// How the programs of this package begin: in C, which is handed the words of the command line. Swift's
// CommandLine reads them from /proc, which need not be mounted where rules are set, as in an initramfs.
#ifndef CPROGRAMSTART_H
#define CPROGRAMSTART_H

// Hands the words to the Swift runtime. To be called first in main.
void program_start(int count, char *words[]);

#endif
