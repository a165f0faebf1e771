# SPDX-License-Identifier: MIT
#
# A test program is one line in the list that has what it needs, and its source tests/NAME.c; a script is one line in script_tests.
# What they read goes into test_files, by name; a folder goes there as a whole.
#
# A script says 'N passed, N failed, N skipped' on its last line if it is many tests in one; tests/count.sh adds these up.  Exit
# status 77 is "skipped", with the reason as output.

# With Check.
unit_tests = \
    %D%/unit_diag \
    %D%/unit_digest \
    %D%/unit_forms \
    %D%/unit_glob \
    %D%/unit_include \
    %D%/unit_json \
    %D%/unit_limits \
    %D%/unit_mem \
    %D%/unit_number \
    %D%/unit_rows \
    %D%/unit_sets \
    %D%/unit_slot \
    %D%/unit_time \
    %D%/unit_linear

# With nothing.
plain_tests = \
    %D%/api \
    %D%/bombs \
    %D%/corners \
    %D%/cover \
    %D%/cubes \
    %D%/differential \
    %D%/digest \
    %D%/explain \
    %D%/flood \
    %D%/forged \
    %D%/forms \
    %D%/guards \
    %D%/hashed \
    %D%/hostile \
    %D%/limits \
    %D%/lint \
    %D%/messages \
    %D%/oom \
    %D%/places \
    %D%/reload \
    %D%/saved \
    %D%/setters \
    %D%/shapes \
    %D%/steps \
    %D%/texts \
    %D%/verify \
    %D%/worth

# With jansson.
oracle_tests = \
    %D%/authzen \
    %D%/json_oracle \
    %D%/real_data

script_tests = \
    %D%/badinput.sh \
    %D%/completion.sh \
    %D%/diagnostics.sh \
    %D%/docs.sh \
    %D%/engine.sh \
    %D%/fuzz.sh \
    %D%/gen.sh \
    %D%/har.sh \
    %D%/header.sh \
    %D%/hygiene.sh \
    %D%/install.sh \
    %D%/io.sh \
    %D%/jobs.sh \
    %D%/layers.sh \
    %D%/man.sh \
    %D%/regions.sh \
    %D%/rules.sh \
    %D%/sarif.sh \
    %D%/stack.sh \
    %D%/symbols.sh \
    %D%/trace.sh

test_files = \
    %D%/badinput \
    %D%/cedar.mjs \
    %D%/cedar.sh \
    %D%/client.sh \
    %D%/client/client.js \
    %D%/contentstack-http.jsonl \
    %D%/corpora \
    %D%/corpora.sh \
    %D%/count.sh \
    %D%/coverage.mjs \
    %D%/coverage.sh \
    %D%/coverage.txt \
    %D%/cxx.cc \
    %D%/diagnostics \
    %D%/example.c \
    %D%/faults.sh \
    %D%/fuzz_stage.sh \
    %D%/helgrind.supp \
    %D%/io-bad.rules \
    %D%/io.rules \
    %D%/io.txt \
    %D%/mutants.c \
    %D%/mutants.commands \
    %D%/mutants.equivalent \
    %D%/mutants.mjs \
    %D%/mutants.sh \
    %D%/no-check.sh \
    %D%/no-jansson.sh \
    %D%/npm \
    %D%/npm.sh \
    %D%/oracles.sh \
    %D%/platforms.sh \
    %D%/recovery \
    %D%/regions \
    %D%/reliability.sh \
    %D%/sentences \
    %D%/stage.sh \
    %D%/static.accepted \
    %D%/static.sh \
    %D%/threads.sh \
    %D%/trace

# Fuzz targets: tests/fuzz.sh runs them on these files, and 'make check-fuzz' builds them with libFuzzer in place of fuzz_replay.c.
fuzz_targets = \
    %D%/fuzz_forms \
    %D%/fuzz_har \
    %D%/fuzz_http \
    %D%/fuzz_json \
    %D%/fuzz_policy \
    %D%/fuzz_saved \
    %D%/fuzz_text

fuzz_files = \
    %D%/fuzz/forms.dict \
    %D%/fuzz/forms/all.kv \
    %D%/fuzz/forms/broken.csv \
    %D%/fuzz/forms/broken.kv \
    %D%/fuzz/forms/bytes.kv \
    %D%/fuzz/forms/comment.kv \
    %D%/fuzz/forms/delimiters.kv \
    %D%/fuzz/forms/duplicate.kv \
    %D%/fuzz/forms/empty-name.csv \
    %D%/fuzz/forms/lines.csv \
    %D%/fuzz/forms/mark.csv \
    %D%/fuzz/forms/namespace.csv \
    %D%/fuzz/forms/nothing.kv \
    %D%/fuzz/forms/plain.csv \
    %D%/fuzz/forms/quoted.csv \
    %D%/fuzz/forms/quoted.kv \
    %D%/fuzz/forms/range.kv \
    %D%/fuzz/forms/sets.kv \
    %D%/fuzz/forms/shipped.csv \
    %D%/fuzz/forms/shipped.kv \
    %D%/fuzz/forms/twice.csv \
    %D%/fuzz/forms/types.csv \
    %D%/fuzz/forms/types.kv \
    %D%/fuzz/har.dict \
    %D%/fuzz/har/cut.har \
    %D%/fuzz/har/elsewhere.har \
    %D%/fuzz/har/escapes.har \
    %D%/fuzz/har/mark.har \
    %D%/fuzz/har/no-request.har \
    %D%/fuzz/har/number.har \
    %D%/fuzz/har/twice.har \
    %D%/fuzz/har/two.har \
    %D%/fuzz/http.dict \
    %D%/fuzz/http/body \
    %D%/fuzz/http/broken-body \
    %D%/fuzz/http/bytes \
    %D%/fuzz/http/case \
    %D%/fuzz/http/dotted \
    %D%/fuzz/http/empty \
    %D%/fuzz/http/encoded.har.json \
    %D%/fuzz/http/entry.har.json \
    %D%/fuzz/http/escapes \
    %D%/fuzz/http/get \
    %D%/fuzz/http/hidden.json \
    %D%/fuzz/http/host \
    %D%/fuzz/http/kinds \
    %D%/fuzz/http/line.json \
    %D%/fuzz/http/opaque \
    %D%/fuzz/http/text.json \
    %D%/fuzz/http/two \
    %D%/fuzz/http/unknown \
    %D%/fuzz/http/users \
    %D%/fuzz/json.dict \
    %D%/fuzz/json/allow.json \
    %D%/fuzz/json/broken.json \
    %D%/fuzz/json/bytes.json \
    %D%/fuzz/json/deep-array.json \
    %D%/fuzz/json/deep.json \
    %D%/fuzz/json/dotted.json \
    %D%/fuzz/json/duplicate-escape.json \
    %D%/fuzz/json/duplicate.json \
    %D%/fuzz/json/empty-keys.json \
    %D%/fuzz/json/empty.json \
    %D%/fuzz/json/escapes.json \
    %D%/fuzz/json/id-number.json \
    %D%/fuzz/json/ids.json \
    %D%/fuzz/json/ignored.json \
    %D%/fuzz/json/lone-surrogate.json \
    %D%/fuzz/json/many.json \
    %D%/fuzz/json/namespace.json \
    %D%/fuzz/json/nested.json \
    %D%/fuzz/json/numbers-bad.json \
    %D%/fuzz/json/numbers.json \
    %D%/fuzz/json/spaces.json \
    %D%/fuzz/json/top-array.json \
    %D%/fuzz/json/types.json \
    %D%/fuzz/json/undeclared.json \
    %D%/fuzz/policy.dict \
    %D%/fuzz/policy/bad-bytes.rules \
    %D%/fuzz/policy/bad-constant.rules \
    %D%/fuzz/policy/bad-include.rules \
    %D%/fuzz/policy/bad-limits.rules \
    %D%/fuzz/policy/bad-nested.rules \
    %D%/fuzz/policy/bad-no-names.rules \
    %D%/fuzz/policy/bad-optional.rules \
    %D%/fuzz/policy/bad-tokens.rules \
    %D%/fuzz/policy/bad-unproved.rules \
    %D%/fuzz/policy/bad-unsupported.rules \
    %D%/fuzz/policy/bad-wrong.rules \
    %D%/fuzz/policy/include.rules \
    %D%/fuzz/policy/ok-counters.rules \
    %D%/fuzz/policy/ok-everything.rules \
    %D%/fuzz/policy/ok-grants.rules \
    %D%/fuzz/policy/ok-not.rules \
    %D%/fuzz/policy/ok-numbers.rules \
    %D%/fuzz/policy/ok-open.rules \
    %D%/fuzz/policy/ok-prefix.rules \
    %D%/fuzz/policy/ok-quoted.rules \
    %D%/fuzz/policy/ok-small.rules \
    %D%/fuzz/policy/ok-strings.rules \
    %D%/fuzz/policy/ok-times.rules \
    %D%/fuzz/policy/ok-twins.rules \
    %D%/fuzz/policy/ok-units.rules \
    %D%/fuzz/regress/har-nul-behind-number \
    %D%/fuzz/regress/policy-no-declarations.rules \
    %D%/fuzz/regress/policy-open-text.rules \
    %D%/fuzz/text.dict \
    %D%/fuzz/text/absent.txt \
    %D%/fuzz/text/allow.txt \
    %D%/fuzz/text/broken-sets.txt \
    %D%/fuzz/text/bytes.txt \
    %D%/fuzz/text/delimiters.txt \
    %D%/fuzz/text/duplicate.txt \
    %D%/fuzz/text/empty-sets.txt \
    %D%/fuzz/text/ignored.txt \
    %D%/fuzz/text/namespace.txt \
    %D%/fuzz/text/nothing.txt \
    %D%/fuzz/text/quoted.txt \
    %D%/fuzz/text/range.txt \
    %D%/fuzz/text/sets.txt \
    %D%/fuzz/text/types.txt

include tests/bench/local.mk

check_PROGRAMS += $(plain_tests) $(fuzz_targets)
TESTS += $(plain_tests)
if HAVE_CHECK
check_PROGRAMS += $(unit_tests)
TESTS += $(unit_tests)
else
TESTS += %D%/no-check.sh
endif
if HAVE_JANSSON
check_PROGRAMS += $(oracle_tests) %D%/client/server
TESTS += $(oracle_tests)
oracle_built = tests/json_oracle$(EXEEXT)
client_built = %D%/client/server$(EXEEXT)
else
TESTS += %D%/no-jansson.sh
endif
dist_check_SCRIPTS += $(script_tests)
TESTS += $(script_tests)
EXTRA_DIST += $(test_files) $(fuzz_files)

# Folders with the names of scripts: make would write them from those, by the rule '.sh:'.
%D%/badinput %D%/corpora %D%/diagnostics %D%/npm %D%/regions %D%/trace:
	@:

# What several test programs share; each is linked with it.
check_LTLIBRARIES = librck_tests.la
librck_tests_la_SOURCES = \
    %D%/counting.c \
    %D%/counting.h \
    %D%/fuzz.c \
    %D%/fuzz.h \
    %D%/judge.c \
    %D%/judge.h \
    %D%/naive.c \
    %D%/naive.h \
    %D%/naive_values.c \
    %D%/naive_values.h \
    %D%/anew.h \
    %D%/random_parts.h \
    %D%/random_policy.c \
    %D%/random_policy.h \
    %D%/random_request.c \
    %D%/random_trivial.c \
    %D%/random_vocabulary.c \
    %D%/saved_bytes.c \
    %D%/saved_bytes.h \
    %D%/shrink.c \
    %D%/shrink.h \
    %D%/small_scope.c \
    %D%/small_scope.h \
    %D%/text.c \
    %D%/text.h \
    %D%/tree.c \
    %D%/tree.h

# With arenas whose every allocation is a block of its own.
%C%_oom_SOURCES = %D%/oom.c %D%/exact_mem.c
%C%_fuzz_forms_SOURCES = %D%/fuzz_forms.c %D%/exact_mem.c
%C%_fuzz_har_SOURCES = %D%/fuzz_har.c tools/har.c
%C%_fuzz_http_SOURCES = %D%/fuzz_http.c %D%/exact_mem.c
%C%_fuzz_json_SOURCES = %D%/fuzz_json.c %D%/exact_mem.c
%C%_fuzz_policy_SOURCES = %D%/fuzz_policy.c %D%/exact_mem.c
%C%_fuzz_saved_SOURCES = %D%/fuzz_saved.c %D%/exact_mem.c
%C%_fuzz_text_SOURCES = %D%/fuzz_text.c %D%/exact_mem.c

# FUZZ_MAIN brings main(): '-fsanitize=fuzzer' in its place makes fuzzers.  No file is called so, hence the dependencies.
FUZZ_MAIN = librck_replay.la
check_LTLIBRARIES += librck_replay.la
librck_replay_la_SOURCES = %D%/fuzz_replay.c
%C%_fuzz_forms_LDADD = $(FUZZ_MAIN) $(LDADD)
%C%_fuzz_har_LDADD = $(FUZZ_MAIN) $(LDADD)
%C%_fuzz_http_LDADD = $(FUZZ_MAIN) $(LDADD)
%C%_fuzz_json_LDADD = $(FUZZ_MAIN) $(LDADD)
%C%_fuzz_policy_LDADD = $(FUZZ_MAIN) $(LDADD)
%C%_fuzz_saved_LDADD = $(FUZZ_MAIN) $(LDADD)
%C%_fuzz_text_LDADD = $(FUZZ_MAIN) $(LDADD)
%C%_fuzz_forms_DEPENDENCIES = librck_replay.la librck_tests.la librck_all.la
%C%_fuzz_har_DEPENDENCIES = librck_replay.la librck_tests.la librck_all.la
%C%_fuzz_http_DEPENDENCIES = librck_replay.la librck_tests.la librck_all.la
%C%_fuzz_json_DEPENDENCIES = librck_replay.la librck_tests.la librck_all.la
%C%_fuzz_policy_DEPENDENCIES = librck_replay.la librck_tests.la librck_all.la
%C%_fuzz_saved_DEPENDENCIES = librck_replay.la librck_tests.la librck_all.la
%C%_fuzz_text_DEPENDENCIES = librck_replay.la librck_tests.la librck_all.la

# With engine/ alone.
check_PROGRAMS += %D%/engine_only
%C%_engine_only_LDADD = librck_engine.la

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
# further one is a line here and a rule below.  They run one after the other, all of them even if one fails.  'dist' is the one of
# clang: 'make distcheck' builds with it, every warning an error, and runs all tests; './autogen.sh full' did so with gcc.
check_full_stages = sanitizers fuzz corpora oracles cedar client threads faults static platforms coverage mutants dist

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

check-sanitizers: check-full-source
	+@$(stage) sanitizers --enable-werror --enable-sanitizers CC=gcc
check-fuzz: check-full-source
	+@$(run_stage) fuzz --run bash $(srcdir)/%D%/fuzz_stage.sh

# Stages that run what is built here; tests/NAME.sh tells what each does.
run_stage = $(AM_TESTS_ENVIRONMENT) MAKE='$(MAKE)' bash $(srcdir)/%D%/stage.sh
check-corpora: all
	@mkdir -p check-full
	@$(MAKE) -s tests/hostile$(EXEEXT) $(oracle_built)
	+@$(run_stage) corpora --run bash $(srcdir)/%D%/corpora.sh
check-oracles: all
	@mkdir -p check-full
	@$(MAKE) -s tests/differential$(EXEEXT)
	+@$(run_stage) oracles --run bash $(srcdir)/%D%/oracles.sh
check-threads: all check-full-source
	@$(MAKE) -s tests/reload$(EXEEXT)
	+@$(run_stage) threads --run bash $(srcdir)/%D%/threads.sh
check-faults: all
	@mkdir -p check-full
	+@$(run_stage) faults --run bash $(srcdir)/%D%/faults.sh
check-static: all
	@mkdir -p check-full
	+@$(run_stage) static --run bash $(srcdir)/%D%/static.sh
check-platforms: check-full-source
	+@$(run_stage) platforms --run bash $(srcdir)/%D%/platforms.sh
check-coverage: check-full-source
	+@$(run_stage) coverage --run bash $(srcdir)/%D%/coverage.sh
check-mutants: check-full-source
	+@$(run_stage) mutants --run bash $(srcdir)/%D%/mutants.sh
check-cedar: all
	@mkdir -p check-full
	+@$(run_stage) cedar --run bash $(srcdir)/%D%/cedar.sh
check-client: all
	@mkdir -p check-full
	@test -z '$(client_built)' || $(MAKE) -s $(client_built)
	+@$(run_stage) client --run bash $(srcdir)/%D%/client.sh
check-dist:
	@mkdir -p check-full
	+@$(stage) dist

# What the stages said goes into RELIABILITY.md.
reliability:
	@$(AM_TESTS_ENVIRONMENT) bash $(srcdir)/%D%/reliability.sh

clean-local:
	-test ! -d check-full || chmod -R u+w check-full
	-rm -rf check-full staged-install

.PHONY: check-full check-full-source reliability check-sanitizers check-fuzz check-corpora check-oracles check-cedar check-client check-threads check-faults check-static check-coverage check-mutants check-platforms check-dist
