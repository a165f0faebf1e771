/* SPDX-License-Identifier: MIT
 *
 * Patterns, whether they match, and strings that they match; see globs.h.
 */
#include <config.h>

#include "globs.h"

#include "symbols.h"

enum { CODE_MAX = 0x10FFFF, NO_CODE = 0x110000 };

/* A pattern that is being compiled. */
struct compiling {
    struct arena *arena;
    struct str text;
    VEC(struct glob_item) items;
    VEC(struct glob_class) classes;
    VEC(struct glob_range) ranges;
};

static enum glob_fault compile_class(struct compiling *to, size_t *i, size_t *at);
static void sort_ranges(struct glob_range *ranges, uint32_t n);
static uint32_t join_ranges(struct glob_range *ranges, uint32_t n);
static void close_class(struct compiling *to, uint32_t first, bool others);
static bool in_class(const struct glob *glob, uint32_t number, uint32_t code);

/* Reads the character at I of TEXT, and moves I behind it; I must be less than text.n. */
static inline uint32_t
take_code(struct str text, size_t *i)
{
    const unsigned char *p = (const unsigned char *)text.p + *i;
    size_t left = text.n - *i;

    *i += 1;
    if (p[0] < 0x80)
        return p[0];
    if (p[0] >= 0xC2 && p[0] < 0xE0 && left >= 2) {
        *i += 1;
        return (p[0] & 0x1Fu) << 6 | (p[1] & 0x3Fu);
    }
    if (p[0] >= 0xE0 && p[0] < 0xF0 && left >= 3) {
        *i += 2;
        return (p[0] & 0x0Fu) << 12 | (p[1] & 0x3Fu) << 6 | (p[2] & 0x3Fu);
    }
    if (p[0] >= 0xF0 && p[0] < 0xF5 && left >= 4) {
        *i += 3;
        return (p[0] & 0x07u) << 18 | (p[1] & 0x3Fu) << 12 | (p[2] & 0x3Fu) << 6 | (p[3] & 0x3Fu);
    }
    return NO_CODE;
}

enum glob_fault
glob_compile(struct glob *glob, struct arena *arena, struct str text, size_t *at)
{
    struct compiling to = { .arena = arena, .text = text };
    size_t i = 0;

    while (i < text.n) {
        size_t begin = i;
        uint32_t code = take_code(text, &i);
        enum glob_fault fault;

        switch (code) {
        case '*':
            if (to.items.n == 0 || to.items.items[to.items.n - 1].kind != GLOB_RUN)
                *vec_push(arena, &to.items) = (struct glob_item){ GLOB_RUN, 0 };
            break;
        case '?':
            *vec_push(arena, &to.items) = (struct glob_item){ GLOB_ONE, 0 };
            break;
        case '[':
            fault = compile_class(&to, &i, at);
            if (fault == GLOB_UNCLOSED)
                *at = begin;
            if (fault != GLOB_FINE)
                return fault;
            break;
        default:
            *vec_push(arena, &to.items) = (struct glob_item){ GLOB_LITERAL, code };
        }
    }
    *glob = (struct glob){
        .items = to.items.items,
        .classes = to.classes.items,
        .ranges = to.ranges.items,
        .n_items = to.items.n,
        .n_classes = to.classes.n,
        .n_ranges = to.ranges.n,
    };
    return GLOB_FINE;
}

/* Compiles what follows '[', from *I on. */
static enum glob_fault
compile_class(struct compiling *to, size_t *i, size_t *at)
{
    struct str text = to->text;
    uint32_t first = to->ranges.n;
    bool others = *i < text.n && text.p[*i] == '!';
    bool after_range = false;
    size_t begin;

    *i += others;
    begin = *i;
    while (*i < text.n && (text.p[*i] != ']' || *i == begin)) {
        struct glob_range range;

        *at = *i;
        range.low = range.high = take_code(text, i);
        if (range.low == '-' && after_range && *i < text.n && text.p[*i] != ']')
            return GLOB_STRAY_DASH;
        after_range = text.n - *i >= 2 && text.p[*i] == '-' && text.p[*i + 1] != ']';
        if (after_range) {
            *i += 1;
            range.high = take_code(text, i);
        }
        if (range.low > range.high)
            return GLOB_RANGE;
        *vec_push(to->arena, &to->ranges) = range;
    }
    if (*i >= text.n)
        return GLOB_UNCLOSED;
    *i += 1;
    close_class(to, first, others);
    return GLOB_FINE;
}

/* Sorts by the lower end, in place: a heap, whose cost no pattern can make worse than n * log n. */
static void
sort_ranges(struct glob_range *ranges, uint32_t n)
{
    for (uint32_t done = n / 2, left = n; left > 1;) {
        struct glob_range sinking;
        uint32_t hole, child;

        /* First each of the upper half sinks into its place; then the greatest goes behind the rest, again and again. */
        if (done != 0) {
            sinking = ranges[hole = --done];
        } else {
            sinking = ranges[--left];
            ranges[left] = ranges[hole = 0];
        }
        while ((child = 2 * hole + 1) < left) {
            child += child + 1 < left && ranges[child + 1].low > ranges[child].low;
            if (ranges[child].low <= sinking.low)
                break;
            ranges[hole] = ranges[child];
            hole = child;
        }
        ranges[hole] = sinking;
    }
}

/* Brings N ranges into order, and joins those that overlap or touch; returns how many remain. */
static uint32_t
join_ranges(struct glob_range *ranges, uint32_t n)
{
    uint32_t kept = 0;

    sort_ranges(ranges, n);
    for (uint32_t k = 0; k < n; k++) {
        if (kept == 0 || ranges[kept - 1].high + 1 < ranges[k].low)
            ranges[kept++] = ranges[k];
        else if (ranges[kept - 1].high < ranges[k].high)
            ranges[kept - 1].high = ranges[k].high;
    }
    return kept;
}

/* Makes a class of the ranges from FIRST on, or of what they leave, and an item of it. */
static void
close_class(struct compiling *to, uint32_t first, bool others)
{
    struct glob_class *class = vec_push(to->arena, &to->classes);

    to->ranges.n = first + join_ranges(to->ranges.items + first, to->ranges.n - first);
    if (others) {
        /* Each range becomes what lies before it; what lies behind the last one is added. */
        uint32_t low = 0, n = first;

        for (uint32_t k = first; k < to->ranges.n; k++) {
            struct glob_range range = to->ranges.items[k];

            if (low < range.low)
                to->ranges.items[n++] = (struct glob_range){ low, range.low - 1 };
            low = range.high + 1;
        }
        to->ranges.n = n;
        if (low <= CODE_MAX)
            *vec_push(to->arena, &to->ranges) = (struct glob_range){ low, CODE_MAX };
    }
    class->first = first;
    class->n = to->ranges.n - first;
    for (uint32_t k = first; k < to->ranges.n; k++)
        for (uint32_t code = to->ranges.items[k].low; code <= to->ranges.items[k].high && code < 0x80; code++)
            class->ascii[code / 64] |= (uint64_t)1 << code % 64;
    *vec_push(to->arena, &to->items) = (struct glob_item){ GLOB_CLASS, to->classes.n - 1 };
}

/* Whether ITEM, which is no run, matches the character CODE. */
static inline bool
accepts(const struct glob *glob, struct glob_item item, uint32_t code)
{
    if (item.kind == GLOB_LITERAL)
        return item.value == code;
    return item.kind == GLOB_ONE || in_class(glob, item.value, code);
}

static bool
in_class(const struct glob *glob, uint32_t number, uint32_t code)
{
    const struct glob_class *class = &glob->classes[number];
    uint32_t low = class->first, high = class->first + class->n;

    if (code < 0x80)
        return (class->ascii[code / 64] >> code % 64 & 1) != 0;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;

        if (glob->ranges[middle].high < code)
            low = middle + 1;
        else
            high = middle;
    }
    return low < class->first + class->n && glob->ranges[low].low <= code;
}

bool
glob_matches(const struct glob *glob, struct str text)
{
    uint32_t item = 0, retry_item = 0; /* behind the last run; 0 while there was none */
    size_t i = 0, retry = 0;           /* where the character behind that run was last tried */

    /* When what follows a run does not match, the run takes one character more.  Runs before the last one need not be tried
     * again: whatever they could take, the last one can. */
    for (;;) {
        if (item < glob->n_items && glob->items[item].kind == GLOB_RUN) {
            retry_item = ++item;
            retry = i;
            if (item == glob->n_items)
                return true;
            continue;
        }
        if (i == text.n)
            break;
        if (item < glob->n_items) {
            size_t next = i;

            if (accepts(glob, glob->items[item], take_code(text, &next))) {
                item++;
                i = next;
                continue;
            }
        }
        if (retry_item == 0)
            return false;
        take_code(text, &retry);
        item = retry_item;
        i = retry;
    }
    return item == glob->n_items;
}

/* ---- strings that patterns match ---------------------------------------------------------------------------------------- */

/* What characters are taken from, the best first: what is easily read and typed, then other writing, then what does not show or
 * combines with its neighbour, then controls.  Noncharacters come last. */
static const struct glob_range preferred[] = {
    { 'a', 'z' },         { 'A', 'Z' },         { '0', '9' },       { '-', '-' },         { '_', '_' },
    { '.', '.' },         { '!', '~' },         { 0xC0, 0x17F },    { 0x3B1, 0x3C9 },     { 0x430, 0x44F },
    { 0x4E00, 0x9FFF },   { 0xAC00, 0xD7A3 },   { ' ', ' ' },       { 0xA1, 0xAC },       { 0xAE, 0x2FF },
    { 0x370, 0x1FFF },    { 0x2010, 0x2027 },   { 0x2030, 0x205E }, { 0x2070, 0xD7FF },   { 0xF900, 0xFDCF },
    { 0x10000, 0x3FFFD }, { 0xA0, 0x10FFFF },   { 1, 0x9F },
};

enum { N_RANKS = N_ELEMENTS(preferred) + 1, SURROGATE_MIN = 0xD800, SURROGATE_MAX = 0xDFFF };

/* A range of characters that all patterns take alike. */
struct piece {
    uint32_t low;
    uint32_t high;
    uint32_t next; /* of the same letter, less preferred; NONE behind the last one */
};

/* All characters that the patterns take alike. */
struct letter {
    uint32_t first;
    uint32_t last;
};

/* A state of all patterns at once: after some texts, what they can be followed by. */
struct state {
    uint32_t n_texts; /* texts found that lead to it; more than 'enough' of them are never needed */
    bool accepted;    /* the wishes hold if the text ends here */
};

/* A text: its last character and the text before that.  Number 0 is the empty text. */
struct node {
    uint32_t state;
    uint32_t before;
    uint32_t code;
};

/* Different vectors of 'n_words' words, numbered in the order in which they came. */
struct vectors {
    uint64_t *words;
    uint32_t *slots; /* hash table of numbers + 1; a power of two of them, more than half of them 0 */
    uint32_t n_slots;
    uint32_t n;
    uint32_t room;
};

/* A pattern with n items has the positions 0 to n: before, between and behind them.  Those where it can be after a text are
 * bits of a vector, in which each wish has words of its own. */
struct solving {
    struct arena *arena;
    const struct glob_wish *wishes;
    uint32_t n_wishes;
    uint32_t n_words;      /* of a vector; at least one */
    uint64_t n_items;      /* of all patterns together */
    uint64_t *runs;        /* the positions before a GLOB_RUN */
    uint64_t *scratch;     /* a vector */
    struct vectors masks;  /* for each letter, the positions before an item that accepts it; runs excepted */
    struct vectors places; /* for each state, the positions */
    VEC(struct glob_range) ranges;
    VEC(struct piece) pieces;
    VEC(struct letter) letters;
    VEC(struct state) states;
    VEC(struct node) nodes;
    struct str *avoided; /* the forbidden texts of which the wishes hold */
    uint32_t n_avoided;
    uint32_t enough; /* texts of one state; see glob_solve() */
    struct str *out;
    uint32_t *n_out;
    uint32_t n_wanted;
    uint64_t *steps;
    uint64_t limit;
};

static bool spend(struct solving *at, uint64_t steps);
static bool avoid_forbidden(struct solving *at, const struct str forbidden[], uint32_t n);
static bool make_letters(struct solving *at);
static void add_border(struct solving *at, uint32_t low, uint32_t high);
static uint32_t rank_of(uint32_t code);
static void make_mask(struct solving *at, uint32_t code);
static bool settle(const struct solving *at, uint64_t *places);
static bool advance(const struct solving *at, const uint64_t *from, const uint64_t *mask, uint64_t *to);
static uint32_t intern(struct solving *at, struct vectors *vectors, const uint64_t *vector);
static uint32_t make_state(struct solving *at);
static bool add_text(struct solving *at, uint32_t state, uint32_t before, uint32_t code);
static struct str spell(struct solving *at, uint32_t node);

/* The words of a wish in a vector. */
static inline uint32_t
words_of(const struct glob_wish *wish)
{
    return wish->glob->n_items / 64 + 1;
}

/* Texts are made in the order of their lengths, and for each state at most 'enough': as many as are wanted and forbidden
 * together.  That leaves out no answer that is needed: what makes an answer of a text makes one of each text of the same
 * state, so 'enough' texts that are no longer stand for it, and without the forbidden ones they are as many as are wanted. */
enum glob_answer
glob_solve(struct arena *arena, const struct glob_wish wishes[], uint32_t n_wishes, const struct str forbidden[],
           uint32_t n_forbidden, uint32_t n_wanted, struct str out[], uint32_t *n_out, uint64_t *steps, uint64_t limit)
{
    struct solving at = {
        .arena = arena,
        .wishes = wishes,
        .n_wishes = n_wishes,
        .out = out,
        .n_out = n_out,
        .n_wanted = n_wanted,
        .steps = steps,
        .limit = limit,
    };

    *n_out = 0;
    for (uint32_t w = 0; w < n_wishes; w++) {
        at.n_words += words_of(&wishes[w]);
        at.n_items += wishes[w].glob->n_items;
    }
    at.n_words += n_wishes == 0;
    at.runs = arena_array(arena, at.n_words, sizeof *at.runs);
    at.scratch = arena_array(arena, at.n_words, sizeof *at.scratch);
    if (!avoid_forbidden(&at, forbidden, n_forbidden) || !make_letters(&at))
        return GLOB_UNFINISHED;

    memset(at.scratch, 0, at.n_words * sizeof *at.scratch);
    for (uint32_t w = 0, word = 0; w < n_wishes; word += words_of(&wishes[w++]))
        at.scratch[word] = 1;
    if (!settle(&at, at.scratch))
        return GLOB_NONE;
    if (!add_text(&at, make_state(&at), 0, 0))
        return *n_out == n_wanted ? GLOB_FOUND : GLOB_UNFINISHED;
    for (uint32_t node = 0; node < at.nodes.n; node++) {
        for (uint32_t k = 0; k < at.letters.n; k++) {
            const uint64_t *from = at.places.words + (size_t)at.nodes.items[node].state * at.n_words;
            uint32_t state;

            if (!spend(&at, at.n_words))
                return GLOB_UNFINISHED;
            if (!advance(&at, from, at.masks.words + (size_t)k * at.n_words, at.scratch))
                continue;
            state = make_state(&at);
            for (uint32_t piece = at.letters.items[k].first; piece != NONE; piece = at.pieces.items[piece].next)
                for (uint32_t code = at.pieces.items[piece].low;
                     code <= at.pieces.items[piece].high && at.states.items[state].n_texts < at.enough; code++)
                    if (!add_text(&at, state, node, code))
                        return *n_out == n_wanted ? GLOB_FOUND : GLOB_UNFINISHED;
        }
    }
    return *n_out != 0 ? GLOB_FOUND : GLOB_NONE;
}

/* Counts STEPS; returns false if the limit leaves no room for them. */
static bool
spend(struct solving *at, uint64_t steps)
{
    if (*at->steps > at->limit || at->limit - *at->steps < steps)
        return false;
    *at->steps += steps;
    return true;
}

/* Keeps those texts that would be found if they were not forbidden.  Returns false if there are no steps left. */
static bool
avoid_forbidden(struct solving *at, const struct str forbidden[], uint32_t n)
{
    at->avoided = arena_array(at->arena, n, sizeof *at->avoided);
    for (uint32_t k = 0; k < n; k++) {
        bool wished = true;

        for (uint32_t w = 0; w < at->n_wishes && wished; w++) {
            if (!spend(at, forbidden[k].n + 1))
                return false;
            wished = glob_matches(at->wishes[w].glob, forbidden[k]) == at->wishes[w].yes;
        }
        if (wished)
            at->avoided[at->n_avoided++] = forbidden[k];
    }
    at->enough = at->n_wanted <= UINT32_MAX - at->n_avoided ? at->n_wanted + at->n_avoided : UINT32_MAX;
    return true;
}

/* Sorts the characters that strings may hold by what the patterns make of them.  Returns false if there are no steps left. */
static bool
make_letters(struct solving *at)
{
    uint32_t *ranks, n = 0;

    /* Where the ranges begin that nothing tells apart. */
    for (uint32_t k = 0; k < N_ELEMENTS(preferred); k++)
        add_border(at, preferred[k].low, preferred[k].high);
    for (uint32_t plane = 0; plane <= CODE_MAX; plane += 0x10000)
        add_border(at, plane + 0xFFFE, plane + 0xFFFF);
    add_border(at, 0xFDD0, 0xFDEF);
    add_border(at, SURROGATE_MIN, SURROGATE_MAX);
    for (uint32_t w = 0, word = 0; w < at->n_wishes; word += words_of(&at->wishes[w++])) {
        const struct glob *glob = at->wishes[w].glob;

        if (!spend(at, (uint64_t)glob->n_items + glob->n_ranges))
            return false;
        for (uint32_t i = 0; i < glob->n_items; i++)
            if (glob->items[i].kind == GLOB_LITERAL)
                add_border(at, glob->items[i].value, glob->items[i].value);
            else if (glob->items[i].kind == GLOB_RUN)
                at->runs[word + i / 64] |= (uint64_t)1 << i % 64;
        for (uint32_t k = 0; k < glob->n_ranges; k++)
            add_border(at, glob->ranges[k].low, glob->ranges[k].high);
    }
    sort_ranges(at->ranges.items, at->ranges.n);

    /* From one border to the next. */
    for (uint32_t k = 0; k + 1 < at->ranges.n; k++) {
        struct glob_range range = { at->ranges.items[k].low, at->ranges.items[k + 1].low - 1 };

        if (range.low != range.high + 1 && range.low != 0
            && ALWAYS(range.low <= CODE_MAX) /* there is one border behind it at most */
            && (range.low < SURROGATE_MIN || range.low > SURROGATE_MAX))
            at->ranges.items[n++] = range;
    }
    at->ranges.n = n;
    ranks = arena_array(at->arena, n, sizeof *ranks);
    for (uint32_t k = 0; k < n; k++)
        ranks[k] = rank_of(at->ranges.items[k].low);

    vec_push(at->arena, &at->pieces);
    for (uint32_t rank = 0; rank < N_RANKS; rank++)
        for (uint32_t k = 0; k < n; k++) {
            uint32_t letter, piece = at->pieces.n;

            if (ranks[k] != rank)
                continue;
            if (!spend(at, at->n_items + at->n_words))
                return false;
            make_mask(at, at->ranges.items[k].low);
            letter = intern(at, &at->masks, at->scratch);
            *vec_push(at->arena, &at->pieces) = (struct piece){ at->ranges.items[k].low, at->ranges.items[k].high, NONE };
            if (letter == at->letters.n)
                *vec_push(at->arena, &at->letters) = (struct letter){ .first = piece };
            else
                at->pieces.items[at->letters.items[letter].last].next = piece;
            at->letters.items[letter].last = piece;
        }
    return true;
}

/* Notes that a range begins at LOW, and one behind HIGH. */
static void
add_border(struct solving *at, uint32_t low, uint32_t high)
{
    *vec_push(at->arena, &at->ranges) = (struct glob_range){ low, low };
    *vec_push(at->arena, &at->ranges) = (struct glob_range){ high + 1, high + 1 };
}

/* Returns where in 'preferred' the character CODE is; noncharacters are behind its end. */
static uint32_t
rank_of(uint32_t code)
{
    uint32_t rank = 0;

    if ((code & 0xFFFE) == 0xFFFE || (code >= 0xFDD0 && code <= 0xFDEF))
        return N_RANKS - 1;
    while (ALWAYS(rank < N_RANKS - 1) && (code < preferred[rank].low || code > preferred[rank].high))
        rank++;
    return rank;
}

/* Fills the scratch vector with the positions where CODE is accepted. */
static void
make_mask(struct solving *at, uint32_t code)
{
    uint64_t *mask = at->scratch;

    memset(mask, 0, at->n_words * sizeof *mask);
    for (uint32_t w = 0; w < at->n_wishes; mask += words_of(&at->wishes[w++])) {
        const struct glob *glob = at->wishes[w].glob;

        for (uint32_t i = 0; i < glob->n_items; i++)
            if (glob->items[i].kind != GLOB_RUN && accepts(glob, glob->items[i], code))
                mask[i / 64] |= (uint64_t)1 << i % 64;
    }
}

/* Adds to PLACES what is reached without a character, and takes away what makes no difference; returns false if the wishes
 * cannot hold, however the text goes on. */
static bool
settle(const struct solving *at, uint64_t *places)
{
    const uint64_t *runs = at->runs;

    for (uint32_t w = 0; w < at->n_wishes; w++) {
        const struct glob_wish *wish = &at->wishes[w];
        uint32_t n = words_of(wish), last = wish->glob->n_items, top = n;
        uint64_t carry = 0, here = 0, any = 0;

        /* A run can be left at once.  Behind a run is no other one. */
        for (uint32_t k = 0; k < n; k++) {
            uint64_t before_run = places[k] & runs[k];

            places[k] |= before_run << 1 | carry;
            carry = before_run >> 63;
            if (before_run != 0) {
                top = k;
                here = before_run;
            }
            any |= places[k];
        }
        /* The last run that was reached can do all that those before it, and what lies between, could do. */
        if (top < n) {
            uint32_t bit = 63 - (uint32_t)__builtin_clzll(here);

            memset(places, 0, top * sizeof *places);
            places[top] &= ~(uint64_t)0 << bit;
            if (!wish->yes && (uint64_t)top * 64 + bit + 1 == last)
                return false;
        }
        if (wish->yes && any == 0)
            return false;
        places += n;
        runs += n;
    }
    return true;
}

/* Sets the vector TO to where FROM leads with the letter of MASK; returns what settle() says of it. */
static bool
advance(const struct solving *at, const uint64_t *from, const uint64_t *mask, uint64_t *to)
{
    uint64_t carry = 0;

    /* The last position of a wish is in no mask, so nothing is carried from one wish to the next. */
    for (uint32_t k = 0; k < at->n_words; k++) {
        uint64_t moved = from[k] & mask[k];

        to[k] = moved << 1 | carry | (from[k] & at->runs[k]);
        carry = moved >> 63;
    }
    return settle(at, to);
}

/* Returns the number of VECTOR, which may be the next one: then it is added. */
static uint32_t
intern(struct solving *at, struct vectors *vectors, const uint64_t *vector)
{
    size_t size = at->n_words * sizeof *vector;
    uint32_t slot;

    if (2 * (uint64_t)vectors->n >= vectors->n_slots) {
        uint32_t n_slots = vectors->n_slots != 0 ? 2 * vectors->n_slots : 64;

        vectors->slots = arena_array(at->arena, n_slots, sizeof *vectors->slots);
        vectors->n_slots = n_slots;
        vectors->words = arena_grow(at->arena, vectors->words, vectors->n, n_slots / 2, size);
        for (uint32_t k = 0; k < vectors->n; k++) {
            slot = (uint32_t)hash_bytes(0, (const char *)(vectors->words + (size_t)k * at->n_words), size) & (n_slots - 1);
            while (vectors->slots[slot] != 0)
                slot = (slot + 1) & (n_slots - 1);
            vectors->slots[slot] = k + 1;
        }
    }
    slot = (uint32_t)hash_bytes(0, (const char *)vector, size) & (vectors->n_slots - 1);
    for (; vectors->slots[slot] != 0; slot = (slot + 1) & (vectors->n_slots - 1))
        if (memcmp(vectors->words + (size_t)(vectors->slots[slot] - 1) * at->n_words, vector, size) == 0)
            return vectors->slots[slot] - 1;
    memcpy(vectors->words + (size_t)vectors->n * at->n_words, vector, size);
    vectors->slots[slot] = ++vectors->n;
    return vectors->n - 1;
}

/* Returns the state whose places are the scratch vector. */
static uint32_t
make_state(struct solving *at)
{
    uint32_t number = intern(at, &at->places, at->scratch);

    if (number == at->states.n) {
        struct state *state = vec_push(at->arena, &at->states);
        const uint64_t *places = at->scratch;

        state->accepted = true;
        for (uint32_t w = 0; w < at->n_wishes; places += words_of(&at->wishes[w++])) {
            uint32_t last = at->wishes[w].glob->n_items;

            if ((places[last / 64] >> last % 64 & 1) != at->wishes[w].yes)
                state->accepted = false;
        }
    }
    return number;
}

/* Adds the text BEFORE and CODE, and hands it out if it is an answer; the empty text comes first.  Returns false if the search
 * is over: there are as many answers as wanted, or no steps left. */
static bool
add_text(struct solving *at, uint32_t state, uint32_t before, uint32_t code)
{
    uint32_t node = at->nodes.n;
    struct str text;

    if (!spend(at, 1))
        return false;
    at->states.items[state].n_texts++;
    *vec_push(at->arena, &at->nodes) = (struct node){ state, before, code };
    if (!at->states.items[state].accepted)
        return true;
    text = spell(at, node);
    if (!spend(at, text.n + at->n_avoided))
        return false;
    for (uint32_t k = 0; k < at->n_avoided; k++)
        if (str_equal(text, at->avoided[k]))
            return true;
    at->out[(*at->n_out)++] = text;
    return *at->n_out < at->n_wanted;
}

/* Bytes of the character CODE. */
static uint32_t
size_of_code(uint32_t code)
{
    return code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
}

/* Returns the text of NODE, with a NUL behind it. */
static struct str
spell(struct solving *at, uint32_t node)
{
    static const unsigned char lead[] = { 0, 0, 0xC0, 0xE0, 0xF0 };
    size_t n = 0;
    char *p;

    for (uint32_t k = node; k != 0; k = at->nodes.items[k].before)
        n += size_of_code(at->nodes.items[k].code);
    p = (char *)arena_alloc(at->arena, n + 1) + n;
    for (uint32_t k = node; k != 0; k = at->nodes.items[k].before) {
        uint32_t code = at->nodes.items[k].code, size = size_of_code(code);

        for (uint32_t byte = size; byte > 1; byte--, code >>= 6)
            *--p = (char)(0x80 | (code & 0x3F));
        *--p = (char)(lead[size] | code);
    }
    return (struct str){ p, n };
}
