/* SPDX-License-Identifier: MIT
 *
 * Counts what a program of many small tests finds, and prints the first failures.
 */
#ifndef RCK_TESTS_JUDGE_H
#define RCK_TESTS_JUDGE_H

#include <stdbool.h>

/* One test more, which passed if OK.  FORMAT says what was expected. */
void judge(bool ok, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Prints 'N passed, N failed, 0 skipped'; returns what main() is to return. */
int judged(void);

#endif
