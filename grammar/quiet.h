/* SPDX-License-Identifier: MIT
 *
 * Milder warnings for the code that flex and bison write; included by scan.l and parse.y and by nothing else.
 */
#ifndef RCK_QUIET_H
#define RCK_QUIET_H

#pragma GCC diagnostic ignored "-Wnull-dereference"
#pragma GCC diagnostic ignored "-Wswitch-enum"
#pragma GCC diagnostic ignored "-Wunused-function"
#ifdef __clang__
#pragma GCC diagnostic ignored "-Wunused-but-set-variable"
#pragma GCC diagnostic ignored "-Wunreachable-code"
#endif

#endif
