/* SPDX-License-Identifier: MIT
 *
 * Telling two readings of a clause apart: is there a request on which anybody notices that clause C says G' and not G, and which?
 *
 * What can be noticed of a decision is what a row of `cases` says: its result, and the clauses that refuse, or that could not be
 * decided.  Example: of `limit tokens to 30` read as `to 29` it is the request that creates a token while there are 29, which is
 * allowed by the one and denied by the other.  Two readings that are false, unknown and true on the same requests cannot be told
 * apart, and there are others: whether a clause is unknown is not seen where another one denies.
 *
 * A guard is true, unknown or false on a request.  For each pair of these that G and G' can be in, a list of attempts in apart.c
 * says where it is seen (outside of what other clauses deny, say); each attempt is a question of cover.h.  So "never" is a proof, and
 * what is found is a request that anybody can replay.  Attempts whose requests are decided by the clause alone come first, then those
 * that change the result, then those that change the reasons only.
 */
#ifndef RCK_APART_H
#define RCK_APART_H

#include "cover.h"

/* What clause CLAUSE says: its DO, tails and violation as one guard, true where it is violated (or grants). */
struct reading {
    uint32_t clause;
    guard_id guard;
};

/* Nodes of guards that are evaluated for one step of cover.h: a few are no more than a cache miss, and of an 'and' many are passed over. */
enum { APART_NODES_A_STEP = 64 };

enum apart_answer {
    APART_NEVER,      /* every request gets the same result for the same reasons */
    APART_REASONS,    /* every request gets the same result; the witness gets it for other reasons */
    APART_RESULT,     /* the witness gets another result */
    APART_SOMEHOW,    /* the witness gets other reasons; whether any request gets another result was not completed */
    APART_UNFINISHED  /* not completed */
};

/* An analysis of one policy.  Not for more than one thread at a time. */
struct apart {
    struct cover cover;
    const guard_id *wholes; /* by clause: what it says */
    uint32_t limit_rows;    /* boxes that a question may have */
    struct boxes region, next, part; /* of the question in progress */
    struct row_list met;
    uint64_t nodes; /* of guards that were evaluated and are not paid for */
};

/* Returns what CLAUSE of POLICY says as one guard, made of copies. */
guard_id apart_whole(struct rck_policy *policy, const struct clause *clause);

/* Returns the nodes of what the N clauses of READINGS say, and of what they say there. */
uint64_t apart_nodes(const struct rck_policy *policy, const guard_id wholes[], const struct reading readings[], uint32_t n);

/* Prepares an analysis of POLICY, which has been sealed; WHOLES has a guard a clause, EXTRA are the N guards that questions will be
 * about; both stay the caller's.  LIMIT is the number of steps that a question may take, LIMIT_ROWS the number of its boxes.
 * ARENA, SCRATCH and WITNESS as for cover_init(). */
void apart_init(struct apart *apart, struct rck_policy *policy, struct arena *arena, struct arena *scratch, struct rck_request *witness,
                const guard_id wholes[], const guard_id extra[], uint32_t n, uint64_t limit, uint32_t limit_rows);

/* Pays for evaluating guards that have NODES nodes; false if the budget is spent. */
bool apart_pay(struct apart *apart, uint64_t nodes);

/* Pays for evaluating all clauses once on REQUEST, and once more with each of its values changed. */
void apart_pay_values(struct apart *apart, const struct rck_request *request);

/* Looks for a request on which READING is told apart from what its clause says, WITHIN which guard (NONE: anywhere).  The witness is
 * overwritten. */
enum apart_answer apart_find(struct apart *apart, struct reading reading, guard_id within);

/* Looks for a request that puts CLAUSE into STATE, WITHIN which guard; if there is one where it alone decides, such a one. */
enum cover_answer apart_reach(struct apart *apart, uint32_t clause, enum rck_state state, guard_id within);

/* Looks for a request that is denied because nothing grants. */
enum cover_answer apart_by_default(struct apart *apart);

/* ---- what is noticed ---------------------------------------------------------------------------------------------------- */

/* How many enforced clauses a request violates, and so on: all that its result depends on. */
struct tally {
    uint32_t violated, unknown, granted, grant_unknown;
};

/* Counts one enforced clause that is TRUTH, BY times (1 or -1). */
void tally_add(struct tally *tally, const struct clause *clause, enum truth truth, int by);

/* Returns the tally of REQUEST. */
struct tally tally_of(const struct rck_policy *policy, const struct rck_request *request);

enum rck_result tally_result(const struct rck_policy *policy, const struct tally *tally);

/* Returns whether REQUEST, whose tally is TALLY, gets another result or other reasons where the N clauses of READINGS say that. */
bool apart_noticed(const struct rck_policy *policy, const guard_id wholes[], const struct tally *tally, const struct reading readings[],
                   uint32_t n, const struct rck_request *request, enum rck_result *result);

#endif
