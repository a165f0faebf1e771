/* SPDX-License-Identifier: MIT
 *
 * SHA-256, for the digest of a policy; no library is needed for so little.
 * Source: FIPS 180-4.
 */
#ifndef RCK_SHA256_H
#define RCK_SHA256_H

#include "base.h"

struct sha256 {
    uint32_t state[8];
    uint64_t n;               /* bytes so far */
    unsigned char block[64];  /* the last n % 64 of them */
};

void sha256_begin(struct sha256 *sha);
void sha256_add(struct sha256 *sha, const void *p, size_t n);

/* Ends it and writes the digest as 64 lower-case hexadecimal digits and a NUL. */
void sha256_end(struct sha256 *sha, char out[65]);

#endif
