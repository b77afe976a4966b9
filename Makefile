# SPDX-License-Identifier: Apache-2.0
# ipvsadm for Linux Virtual Server. `make help` lists the targets.

PREFIX ?= /usr/local
DESTDIR ?=
SBIN = $(DESTDIR)$(PREFIX)/sbin
MAN = $(DESTDIR)$(PREFIX)/share/man
SHARE = $(DESTDIR)$(PREFIX)/share/ipvsadm
# Where shells look for completions, by the name of the command; zsh reads all of one file.
BASH_COMPLETIONS = $(DESTDIR)$(PREFIX)/share/bash-completion/completions
ZSH_COMPLETIONS = $(DESTDIR)$(PREFIX)/share/zsh/site-functions
FISH_COMPLETIONS = $(DESTDIR)$(PREFIX)/share/fish/vendor_completions.d

# One file without shared libraries: most of a short run is the loading of libraries, and rules are set
# by many short runs. Names of hosts and services still come from where nsswitch.conf(5) says: glibc
# has files and dns inside, and loads other sources from the glibc that it was built with.
# The file has a fixed address. A static PIE works, if it is linked with `-Xclang-linker -static-pie': that
# takes rcrt1.o, by which the program relocates itself before all else. With the crt1.o of other static programs
# nothing relocates a PIE: it crashes in __libc_setup_tls, where the first of 20,000 addresses is read. But
# their relocation touches 50 more pages, and a short run takes a third longer. The packages of `make deb' are
# PIEs with shared libraries instead (debian/rules).
LINKAGE = -Xswiftc -static-executable
# The last flag lets code ask for types of arrays by a call. By default it asks by name, which is
# shorter, but takes the runtime's demangler: a fifth of the memory that a short run touches.
SWIFT_FLAGS = -c release $(LINKAGE) -Xswiftc -use-ld=lld -Xlinker --gc-sections \
  -Xswiftc -cross-module-optimization $(STARTUP_ORDER) \
  -Xswiftc -Xfrontend -Xswiftc -disable-concrete-type-metadata-mangled-name-accessors \
  --explicit-target-dependency-import-check error
# What short runs touch lies side by side, on half as many pages. Names that are no longer there do no
# harm; `make startup-order` lists them anew.
STARTUP_ORDER = -Xlinker --symbol-ordering-file=Sources/ipvsadm/startup-order \
  -Xlinker --no-warn-symbol-ordering
PROGRAM = .build/release/ipvsadm
ENGINE = .build/release/ipvs-engine
ENGINE_BENCH = .build/release/engine-bench
LINKS = ippfvsadm ipvsadm-save ipvsadm-restore
# What install(1) is told for programs: -s strips them.
STRIP = -s
PAGES = $(notdir $(wildcard man/*.[578]))
EXAMPLES = $(notdir $(wildcard Sources/ipvsadm/examples/*))
# The programs as they are installed, for tests to find through PATH.
STAGE = $(CURDIR)/.build/stage

BUILD_PACKAGES = g++ pkg-config libnl-3-dev libnl-genl-3-dev
DEB_PACKAGES = dpkg-dev debhelper lintian
LAB_PACKAGES = $(shell sed 's/\#.*//' Tests/Lab/packages)
BENCH_PACKAGES = $(shell sed 's/\#.*//' Tests/Bench/packages)

# Recipes call the Swift build, which uses all processors itself.
.NOTPARALLEL:

.PHONY: help deps build run run-kernel test test-unit test-lab test-kernels test-deb fuzz chance check docs \
  bench install uninstall deb clean installed lab-tools bench-tools stage startup-order \
  doctor-page

help:
	@echo 'make deps       installs what the build needs, with apt-get (as root)'
	@echo 'make build      the programs, in $(PROGRAM) and $(ENGINE)'
	@echo 'make run        the rules of "Virtual Server via NAT", with real traffic'
	@echo 'make run-kernel the same in a kernel with IPVS, which is booted where there is none'
	@echo 'make test       all tests, those in a real kernel included'
	@echo 'make test-kernels  the lab on newer kernels; KERNELS=... on some'
	@echo 'make fuzz       the fuzzers of the tests for longer, under AddressSanitizer; TIMES=... as long'
	@echo 'make chance     random tests with SEEDS=4 new seeds, each for LINES=5000 lines; SEED=... repeats one'
	@echo 'make check      format, warnings, floors, no Foundation, manual pages, doc comments'
	@echo 'make docs       the documentation of the libraries, in .build/docs'
	@echo 'make bench      speed, against the ipvsadm of Debian, HAProxy, and floors in C; JOBS=... for some'
	@echo 'make install    into $$DESTDIR$$PREFIX; now $(SBIN)'
	@echo 'make uninstall  takes away what install put there'
	@echo 'make deb        the packages ipvsadm-swift and ipvs-engine for Debian, in $(DEB)'
	@echo 'make test-deb   the packages: built twice, installed, booted, upgraded, and removed'
	@echo 'make clean      takes away what was built'

deps:
	@Tests/Lab/need $(BUILD_PACKAGES)

build: installed
	swift build $(SWIFT_FLAGS) --product ipvsadm
	swift build $(SWIFT_FLAGS) --product ipvs-engine

run: deps stage lab-tools
	@PROGRAMS='$(STAGE)' Tests/Lab/show

run-kernel: deps stage lab-tools
	@PROGRAMS='$(STAGE)' Tests/Lab/show --kernel

test: test-unit test-lab

# Everything that needs no kernel of its own.
test-unit: deps
	swift test --disable-xctest

# The command line and real traffic, in a kernel that has IPVS.
test-lab: deps stage lab-tools
	PROGRAMS='$(STAGE)' Tests/Lab/run
	PROGRAMS='$(STAGE)' Tests/Lab/on-engine
	PROGRAMS='$(STAGE)' Tests/Lab/on-engine --booted Tests/Lab/traffic/test_forwarding.py::TestOnOneSegment
	PROGRAMS='$(STAGE)' Tests/Lab/boot -- Tests/Manual/examples

# What depends on the kernel, on the User-Mode Linux of newer Debian suites; then a file of it on a
# machine that forbids ptrace. All are run, whichever fail.
KERNELS ?= trixie sid

test-kernels: deps stage lab-tools
	@failed=0; for kernel in $(KERNELS); do \
	  LAB_KERNEL=$$kernel PROGRAMS='$(STAGE)' Tests/Lab/run cli differential traffic || failed=1; done; \
	PROGRAMS='$(STAGE)' Tests/Lab/run booting/test_without_ptrace.py || failed=1; \
	LAB_MACHINE=no-ptrace PROGRAMS='$(STAGE)' Tests/Lab/run traffic/test_tutorial.py || failed=1; \
	exit $$failed

# What is fuzzed, TIMES as long as in the tests, and with each access to memory checked. The engine is
# the program itself, among clients that mean harm.
TIMES ?= 10
FUZZERS = Fuzz|CaptureTests|ReplayTests|ReassemblyTests|RecordedWalkTests
SANITIZED = --sanitize=address --scratch-path .build/sanitized

fuzz: deps lab-tools
	swift build $(SANITIZED) --build-tests
	IPVS_TEST_TIMES='$(TIMES)' swift test $(SANITIZED) --skip-build --disable-xctest --filter '$(FUZZERS)'
	LAB_SECONDS=$$((10 * $(TIMES))) ASAN_OPTIONS=quarantine_size_mb=4 \
	  PROGRAMS='$(CURDIR)/.build/sanitized/debug' Tests/Lab/on-engine '$(CURDIR)/Tests/Lab/engine/test_hostility.py'

# `make test` uses the same seeds each time; here are new ones. A case of command lines that fails is
# printed as a row for Tests/Lab/cli/found.py, with its seed.
SEEDS ?= 4
LINES ?= 5000
SEED ?= $(shell shuf -n $(SEEDS) -i 1-999999999)

chance: deps stage lab-tools
	@failed=''; for seed in $(SEED); do \
	  echo "chance: IPVS_TEST_SEED=$$seed"; export IPVS_TEST_SEED=$$seed; \
	  swift test --disable-xctest --filter '$(FUZZERS)' || failed="$$failed $$seed"; \
	  LAB_LINES='$(LINES)' LAB_TIMEOUT=$$((900 + $(LINES))) PROGRAMS='$(STAGE)' \
	    Tests/Lab/run cli/test_chance.py || failed="$$failed $$seed"; \
	done; [ -z "$$failed" ] || { echo "chance: failed with SEED='$${failed# }'" >&2; exit 1; }

check: deps build lab-tools
	swift format lint --strict --recursive Package.swift Sources Tests
	@! grep -rnE 'import Foundation' Sources || { echo 'check: Sources import Foundation' >&2; exit 1; }
	@! ldd $(PROGRAM) $(ENGINE) 2>/dev/null | grep -i foundation || { echo 'check: Foundation is linked' >&2; exit 1; }
	@for program in $(PROGRAM) $(ENGINE); do \
	  ! nm $$program | grep -q 10Foundation || { echo 'check: Foundation is inside' >&2; exit 1; }; done
	@for page in man/*.[578]; do mandoc -T lint -W warning "$$page" || exit 1; done
	@! grep -rL 'SPDX-License-Identifier' --include='*.swift' --include='*.c' --include='*.h' --include='*.py' \
	  --exclude='*Example.swift' Sources Tests | grep . || { echo 'check: no SPDX line' >&2; exit 1; }
	@swift build $(SWIFT_FLAGS) --product doctor-page >/dev/null && .build/release/doctor-page | cmp - $(DOCTOR_PAGE) || \
	  { echo "check: $(DOCTOR_PAGE) is not as 'make doctor-page' makes it" >&2; exit 1; }
	@Tests/Manual/check '$(PROGRAM)'
	@Tests/Manual/check '$(ENGINE)'
	@Tests/Manual/documented
	@Tests/Manual/version
	@echo 'check: all is well'

# The manual page of the doctor's codes, from their table.
DOCTOR_PAGE = man/ipvs-doctor.7

doctor-page: installed
	swift build $(SWIFT_FLAGS) --product doctor-page
	.build/release/doctor-page > .build/doctor-page.7
	mv .build/doctor-page.7 $(DOCTOR_PAGE)

docs: deps
	@Tests/Manual/docs '$(CURDIR)/.build/docs'

bench: deps stage lab-tools bench-tools
	swift build $(SWIFT_FLAGS) --product engine-bench
	PROGRAMS='$(STAGE)' ENGINE_BENCH='$(CURDIR)/$(ENGINE_BENCH)' Tests/Bench/run $(JOBS)

startup-order: installed
	@Tests/Lab/need valgrind python3
	swift build $(SWIFT_FLAGS) --product ipvsadm -Xlinker -Map=.build/startup.map -Xlinker --no-demangle
	Tests/Bench/startup-order $(PROGRAM) .build/startup.map > .build/startup-order
	mv .build/startup-order Sources/ipvsadm/startup-order

install: build
	install -d '$(SBIN)'
	install -m 755 $(STRIP) $(PROGRAM) '$(SBIN)/ipvsadm'
	for link in $(LINKS); do ln -sf ipvsadm '$(SBIN)'/$$link; done
	install -m 755 $(STRIP) $(ENGINE) '$(SBIN)/ipvs-engine'
	install -D -m 644 Sources/ipvsadm/ipvsadm-1.schema.json '$(SHARE)/ipvsadm-1.schema.json'
	for file in $(EXAMPLES); do \
	  install -D -m 644 Sources/ipvsadm/examples/$$file '$(SHARE)/examples/'$$file; done
	for page in $(PAGES); do install -D -m 644 man/$$page "$(MAN)/man$${page##*.}/$$page"; done
	install -d '$(BASH_COMPLETIONS)' '$(ZSH_COMPLETIONS)' '$(FISH_COMPLETIONS)'
	$(PROGRAM) --completion bash > '$(BASH_COMPLETIONS)/ipvsadm'
	$(PROGRAM) --completion zsh > '$(ZSH_COMPLETIONS)/_ipvsadm'
	$(PROGRAM) --completion fish > '$(FISH_COMPLETIONS)/ipvsadm.fish'
	for link in $(LINKS); do ln -sf ipvsadm '$(BASH_COMPLETIONS)'/$$link; \
	  ln -sf ipvsadm.fish '$(FISH_COMPLETIONS)'/$$link.fish; done

uninstall:
	for file in ipvsadm $(LINKS) ipvs-engine; do rm -f '$(SBIN)'/$$file; done
	rm -f '$(SHARE)/ipvsadm-1.schema.json' '$(ZSH_COMPLETIONS)/_ipvsadm'
	for file in $(EXAMPLES); do rm -f '$(SHARE)/examples/'$$file; done
	for name in ipvsadm $(LINKS); do rm -f '$(BASH_COMPLETIONS)'/$$name '$(FISH_COMPLETIONS)'/$$name.fish; done
	for page in $(PAGES); do rm -f "$(MAN)/man$${page##*.}/$$page"; done

# The packages, built from a copy of the sources; DEB=FOLDER elsewhere.
DEB = .build/deb

deb: deps
	@Tests/Lab/need $(DEB_PACKAGES)
	@rm -rf '$(DEB)/source' && mkdir -p '$(DEB)/source'
	@rm -f '$(DEB)'/ipvsadm-swift_* '$(DEB)'/ipvs-engine_*
	tar -c --exclude=./.build --exclude=./.git . | tar -x -C '$(DEB)/source'
	cd '$(DEB)/source' && dpkg-buildpackage --build=binary --no-sign
	rm -rf '$(DEB)/source'
	lintian --fail-on=error,warning '$(DEB)'/*.changes
	@ls '$(DEB)'/*.deb

# In a root of its own, which is made by debootstrap, on the lab's kernel; half an hour.
test-deb: lab-tools
	@Tests/Lab/need $(shell sed 's/\#.*//' Tests/Package/packages)
	$(MAKE) deb
	$(MAKE) deb DEB='$(CURDIR)/.build/deb-again'
	Tests/Package/run '$(DEB)' '.build/deb-again'

stage: build
	@mkdir -p '$(STAGE)'
	@install -m 755 -s $(PROGRAM) '$(STAGE)/ipvsadm'
	@for link in $(LINKS); do ln -sf ipvsadm '$(STAGE)'/$$link; done
	@install -m 755 -s $(ENGINE) '$(STAGE)/ipvs-engine'

clean:
	rm -rf .build

# A build installs nothing: it says what is missing.
installed:
	@pkg-config --exists libnl-genl-3.0 || { \
	  echo "build: libnl is missing; 'make deps' installs it: $(BUILD_PACKAGES)" >&2; exit 1; }

lab-tools:
	@Tests/Lab/need $(LAB_PACKAGES)

bench-tools:
	@Tests/Lab/need $(BENCH_PACKAGES)
