/* SPDX-License-Identifier: MIT
 *
 * engine/mem.c with arenas whose allocations are each a block of its own, of exactly the size that was asked for.  A test program
 * that lists this file among its sources gets it instead of the library's: every single allocation of a compile can then be made
 * to fail, and a sanitizer sees the first byte behind each.
 */
#include <config.h>

#define BLOCK_MIN ((size_t)1)
#define BLOCK_MAX ((size_t)1)

#include "../engine/mem.c"
