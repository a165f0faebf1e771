/* SPDX-License-Identifier: MIT
 *
 * One atom for several: 'role has a or role has b' asks the same as 'has a member of {a, b}', and 'action == a or action == b' the
 * same as 'in {a, b}', whatever is given, absent or undeclared.  United they are one column or one set of classes, and the clause
 * one row in place of many.
 */
#ifndef RCK_UNITE_H
#define RCK_UNITE_H

struct rck_policy;

/* Unites, in all clauses of POLICY, the atoms of every 'or' that ask one slot for names.  Cost: linear in the guards. */
void unite_atoms(struct rck_policy *policy);

#endif
