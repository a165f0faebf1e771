# SPDX-License-Identifier: MIT
#
# The bottom layer, and the library that is put together from it and grammar/.
#
#   librck_engine.la   engine/ alone: what a program needs that loads compiled tables only
#   librck_all.la      engine/ and grammar/; tests link it, because hidden symbols are visible in it
#   librulecheck.la    librck_all.la and nothing else: what is installed

include_HEADERS += %D%/rulecheck.h

noinst_LTLIBRARIES += librck_engine.la librck_all.la
librck_engine_la_SOURCES = \
    %D%/anchors.c \
    %D%/anchors.h \
    %D%/apart.c \
    %D%/apart.h \
    %D%/base.h \
    %D%/box_index.c \
    %D%/box_index.h \
    %D%/caps.h \
    %D%/class_of.h \
    %D%/classes.c \
    %D%/classes.h \
    %D%/context.c \
    %D%/cover.c \
    %D%/cover.h \
    %D%/cube_text.c \
    %D%/cube_text.h \
    %D%/cubes.c \
    %D%/cubes.h \
    %D%/csv.c \
    %D%/decide.c \
    %D%/dense.c \
    %D%/dense.h \
    %D%/digest.c \
    %D%/explanation.h \
    %D%/globs.c \
    %D%/globs.h \
    %D%/guard.c \
    %D%/guard.h \
    %D%/hashed.c \
    %D%/hashed.h \
    %D%/hashed_build.c \
    %D%/index.c \
    %D%/index.h \
    %D%/json.c \
    %D%/json.h \
    %D%/joint.c \
    %D%/joint.h \
    %D%/linear.c \
    %D%/linear.h \
    %D%/lookup.c \
    %D%/lookup.h \
    %D%/lookup_find.h \
    %D%/mem.c \
    %D%/mem.h \
    %D%/message.c \
    %D%/message.h \
    %D%/message_parts.h \
    %D%/message_read.c \
    %D%/message_told.c \
    %D%/number.c \
    %D%/number.h \
    %D%/pairs.c \
    %D%/pairs.h \
    %D%/place.c \
    %D%/place.h \
    %D%/policy.c \
    %D%/policy.h \
    %D%/realise.c \
    %D%/regions.c \
    %D%/regions.h \
    %D%/request.c \
    %D%/request.h \
    %D%/routes.c \
    %D%/routes.h \
    %D%/rows.c \
    %D%/rows.h \
    %D%/rulecheck.h \
    %D%/saved.c \
    %D%/saved.h \
    %D%/saved_file.c \
    %D%/saved_load.c \
    %D%/sets.c \
    %D%/sets.h \
    %D%/settings.h \
    %D%/sha256.c \
    %D%/sha256.h \
    %D%/slot.c \
    %D%/space.c \
    %D%/space.h \
    %D%/suggest.c \
    %D%/suggest.h \
    %D%/symbols.c \
    %D%/symbols.h \
    %D%/table.c \
    %D%/table.h \
    %D%/table_cell.h \
    %D%/template.c \
    %D%/template.h \
    %D%/times.c \
    %D%/times.h \
    %D%/unite.c \
    %D%/unite.h \
    %D%/url.c \
    %D%/url.h

# -version-info CURRENT:REVISION:AGE, which is not the release's number.  At a release, from top to bottom:
#   any source changed                  R + 1
#   any interface added or changed      C + 1, R = 0, A + 1 (and a new node in the map)
#   any interface removed or broken     C + 1, R = 0, A = 0 (and the node's name becomes RCK_C)
lib_LTLIBRARIES += librulecheck.la
librulecheck_la_SOURCES =
librulecheck_la_LIBADD = librck_all.la
librulecheck_la_LDFLAGS = $(AM_LDFLAGS) -no-undefined -version-info 0:0:0
if HAVE_VSCRIPT
librulecheck_la_LDFLAGS += $(VSCRIPT_LDFLAGS),$(srcdir)/%D%/librulecheck.map
librulecheck_la_DEPENDENCIES = librck_all.la %D%/librulecheck.map
endif
EXTRA_DIST += %D%/librulecheck.map

pkgconfig_DATA += %D%/librulecheck.pc
