/* SPDX-License-Identifier: MIT
 *
 * SHA-256; see sha256.h.  Plain and small: a policy is digested once.
 */
#include <config.h>

#include "sha256.h"

/* The first 32 bits of the fractional parts of the cube roots of the first 64 primes; FIPS 180-4, 4.2.2. */
static const uint32_t constants[64] = {
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5, 0xd807aa98, 0x12835b01,
    0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174, 0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc,
    0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da, 0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147,
    0x06ca6351, 0x14292967, 0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
    0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070, 0x19a4c116, 0x1e376c08,
    0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3, 0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208,
    0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2,
};

static uint32_t
rotate(uint32_t x, unsigned n)
{
    return x >> n | x << (32 - n);
}

/* Mixes a block of 64 bytes in; FIPS 180-4, 6.2.2. */
static void
mix(uint32_t state[8], const unsigned char *block)
{
    uint32_t w[64], s[8];

    for (unsigned t = 0; t < 16; t++)
        w[t] = (uint32_t)block[4 * t] << 24 | (uint32_t)block[4 * t + 1] << 16 | (uint32_t)block[4 * t + 2] << 8 | block[4 * t + 3];
    for (unsigned t = 16; t < 64; t++) {
        uint32_t a = w[t - 2], b = w[t - 15];

        w[t] = (rotate(a, 17) ^ rotate(a, 19) ^ a >> 10) + w[t - 7] + (rotate(b, 7) ^ rotate(b, 18) ^ b >> 3) + w[t - 16];
    }
    memcpy(s, state, sizeof s);
    for (unsigned t = 0; t < 64; t++) {
        uint32_t e = s[4], a = s[0];
        uint32_t one = s[7] + (rotate(e, 6) ^ rotate(e, 11) ^ rotate(e, 25)) + ((e & s[5]) ^ (~e & s[6])) + constants[t] + w[t];
        uint32_t two = (rotate(a, 2) ^ rotate(a, 13) ^ rotate(a, 22)) + ((a & s[1]) ^ (a & s[2]) ^ (s[1] & s[2]));

        memmove(s + 1, s, 7 * sizeof *s);
        s[4] += one;
        s[0] = one + two;
    }
    for (unsigned i = 0; i < 8; i++)
        state[i] += s[i];
}

void
sha256_begin(struct sha256 *sha)
{
    /* The same of the square roots of the first 8 primes; 5.3.3. */
    static const uint32_t initial[8] = { 0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
                                         0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19 };

    memcpy(sha->state, initial, sizeof initial);
    sha->n = 0;
}

void
sha256_add(struct sha256 *sha, const void *p, size_t n)
{
    const unsigned char *bytes = p;

    while (n != 0) {
        size_t used = (size_t)(sha->n % sizeof sha->block);
        size_t taken = sizeof sha->block - used < n ? sizeof sha->block - used : n;

        memcpy(sha->block + used, bytes, taken);
        sha->n += taken;
        bytes += taken;
        n -= taken;
        if (used + taken == sizeof sha->block)
            mix(sha->state, sha->block);
    }
}

void
sha256_end(struct sha256 *sha, char out[65])
{
    static const unsigned char one = 0x80, zero = 0;
    uint64_t bits = sha->n * 8;
    unsigned char length[8];

    for (unsigned i = 0; i < 8; i++)
        length[i] = (unsigned char)(bits >> (56 - 8 * i));
    sha256_add(sha, &one, 1);
    while (sha->n % sizeof sha->block != 56)
        sha256_add(sha, &zero, 1);
    sha256_add(sha, length, sizeof length);
    for (unsigned i = 0; i < 64; i++)
        out[i] = "0123456789abcdef"[sha->state[i / 8] >> (28 - 4 * (i % 8)) & 15];
    out[64] = '\0';
}
