/* SPDX-License-Identifier: MIT
 *
 * The numbers that a sentence and a clause say, so that `rulecheck trace` can tell where the two differ.
 */
#ifndef AMOUNTS_H
#define AMOUNTS_H

#include "sentences.h"

/* A number, maybe with a unit. */
struct amount {
    uint64_t micros; /* millionths */
    uint64_t unit;   /* its size in bytes or milliseconds; 0: none */
    bool is_time;
    bool is_loose;   /* 'one': a number or no number */
};

struct amounts {
    struct amount *at;
    size_t n, room;
};

/* Add the numbers of a sentence: digits, and words up to a hundred and round ones; of the text of a clause, where the params of POLICY
 * count with the value in force. */
void amounts_add_sentence(struct amounts *amounts, const struct sentences *sentences, size_t idx);
void amounts_add_clause(struct amounts *amounts, const struct rck_policy *policy, const char *text);

bool amount_equal(struct amount a, struct amount b);

/* Writes A as "30" or "0.5". */
void amount_text(struct amount a, char text[32]);

#endif
