# SPDX-License-Identifier: MIT
#
# The command line tool: over the public interface of librulecheck only.
#
# Where the shipped policies are: RCK_RULES_DIR if the program is installed; in a build tree, where configure has made the link
# RCK_UNINSTALLED_RULES beside the program (libtool keeps the real one in .libs), there.  Thus no path of the machine that
# built it gets into an installed program.

bin_PROGRAMS += rulecheck
rulecheck_SOURCES = \
    %D%/amounts.c \
    %D%/amounts.h \
    %D%/batch.c \
    %D%/cmd_check.c \
    %D%/cmd_compile.c \
    %D%/cmd_diff.c \
    %D%/cmd_eval.c \
    %D%/cmd_explain.c \
    %D%/cmd_gen.c \
    %D%/cmd_help.c \
    %D%/cmd_list.c \
    %D%/cmd_prove.c \
    %D%/cmd_route.c \
    %D%/cmd_table.c \
    %D%/cmd_test.c \
    %D%/cmd_trace.c \
    %D%/cmd_who.c \
    %D%/decision.c \
    %D%/facts.c \
    %D%/facts_table.c \
    %D%/har.c \
    %D%/input.c \
    %D%/main.c \
    %D%/options.c \
    %D%/output.c \
    %D%/policy.c \
    %D%/quality.c \
    %D%/regions.c \
    %D%/sarif.c \
    %D%/sentence_edits.c \
    %D%/sentences.c \
    %D%/sentences.h \
    %D%/tool.h
rulecheck_CPPFLAGS = $(AM_CPPFLAGS) \
    -DRCK_RULES_DIR='"$(pkgdatadir)/rules"' \
    -DRCK_UNINSTALLED_RULES='"uninstalled-rules"'
rulecheck_LDADD = librulecheck.la

dist_man_MANS += %D%/librulecheck.3 %D%/rulecheck.1

# bash-completion looks for the command's name, or that with .bash.
if BASH_COMPLETION
dist_bashcompletion_DATA = %D%/rulecheck.bash
else
EXTRA_DIST += %D%/rulecheck.bash
endif
