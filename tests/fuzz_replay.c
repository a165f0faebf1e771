/* SPDX-License-Identifier: MIT
 *
 * main() for a fuzz target where there is no libFuzzer: runs it on the files that the command line names, and on all beginnings of
 * each, which are inputs cut off in the middle.
 *
 *     fuzz_NAME [--whole] FILE...
 */
#include <config.h>

#include <stdio.h>
#include <stdlib.h>

#include "fuzz.h"

enum { INPUT_MAX = 1 << 16, CUTS = 64 };

int
main(int argc, char **argv)
{
    bool whole = argc > 1 && strcmp(argv[1], "--whole") == 0;
    char *bytes = malloc(INPUT_MAX);
    unsigned n_runs = 0;

    FUZZ_CHECK(bytes != NULL);
    for (int i = whole ? 2 : 1; i < argc; i++) {
        FILE *file = fopen(argv[i], "rb");
        size_t n, step;

        if (file == NULL) {
            fprintf(stderr, "cannot read '%s'\n", argv[i]);
            free(bytes);
            return 1;
        }
        n = fread(bytes, 1, INPUT_MAX, file);
        fclose(file);
        /* Should it end the process, this is the last line. */
        fprintf(stderr, "%s\n", argv[i]);
        LLVMFuzzerTestOneInput((const uint8_t *)bytes, n);
        n_runs++;
        step = n / CUTS + 1;
        for (size_t cut = 0; cut < n && !whole; cut += step, n_runs++)
            LLVMFuzzerTestOneInput((const uint8_t *)bytes, cut);
    }
    free(bytes);
    printf("%u inputs\n", n_runs);
    return n_runs == 0;
}
