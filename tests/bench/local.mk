# SPDX-License-Identifier: MIT
#
# The benchmarks; HACKING.md tells how to read them.  The references are compiled by gcc and by clang, whichever are there, always
# with -O2 and nothing of ours.

check_PROGRAMS += %D%/bench
%C%_bench_SOURCES = \
    %D%/bench.c \
    %D%/hand.h \
    %D%/workload.c \
    %D%/workload.h
%C%_bench_CPPFLAGS = $(AM_CPPFLAGS) $(BENCH_CPPFLAGS)
%C%_bench_LDADD = $(bench_hands) librck_all.la
%C%_bench_DEPENDENCIES = $(bench_hands) librck_all.la

bench_hands =
BENCH_CPPFLAGS =
if BENCH_GCC
bench_hands += %D%/hand-gcc.$(OBJEXT)
BENCH_CPPFLAGS += -DBENCH_GCC
endif
if BENCH_CLANG
bench_hands += %D%/hand-clang.$(OBJEXT)
BENCH_CPPFLAGS += -DBENCH_CLANG
endif
bench_reference = -std=c17 -O2 -D_GNU_SOURCE $(BENCH_CPPFLAGS) $(CPPFLAGS) -c -o $@ $(srcdir)/%D%/hand.c

%D%/hand-gcc.$(OBJEXT): %D%/hand.c %D%/hand.h %D%/workload.h
	@$(MKDIR_P) %D%
	$(AM_V_CC)$(BENCH_GCC_PATH) -DHAND=hand_gcc -DHAND_COMPILER='"gcc"' $(bench_reference)
%D%/hand-clang.$(OBJEXT): %D%/hand.c %D%/hand.h %D%/workload.h
	@$(MKDIR_P) %D%
	$(AM_V_CC)$(BENCH_CLANG_PATH) -DHAND=hand_clang -DHAND_COMPILER='"clang"' $(bench_reference)

CLEANFILES += $(bench_hands)
script_tests += %D%/quick.sh
test_files += \
    %D%/convert.js \
    %D%/hand.c \
    %D%/instructions.sh \
    %D%/instructions.txt

# All of it, which takes some minutes, and instructions instead of time, which need no quiet machine.
bench: %D%/bench$(EXEEXT) rulecheck$(EXEEXT)
	@RULECHECK=./rulecheck$(EXEEXT) %D%/bench$(EXEEXT) --seed $${SEED:-0}
bench-count: %D%/bench$(EXEEXT) rulecheck$(EXEEXT)
	@LIBTOOL='$(abs_top_builddir)/libtool' CC='$(CC)' UPDATE="$$UPDATE" \
	    bash $(srcdir)/%D%/instructions.sh %D%/bench$(EXEEXT) ./rulecheck$(EXEEXT)

.PHONY: bench bench-count
