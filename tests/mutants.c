/* SPDX-License-Identifier: MIT
 *
 * A part of 'make check-mutants': preloaded into a test program, it changes branches of the library in memory, so that nothing is
 * written or linked for a mutant, and a process is started once for many of them.
 *
 *   RCK_MUTANTS_JUMPS   names a file with the conditional jumps: their addresses in libmutants.so, in hex, one a line, in order
 *   RCK_MUTANTS_IN      names a file with mutants to run the program on, lines 'ADDRESS always' or 'ADDRESS never'.  Without it
 *                       the program runs once as it is, and it is found out which mutants would be of any effect in it
 *   RCK_MUTANTS_OUT     names the file for what came out: 'took MILLISECONDS', of CPU time, and the lines of those that would be of
 *                       effect; or for each mutant its line and how the run ended: 0, an exit status, or 1000 and a signal
 *   RCK_MUTANTS_MS      the CPU time that a run may take
 *   RCK_MUTANTS_COMPARE if set, a run is as good as what it writes: it ends with 0 if its output and its exit status are those of the
 *                       program as it is, and else with 1.  What it reads of standard input it reads in each run
 *
 * Which ones are of effect is seen by a trap in place of each jump: whoever steps on it finds here, by the flags, whether the jump
 * jumps.  'never' is of effect on a jump that jumps once, and 'always' on one that does not.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <link.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <ucontext.h>
#include <unistd.h>

enum {
    TRAP = 0xcc, NOP = 0x90, JMP_SHORT = 0xeb, JMP_NEAR = 0xe9,
    STEPS_MAX = 200,  /* on one trap; a jump that goes one way so often is taken for one that may go both */
    ALWAYS_JUMPS = 1, NEVER_JUMPS = 2,
};

struct jump {
    uint8_t *at;
    uint8_t first;   /* its first byte, where the trap is */
    uint8_t effects; /* of which mutants, ALWAYS_JUMPS | NEVER_JUMPS */
    uint16_t steps;
};

/* In place of that of the C library, which gives the seeds of hashes: what depends on them is the same each time. */
ssize_t getrandom(void *buffer, size_t n, unsigned flags);

ssize_t
getrandom(void *buffer, size_t n, unsigned flags)
{
    (void)flags;
    memset(buffer, 0x5a, n);
    return (ssize_t)n;
}

static struct jump *jumps;
static size_t n_jumps;
static uintptr_t base;

static void
stop(const char *what)
{
    fprintf(stderr, "mutants: %s: %s\n", what, strerror(errno));
    _exit(99);
}

static FILE *
open_of(const char *variable, const char *mode)
{
    FILE *file = fopen(getenv(variable), mode);

    if (file == NULL)
        stop(variable);
    return file;
}

static int
find_base(struct dl_phdr_info *info, size_t size, void *unused)
{
    (void)size;
    (void)unused;
    if (strstr(info->dlpi_name, "libmutants.so") == NULL)
        return 0;
    base = info->dlpi_addr;
    for (int i = 0; i < info->dlpi_phnum; i++) {
        const ElfW(Phdr) *part = &info->dlpi_phdr[i];
        uintptr_t begin = (base + part->p_vaddr) & ~(uintptr_t)4095, end = base + part->p_vaddr + part->p_memsz;

        if (part->p_type == PT_LOAD && (part->p_flags & PF_X) != 0
            && mprotect((void *)begin, end - begin, PROT_READ | PROT_WRITE | PROT_EXEC) != 0)
            stop("mprotect");
    }
    return 1;
}

static void
read_jumps(void)
{
    FILE *file = open_of("RCK_MUTANTS_JUMPS", "r");
    uintptr_t address;

    while (fscanf(file, "%lx", &address) == 1) {
        if (n_jumps % 1024 == 0 && (jumps = realloc(jumps, (n_jumps + 1024) * sizeof(*jumps))) == NULL)
            stop("realloc");
        jumps[n_jumps++] = (struct jump){ .at = (uint8_t *)(base + address), .first = *(uint8_t *)(base + address) };
    }
    fclose(file);
}

static struct jump *
find_jump(uintptr_t address)
{
    size_t low = 0, high = n_jumps;

    while (low < high) {
        size_t middle = (low + high) / 2;

        if ((uintptr_t)jumps[middle].at < address)
            low = middle + 1;
        else
            high = middle;
    }
    return low < n_jumps && (uintptr_t)jumps[low].at == address ? &jumps[low] : NULL;
}

/* A jump has two bytes, 7x and a distance of 8 bits, or six, 0f 8x and one of 32 bits. */
static bool
is_short(const struct jump *jump)
{
    return (jump->first & 0xf0) == 0x70;
}

/* Intel's manual, volume 2, "Jcc": the last four bits tell the condition, the very last one turns it round. */
static bool
jumps_by(unsigned condition, uint64_t flags)
{
    bool cf = flags & 1, pf = flags >> 2 & 1, zf = flags >> 6 & 1, sf = flags >> 7 & 1, of = flags >> 11 & 1;
    bool holds[] = { of, cf, zf, cf || zf, sf, pf, sf != of, zf || sf != of };

    return holds[condition >> 1] != (condition & 1);
}

/* ---- what is of effect -------------------------------------------------------------------------------------------------- */

static void
step(int signal, siginfo_t *info, void *context)
{
    greg_t *registers = ((ucontext_t *)context)->uc_mcontext.gregs;
    struct jump *jump = find_jump((uintptr_t)registers[REG_RIP] - 1);

    (void)signal;
    (void)info;
    if (jump == NULL)
        _exit(98);
    if (jump->at[0] == TRAP) {
        uint8_t condition = (is_short(jump) ? jump->first : jump->at[1]) & 0xf;

        jump->effects |= jumps_by(condition, (uint64_t)registers[REG_EFL]) ? NEVER_JUMPS : ALWAYS_JUMPS;
        if (++jump->steps == STEPS_MAX)
            jump->effects = ALWAYS_JUMPS | NEVER_JUMPS;
        if (jump->effects == (ALWAYS_JUMPS | NEVER_JUMPS)) {
            jump->at[0] = jump->first;
        } else {
            int32_t distance = (int8_t)jump->at[1];

            if (!is_short(jump))
                memcpy(&distance, jump->at + 2, 4);
            registers[REG_RIP] = (greg_t)((uintptr_t)jump->at + (is_short(jump) ? 2 : 6));
            if (jump->effects == NEVER_JUMPS)
                registers[REG_RIP] += distance;
            return;
        }
    }
    registers[REG_RIP] = (greg_t)(uintptr_t)jump->at;
}

static void
set_traps(void)
{
    struct sigaction action = { .sa_sigaction = step, .sa_flags = SA_SIGINFO };

    if (sigaction(SIGTRAP, &action, NULL) != 0)
        stop("sigaction");
    for (size_t i = 0; i < n_jumps; i++)
        jumps[i].at[0] = TRAP;
}

/* ---- runs --------------------------------------------------------------------------------------------------------------- */

static void
mutate(struct jump *jump, bool always)
{
    if (!always)
        memset(jump->at, NOP, is_short(jump) ? 2 : 6);
    else if (is_short(jump))
        jump->at[0] = JMP_SHORT;
    else
        memcpy(jump->at, (uint8_t[]){ NOP, JMP_NEAR }, 2);
}

static void
limit(long ms)
{
    struct itimerval cpu = { .it_value = { ms / 1000, ms % 1000 * 1000 } }, clock = { .it_value = { 30 + ms / 100, 0 } };

    prctl(PR_SET_PDEATHSIG, SIGKILL);
    setrlimit(RLIMIT_AS, &(struct rlimit){ 4ul << 30, 4ul << 30 });
    setrlimit(RLIMIT_CORE, &(struct rlimit){ 0, 0 });
    setrlimit(RLIMIT_FSIZE, &(struct rlimit){ 1 << 24, 1 << 24 });
    setitimer(ITIMER_PROF, &cpu, NULL);
    setitimer(ITIMER_REAL, &clock, NULL); /* for what waits */
}

/* Waits for CHILD; returns how it ended, 0 or what is told of it. */
static int
end_of(pid_t child, struct rusage *usage)
{
    int status;

    while (wait4(child, &status, 0, usage) < 0)
        if (errno != EINTR)
            stop("wait4");
    return WIFEXITED(status) ? WEXITSTATUS(status) : 1000 + WTERMSIG(status);
}

/* ---- what a run writes -------------------------------------------------------------------------------------------------- */

/* The file that is standard output and standard error of all runs, one after the other; -1: what they write is not looked at. */
static int written = -1;

struct said {
    int end;
    char *text;
    size_t n;
};

static void
begin_comparing(void)
{
    char buffer[1 << 16];
    ssize_t n;
    int input;

    if (getenv("RCK_MUTANTS_COMPARE") == NULL)
        return;
    written = memfd_create("written", MFD_CLOEXEC);
    input = memfd_create("input", MFD_CLOEXEC);
    while ((n = read(0, buffer, sizeof buffer)) > 0)
        if (write(input, buffer, (size_t)n) != n)
            stop("write");
    if (written < 0 || dup2(input, 0) < 0)
        stop("dup2");
}

/* Makes a child, which returns 0 and is to run main(). */
static pid_t
begin_run(void)
{
    pid_t child;

    if (written >= 0 && (ftruncate(written, 0) != 0 || lseek(written, 0, SEEK_SET) != 0 || lseek(0, 0, SEEK_SET) != 0))
        stop("lseek");
    child = fork();
    if (child < 0 || (child == 0 && written >= 0 && (dup2(written, 1) < 0 || dup2(written, 2) < 0)))
        stop("fork");
    return child;
}

/* What the run that ended with END said. */
static struct said
said_of(int end)
{
    off_t size = lseek(written, 0, SEEK_END);
    struct said said = { end, malloc((size_t)size + 1), (size_t)size };

    if (size < 0 || said.text == NULL || pread(written, said.text, said.n, 0) != size)
        stop("pread");
    return said;
}

static bool
says_same(const struct said *a, const struct said *b)
{
    return a->end == b->end && a->n == b->n && memcmp(a->text, b->text, a->n) == 0;
}

/* Runs the program as it is, then once more with traps; main() is run in the children. */
static void
find_effects(FILE *out)
{
    struct said first = { 0, NULL, 0 };

    /* Shared with the child that runs. */
    struct jump *shared = mmap(NULL, (n_jumps + 1) * sizeof(*jumps), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

    if (shared == MAP_FAILED)
        stop("mmap");
    jumps = memcpy(shared, jumps, n_jumps * sizeof(*jumps));
    for (int traps = 0; traps <= 1; traps++) {
        struct rusage usage;
        pid_t child;
        int end;

        child = begin_run();
        if (child == 0) {
            if (traps)
                set_traps();
            return;
        }
        end = end_of(child, &usage);
        if (written >= 0) {
            struct said said = said_of(end);

            if (traps && !says_same(&first, &said))
                _exit(96); /* another time it says something else */
            first = said;
        }
        if (end != 0 && (written < 0 || end > 125))
            _exit(end > 255 ? 97 : end);
        if (!traps)
            fprintf(out, "took %ld\n", (usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * 1000
                    + (usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1000);
        fflush(out);
    }
    for (size_t i = 0; i < n_jumps; i++) {
        if (jumps[i].effects & ALWAYS_JUMPS)
            fprintf(out, "%lx always\n", (uintptr_t)jumps[i].at - base);
        if (jumps[i].effects & NEVER_JUMPS)
            fprintf(out, "%lx never\n", (uintptr_t)jumps[i].at - base);
    }
    fclose(out);
    _exit(0);
}

/* In a child that is to run main() on its mutant it returns. */
static void
run_all(FILE *in, FILE *out)
{
    long ms = atol(getenv("RCK_MUTANTS_MS"));
    struct said as_it_is = { 0, NULL, 0 };
    uintptr_t address;
    char which[8];

    if (written >= 0) {
        pid_t child = begin_run();

        if (child == 0) {
            limit(ms);
            return;
        }
        as_it_is = said_of(end_of(child, NULL));
    }

    for (long at = 0; fscanf(in, "%lx %7s", &address, which) == 2; fseek(in, at, SEEK_SET)) {
        struct jump *jump = find_jump(base + address);
        pid_t child;
        int end;

        if (jump == NULL)
            stop("no such jump");
        at = ftell(in); /* where a child's exit() leaves the file is up to it */
        fflush(out);
        child = begin_run();
        if (child == 0) {
            limit(ms);
            mutate(jump, strcmp(which, "always") == 0);
            return;
        }
        end = end_of(child, NULL);
        if (written >= 0) {
            struct said said = said_of(end);

            end = end > 255 ? end : !says_same(&as_it_is, &said);
            free(said.text);
        }
        fprintf(out, "%lx %s %d\n", address, which, end);
    }
    fclose(out);
    _exit(0);
}

static void __attribute__((constructor))
begin(void)
{
    if (getenv("RCK_MUTANTS_JUMPS") == NULL || dl_iterate_phdr(find_base, NULL) == 0)
        return; /* a program that the test starts */
    read_jumps();
    begin_comparing();
    if (getenv("RCK_MUTANTS_IN") != NULL)
        run_all(open_of("RCK_MUTANTS_IN", "r"), open_of("RCK_MUTANTS_OUT", "w"));
    else
        find_effects(open_of("RCK_MUTANTS_OUT", "w"));
}
