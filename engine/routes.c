/* SPDX-License-Identifier: MIT
 *
 * The tree of paths, and the automaton that is made of it; see routes.h.
 */
#include <config.h>

#include "routes.h"

#include "suggest.h"
#include "symbols.h"

/* ---- bytes -------------------------------------------------------------------------------------------------------------- */

static unsigned char
fold(char c)
{
    return (unsigned char)(c >= 'A' && c <= 'Z' ? c + ('a' - 'A') : c);
}

static int
compare_folded(struct str a, struct str b)
{
    for (size_t i = 0; i < a.n && i < b.n; i++)
        if (fold(a.p[i]) != fold(b.p[i]))
            return fold(a.p[i]) < fold(b.p[i]) ? -1 : 1;
    return (a.n > b.n) - (a.n < b.n);
}

int
route_compare(struct str a, struct str b)
{
    int c = compare_folded(a, b);

    return c != 0 ? c : str_compare(a, b);
}

bool
route_same_folded(struct str a, struct str b)
{
    return compare_folded(a, b) == 0;
}

const char *
fact_prefix(enum fact_source source)
{
    static const char *const prefixes[] = { "query.", "header.", "body." };

    return prefixes[source];
}

/* ---- paths of the policy ------------------------------------------------------------------------------------------------ */

/* The segment of PATH that begins behind the '/' at *AT; moves *AT to the next '/', or to the end. */
static struct str
next_segment(struct str path, size_t *at)
{
    size_t begin = *at + 1, end = begin;

    while (end < path.n && path.p[end] != '/')
        end++;
    *at = end;
    return (struct str){ path.p + begin, end - begin };
}

static bool
has_byte(struct str s, const char *bytes)
{
    for (size_t i = 0; i < s.n; i++)
        if ((unsigned char)s.p[i] < 0x20 || s.p[i] == 0x7F || strchr(bytes, s.p[i]) != NULL)
            return true;
    return false;
}

static bool
is_hex_digit(char c)
{
    return memchr("0123456789abcdefABCDEF", c, 22) != NULL;
}

/* True if an escape, %XX, stands in S. */
static bool
has_escape(struct str s)
{
    for (size_t i = 0; i + 2 < s.n; i++)
        if (s.p[i] == '%' && is_hex_digit(s.p[i + 1]) && is_hex_digit(s.p[i + 2]))
            return true;
    return false;
}

static enum path_fault
check_segment(struct str segment, bool last)
{
    bool star = segment.n != 0 && memchr(segment.p, '*', segment.n) != NULL;

    if (segment.n == 0)
        return PATH_EMPTY;
    if (str_equal(segment, STR("*")))
        return PATH_FINE;
    if (str_equal(segment, STR("**")))
        return last ? PATH_FINE : PATH_REST;
    if (star)
        return PATH_STAR;
    if (str_equal(segment, STR(".")) || str_equal(segment, STR("..")))
        return PATH_DOTS;
    if ((segment.n > 1 && segment.p[0] == ':')
        || (segment.n > 2
            && ((segment.p[0] == '{' && segment.p[segment.n - 1] == '}') || (segment.p[0] == '<' && segment.p[segment.n - 1] == '>'))))
        return PATH_BRACES;
    return has_byte(segment, "?#;\\") || has_escape(segment) ? PATH_BYTES : PATH_FINE;
}

enum path_fault
path_check(struct str text, size_t *at, size_t *n)
{
    uint32_t n_segments = 0;

    *at = 0;
    *n = text.n;
    if (text.n == 0 || text.p[0] != '/')
        return PATH_NO_SLASH;
    for (size_t place = 0; place < text.n && text.n != 1;) {
        struct str segment = next_segment(text, &place);
        enum path_fault fault = check_segment(segment, place == text.n);

        *at = (size_t)(segment.p - text.p);
        *n = segment.n;
        if (fault != PATH_FINE)
            return fault;
        if (++n_segments > URL_SEGMENTS_MAX) {
            *at = 0;
            *n = text.n;
            return PATH_LONG;
        }
    }
    return PATH_FINE;
}

/* ---- the tree ------------------------------------------------------------------------------------------------------------ */

/* A beginning of paths. */
struct node {
    struct str name;       /* the literal that leads here */
    uint32_t first_child;  /* reached by a literal; RCK_NONE */
    uint32_t next_sibling; /* in the order of their names */
    uint32_t star;         /* reached by '*'; RCK_NONE */
    uint32_t rest;         /* group of the path that goes on with '**'; RCK_NONE */
    uint32_t end;          /* group of the path that ends here; RCK_NONE */
    uint32_t route;        /* the first one at or below this node */
};

struct building {
    struct routes *routes;
    struct arena *arena; /* of the policy */
    struct arena scratch;
    VEC(struct node) nodes;
    struct symbols *children; /* node and name to node */
    struct symbols *states;   /* list of nodes, and rest, to state */
    VEC(struct str) keys;     /* by state: the list as bytes */
    uint64_t limit;
};

static uint32_t
add_node(struct building *b, struct str name, uint32_t route)
{
    *vec_push(&b->scratch, &b->nodes) = (struct node){
        .name = name,
        .first_child = RCK_NONE,
        .next_sibling = RCK_NONE,
        .star = RCK_NONE,
        .rest = RCK_NONE,
        .end = RCK_NONE,
        .route = route,
    };
    return b->nodes.n - 1;
}

/* The node that NAME, a literal, leads to from NODE; RCK_NONE if there is none. */
static uint32_t
find_child(const struct building *b, uint32_t node, struct str name, struct arena *arena, struct str *key)
{
    char *bytes = arena_alloc(arena, sizeof node + name.n);

    memcpy(bytes, &node, sizeof node);
    memcpy(bytes + sizeof node, name.p, name.n);
    *key = (struct str){ bytes, sizeof node + name.n };
    return symbols_find(b->children, *key);
}

static uint32_t
child_of(struct building *b, uint32_t node, struct str name, uint32_t route)
{
    struct str key;
    uint32_t child = find_child(b, node, name, &b->scratch, &key);

    if (child != SYMBOL_NONE)
        return child;
    child = add_node(b, name, route);
    b->nodes.items[child].next_sibling = b->nodes.items[node].first_child;
    b->nodes.items[node].first_child = child;
    symbols_add(b->children, key, child);
    return child;
}

static uint32_t
star_of(struct building *b, uint32_t node, uint32_t route)
{
    if (b->nodes.items[node].star == RCK_NONE) {
        uint32_t star = add_node(b, STR("*"), route);

        b->nodes.items[node].star = star;
    }
    return b->nodes.items[node].star;
}

/* Puts route IDX at the end of the group that GROUP begins, or begins it. */
static void
add_to_group(struct building *b, uint32_t *group, uint32_t *last, uint32_t idx)
{
    struct route *routes = b->routes->routes.items;

    routes[idx].next = RCK_NONE;
    if (*group == RCK_NONE)
        *group = idx;
    else
        routes[last[*group]].next = idx;
    last[*group] = idx;
}

static void
add_path(struct building *b, uint32_t idx, uint32_t *last)
{
    const struct route *route = &b->routes->routes.items[idx];
    uint32_t node = child_of(b, 0, route->method, idx);

    for (size_t at = 0; at < route->path.n && route->path.n != 1;) {
        struct str segment = next_segment(route->path, &at);

        if (str_equal(segment, STR("**"))) {
            add_to_group(b, &b->nodes.items[node].rest, last, idx);
            return;
        }
        node = str_equal(segment, STR("*")) ? star_of(b, node, idx) : child_of(b, node, segment, idx);
    }
    add_to_group(b, &b->nodes.items[node].end, last, idx);
}

/* ---- the automaton ------------------------------------------------------------------------------------------------------- */

/* A state on its way: nodes by rank, then the rest. */
struct list {
    VEC(uint32_t) items;
    uint32_t rest;
};

static struct list
list_at(const struct building *b, uint32_t state)
{
    struct str key = b->keys.items[state];
    struct list list = { .items = { .n = (uint32_t)(key.n / sizeof(uint32_t)) - 1 } };

    list.items.items = (uint32_t *)(void *)(uintptr_t)key.p; /* keys are copies in an arena, aligned for any object */
    list.rest = list.items.items[list.items.n];
    return list;
}

/* The state that LIST is, which may be new; RCK_NONE for a list of nothing. */
static uint32_t
state_of(struct building *b, struct list *list)
{
    struct routes *routes = b->routes;
    struct route_state state = { .other = RCK_NONE, .group = RCK_NONE, .nearest = list->rest };
    struct str key;
    uint32_t made;

    if (list->items.n == 0 && list->rest == RCK_NONE)
        return RCK_NONE;
    *vec_push(&b->scratch, &list->items) = list->rest;
    key = (struct str){ (const char *)list->items.items, list->items.n * sizeof *list->items.items };
    list->items.n--;
    made = symbols_find(b->states, key);
    if (made != SYMBOL_NONE)
        return made;
    for (uint32_t i = 0; i < list->items.n; i++) {
        const struct node *node = &b->nodes.items[list->items.items[i]];

        if (state.group == RCK_NONE)
            state.group = node->end != RCK_NONE ? node->end : node->rest;
        if (i == 0)
            state.nearest = node->route;
    }
    if (state.group == RCK_NONE)
        state.group = list->rest;
    key = arena_copy(&b->scratch, key);
    *vec_push(&b->scratch, &b->keys) = key;
    *vec_push(b->arena, &routes->states) = state;
    symbols_add(b->states, key, routes->states.n - 1);
    return routes->states.n - 1;
}

/* Where STATE leads by NAME; by any segment that is no literal of it, if NAME is empty. */
static uint32_t
step_of(struct building *b, uint32_t state, struct str name)
{
    struct list from = list_at(b, state), to = { .rest = from.rest };

    for (uint32_t i = 0; i < from.items.n; i++) {
        const struct node *node = &b->nodes.items[from.items.items[i]];
        struct str key;
        uint32_t child = name.n != 0 ? find_child(b, from.items.items[i], name, &b->scratch, &key) : SYMBOL_NONE;

        if (child != SYMBOL_NONE)
            *vec_push(&b->scratch, &to.items) = child;
        if (node->star != RCK_NONE)
            *vec_push(&b->scratch, &to.items) = node->star;
        if (node->rest != RCK_NONE) {
            to.rest = node->rest; /* it takes whatever comes: nothing behind it counts */
            break;
        }
    }
    return state_of(b, &to);
}

static void
sort_names(struct str *names, struct str *spare, uint32_t n)
{
    uint32_t half = n / 2, a = 0, c = half;

    if (n < 2)
        return;
    sort_names(names, spare, half);
    sort_names(names + half, spare, n - half);
    for (uint32_t i = 0; i < n; i++)
        spare[i] = c == n || (a < half && route_compare(names[a], names[c]) <= 0) ? names[a++] : names[c++];
    memcpy(names, spare, n * sizeof *names);
}

/* Makes the edges of STATE: the literals of all its nodes, each once. */
static bool
add_edges(struct building *b, uint32_t state)
{
    struct routes *routes = b->routes;
    struct list list = list_at(b, state);
    VEC(struct str) names = { 0 };
    struct str *spare;
    uint32_t other, first = routes->edges.n;

    for (uint32_t i = 0; i < list.items.n; i++) {
        const struct node *node = &b->nodes.items[list.items.items[i]];

        for (uint32_t child = node->first_child; child != RCK_NONE; child = b->nodes.items[child].next_sibling)
            *vec_push(&b->scratch, &names) = b->nodes.items[child].name;
        if (node->rest != RCK_NONE)
            break;
    }
    spare = arena_array(&b->scratch, (size_t)names.n + 1, sizeof *spare);
    sort_names(names.items, spare, names.n);
    for (uint32_t i = 0; i < names.n; i++) {
        uint32_t to;

        if (i != 0 && str_equal(names.items[i - 1], names.items[i]))
            continue;
        if ((uint64_t)routes->states.n + routes->edges.n >= b->limit)
            return false;
        to = step_of(b, state, names.items[i]);
        *vec_push(b->arena, &routes->edges) = (struct route_edge){ names.items[i], to };
    }
    other = step_of(b, state, STR(""));
    routes->states.items[state].first_edge = first;
    routes->states.items[state].n_edges = routes->edges.n - first;
    routes->states.items[state].other = other;
    return (uint64_t)routes->states.n + routes->edges.n <= b->limit;
}

/* Notes of each route what deciding asks for again and again. */
static void
describe(struct routes *routes)
{
    for (uint32_t i = 0; i < routes->routes.n; i++) {
        struct route *route = &routes->routes.items[i];

        for (uint32_t k = route->condition.first; k < route->condition.first + route->condition.n; k++)
            route->asks_body = route->asks_body
                               || (test_pushes(routes->tests.items[k].kind)
                                   && routes->facts.items[routes->tests.items[k].fact].source == FACT_BODY);
        for (uint32_t k = route->first_with; k < route->first_with + route->n_withs; k++)
            route->asks_body = route->asks_body || routes->facts.items[routes->withs.items[k].fact].source == FACT_BODY;
    }
    for (uint32_t i = 0; i < routes->states.n; i++)
        for (uint32_t r = routes->states.items[i].group; r != RCK_NONE && !routes->routes.items[r].matches; r = routes->routes.items[r].next)
            routes->routes.items[r].matches = true;
}

static bool
build(struct building *b)
{
    struct list begin = { .rest = RCK_NONE };
    uint32_t *last = arena_array(&b->scratch, (size_t)b->routes->routes.n + 1, sizeof *last);

    b->children = symbols_new(&b->scratch, 0);
    b->states = symbols_new(&b->scratch, 0);
    add_node(b, STR(""), 0);
    for (uint32_t i = 0; i < b->routes->routes.n; i++)
        add_path(b, i, last);
    *vec_push(&b->scratch, &begin.items) = 0;
    state_of(b, &begin);
    for (uint32_t state = 0; state < b->routes->states.n; state++)
        if (!add_edges(b, state))
            return false;
    describe(b->routes);
    return true;
}

bool
routes_build(struct routes *routes, struct arena *arena, uint64_t limit)
{
    struct building b = { .routes = routes, .arena = arena, .limit = limit };
    jmp_buf escape, *outer = arena->escape;
    bool fine;

    if (routes->routes.n == 0)
        return true;
    arena_init(&b.scratch, &arena->mem, arena->cap);
    if (setjmp(escape) != 0) {
        arena->failed = arena->failed || b.scratch.failed;
        arena->capped = arena->capped || b.scratch.capped;
        arena_free(&b.scratch);
        arena->escape = outer;
        longjmp(*outer, 1);
    }
    arena->escape = b.scratch.escape = &escape;
    fine = build(&b);
    arena->escape = outer;
    arena_free(&b.scratch);
    return fine;
}

/* ---- walking it ---------------------------------------------------------------------------------------------------------- */

uint32_t
routes_step(const struct routes *routes, uint32_t state, struct str segment, struct str *twin)
{
    const struct route_state *of = &routes->states.items[state];
    const struct route_edge *edges = routes->edges.items + of->first_edge;
    uint32_t lo = 0, hi = of->n_edges;

    *twin = STR("");
    while (lo < hi) {
        uint32_t mid = lo + (hi - lo) / 2;

        if (route_compare(edges[mid].name, segment) < 0)
            lo = mid + 1;
        else
            hi = mid;
    }
    if (lo < of->n_edges && str_equal(edges[lo].name, segment))
        return edges[lo].to;
    /* Those that differ by case alone stand on either side. */
    if (lo < of->n_edges && route_same_folded(edges[lo].name, segment))
        *twin = edges[lo].name;
    else if (lo != 0 && route_same_folded(edges[lo - 1].name, segment))
        *twin = edges[lo - 1].name;
    return of->other;
}

uint32_t
routes_suggest(const struct routes *routes, uint32_t state, struct str segment)
{
    enum { TRIES_MAX = 256 }; /* a request that is refused must not cost more, the more routes there are */
    const struct route_state *of = &routes->states.items[state];
    const struct route_edge *edges = routes->edges.items + of->first_edge;
    struct suggestion suggestion;
    struct str best;

    suggest_begin(&suggestion, segment);
    for (uint32_t i = 0; i < of->n_edges && i < TRIES_MAX; i++)
        suggest_try(&suggestion, edges[i].name);
    best = suggest_found(&suggestion);
    for (uint32_t i = 0; i < of->n_edges && best.n != 0; i++)
        if (str_equal(edges[i].name, best))
            return edges[i].to;
    return RCK_NONE;
}

bool
routes_check_condition(const struct routes *routes, struct condition condition)
{
    uint32_t n = 0;

    if (condition.n == 0)
        return true;
    if (condition.first > routes->tests.n || condition.n > routes->tests.n - condition.first)
        return false;
    for (uint32_t i = condition.first; i < condition.first + condition.n; i++) {
        enum test_kind kind = routes->tests.items[i].kind;
        uint32_t takes = test_pushes(kind) ? 0 : kind == TEST_NOT ? 1 : 2;

        if (n < takes || (takes == 0 && n == CONDITION_STACK_MAX))
            return false;
        n += 1 - takes;
    }
    return n == 1;
}

/* ---- facts ---------------------------------------------------------------------------------------------------------------- */

uint32_t
routes_find_fact(const struct routes *routes, enum fact_source source, struct str name)
{
    uint32_t lo = 0, hi = routes->facts.n;

    while (lo < hi) {
        uint32_t mid = lo + (hi - lo) / 2;
        const struct fact *fact = &routes->facts.items[mid];

        if (fact->source != source ? fact->source < source : str_compare(fact->name, name) < 0)
            lo = mid + 1;
        else
            hi = mid;
    }
    return lo < routes->facts.n && routes->facts.items[lo].source == source && str_equal(routes->facts.items[lo].name, name) ? lo
                                                                                                                             : RCK_NONE;
}
