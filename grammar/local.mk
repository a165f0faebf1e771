# SPDX-License-Identifier: MIT
#
# Policy text to guards.  parse.c, parse.h and scan.c are made from parse.y and scan.l; they go into the tarball, never into git.

librck_all_la_LIBADD = librck_engine.la
librck_all_la_SOURCES = \
    %D%/ast.c \
    %D%/ast.h \
    %D%/cases.c \
    %D%/cell.c \
    %D%/cell.h \
    %D%/clauses.c \
    %D%/codes.c \
    %D%/codes.def \
    %D%/compile.c \
    %D%/compile.h \
    %D%/coverage.c \
    %D%/diag.c \
    %D%/diag.h \
    %D%/diag_write.c \
    %D%/expr.c \
    %D%/files.c \
    %D%/files.h \
    %D%/front.h \
    %D%/generate.c \
    %D%/include.c \
    %D%/lint.c \
    %D%/lint.h \
    %D%/mutants.c \
    %D%/mutants.h \
    %D%/mutate.c \
    %D%/names.c \
    %D%/parse.y \
    %D%/proofs.c \
    %D%/quantities.c \
    %D%/quiet.h \
    %D%/reload.c \
    %D%/routes.c \
    %D%/scan.l \
    %D%/units.c \
    %D%/units.h \
    %D%/unused.c \
    %D%/write.c \
    %D%/write.h

# BUILT_SOURCES covers 'all', 'check' and 'install'; the line below it 'make rulecheck' in a clean tree.  Automake takes it for an
# override if librck_all.la gets flags of its own, so generated code has its milder warnings from quiet.h.
BUILT_SOURCES += %D%/parse.h
%D%/scan.lo: %D%/parse.h
