/* SPDX-License-Identifier: MIT
 *
 * Values as text: what key=value lines and the cells of CSV have in common.
 */
#ifndef RCK_PAIRS_H
#define RCK_PAIRS_H

#include "request.h"

/* Puts TEXT, which stands at OFFSET, into SLOT, whose type tells what it means: `30`, `true`, `owner`, `{owner, admin}`,
 * `owner,admin`.  Empty text and `-` are absent unless QUOTED.  False once there is nothing more to be read. */
bool pairs_put(struct rck_request *request, uint32_t slot, size_t key_offset, size_t offset, struct str text, bool quoted);

/* Gives TEXT to REQUEST as the value of KEY, which may be any key. */
bool pairs_put_key(struct rck_request *request, struct str key, size_t key_offset, size_t offset, struct str text, bool quoted);

/* A part of a text, for finding those that are the same. */
struct part {
    uint32_t offset;
    uint32_t n;
};

/* Returns the offset of the later of two equal parts of TEXT, or TEXT's length if no two of the N PARTS are equal.  PARTS is
 * reordered; SPARE has room for as many. */
size_t pairs_find_twins(struct str text, struct part *parts, struct part *spare, uint32_t n);

#endif
