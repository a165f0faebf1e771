/* SPDX-License-Identifier: MIT
 *
 * The URL of a message, as its request line has it: split, decoded once, and refused where servers read it in different ways.  What is
 * decided must be what the server does; so whatever one server would take for another path than the next is no path here.
 *
 *     read      "/a/b?q", and "http://HOST/a/b?q" whose host is not looked at
 *     decoded   %41 is 'A', once, in the path and in the query; '+' in the query is a blank
 *     kept      case; an empty segment ("//", or a '/' at the end), which the caller reads in both ways
 *     refused   whatever does not begin with '/', or does so twice; '#'; blanks, control characters and bytes above 0x7E as they are;
 *               in the path ';' and '\', and encoded '/', '\', NUL and other control characters; '.' and '..', encoded or not; bytes
 *               that are no UTF-8 when decoded; a '%' without two digits; what still holds an escape when it is decoded
 */
#ifndef RCK_URL_H
#define RCK_URL_H

#include "base.h"
#include "caps.h"

struct url {
    struct str segments[URL_SEGMENTS_MAX]; /* decoded; none for "/" */
    uint32_t n_segments;
    bool has_empty;   /* one of them is empty */
    struct str query; /* behind the '?', as it stands */
};

struct url_error {
    const char *message; /* static; one line, no full stop */
    const char *help;    /* static, or NULL */
    size_t offset;
};

/* Reads TEXT.  ROOM has as many bytes as TEXT, and gets what segments point to.  False with *ERROR filled. */
bool url_read(struct str text, char *room, struct url *url, struct url_error *error);

/* Takes the next pair from *QUERY, whose end is at ROOM + the size of the query; decodes it into ROOM.  False at the end, or with
 * error->message set. */
bool url_next_pair(struct str query, size_t *at, char *room, struct str *key, struct str *value, struct url_error *error);

#endif
