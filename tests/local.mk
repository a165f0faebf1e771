# SPDX-License-Identifier: MIT
#
# A test program is one line in the list that has what it needs, and its source tests/NAME.c; a script is one line in script_tests.
# What they read goes into test_files, by name.
#
# A script says 'N passed, N failed, N skipped' on its last line if it is many tests in one; tests/count.sh adds these up.  Exit
# status 77 is "skipped", with the reason as output.

# With Check.
unit_tests = \
    %D%/unit_diag \
    %D%/unit_digest \
    %D%/unit_forms \
    %D%/unit_json

# With nothing.
plain_tests = \
    %D%/differential \
    %D%/forms

# With jansson.
oracle_tests = \
    %D%/real_data

script_tests = \
    %D%/completion.sh \
    %D%/header.sh \
    %D%/hygiene.sh \
    %D%/install.sh \
    %D%/io.sh \
    %D%/layers.sh \
    %D%/man.sh \
    %D%/sarif.sh \
    %D%/symbols.sh

test_files = \
    %D%/count.sh \
    %D%/cxx.cc \
    %D%/example.c \
    %D%/io-bad.rules \
    %D%/io.rules \
    %D%/io.txt \
    %D%/no-check.sh \
    %D%/no-jansson.sh \
    %D%/stage.sh

check_PROGRAMS += $(plain_tests)
TESTS += $(plain_tests)
if HAVE_CHECK
check_PROGRAMS += $(unit_tests)
TESTS += $(unit_tests)
else
TESTS += %D%/no-check.sh
endif
if HAVE_JANSSON
check_PROGRAMS += $(oracle_tests)
TESTS += $(oracle_tests)
else
TESTS += %D%/no-jansson.sh
endif
dist_check_SCRIPTS += $(script_tests)
TESTS += $(script_tests)
EXTRA_DIST += $(test_files)

# What several test programs share; each is linked with it.
check_LTLIBRARIES = librck_tests.la
librck_tests_la_SOURCES = \
    %D%/naive.c \
    %D%/naive.h \
    %D%/random_policy.c \
    %D%/random_policy.h

LDADD = librck_tests.la librck_all.la $(CHECK_LIBS) $(JANSSON_LIBS)

TEST_EXTENSIONS = .sh
SH_LOG_COMPILER = bash
AM_TESTS_ENVIRONMENT = \
    LC_ALL=C; export LC_ALL; \
    CK_VERBOSITY=normal; export CK_VERBOSITY; \
    top_srcdir='$(abs_top_srcdir)'; export top_srcdir; \
    top_builddir='$(abs_top_builddir)'; export top_builddir; \
    RULECHECK='$(abs_top_builddir)/rulecheck$(EXEEXT)'; export RULECHECK; \
    RCK_DATA="$${RCK_DATA:-$(RCK_DATA_DEFAULT)}"; export RCK_DATA; \
    RCK_SANITIZERS='$(RCK_SANITIZERS)'; export RCK_SANITIZERS; \
    CC='$(CC)'; export CC; \
    CXX='$(CXX)'; export CXX; \
    CFLAGS='$(SANITIZE_FLAGS) $(CFLAGS)'; export CFLAGS; \
    MAKE='$(MAKE)'; export MAKE; \
    NM='$(NM)'; export NM; \
    PKG_CONFIG='$(PKG_CONFIG)'; export PKG_CONFIG;

# distcheck's source tree lies deeper than ours, so it is told where the data is.
AM_DISTCHECK_CONFIGURE_FLAGS = --enable-werror --with-data="$${RCK_DATA:-$(RCK_DATA_DEFAULT)}"

# The rest of the gate.  Each stage is a target of its own, check-STAGE, that leaves its totals in check-full/STAGE.count; a
# further one is a line here and a rule below.  They run one after the other, all of them even if one fails.
check_full_stages = gcc clang sanitizers dist

check-full:
	@rm -rf check-full/*.count; failed=; \
	for stage in $(check_full_stages); do \
	    $(MAKE) -s check-$$stage || failed="$$failed $$stage"; \
	done; \
	test -z "$$failed" || { echo "check-full: failed:$$failed"; exit 1; }

# Stages that build do so from what the tarball would hold: beside an in-tree build no other one can be configured.
check-full-source: all
	@mkdir -p check-full
	@$(MAKE) -s distdir distdir=check-full/source
	@chmod -R a-w check-full/source

stage = MAKE='$(MAKE)' RCK_DATA="$${RCK_DATA:-$(RCK_DATA_DEFAULT)}" bash $(srcdir)/%D%/stage.sh

check-gcc: check-full-source
	+@$(stage) gcc --enable-werror CC=gcc
check-clang: check-full-source
	+@$(stage) clang --enable-werror CC=clang
check-sanitizers: check-full-source
	+@$(stage) sanitizers --enable-werror --enable-sanitizers CC=gcc
check-dist:
	@mkdir -p check-full
	+@$(stage) dist

clean-local:
	-test ! -d check-full || chmod -R u+w check-full
	-rm -rf check-full staged-install

.PHONY: check-full check-full-source check-gcc check-clang check-sanitizers check-dist
