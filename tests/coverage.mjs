// SPDX-License-Identifier: MIT
//
// The second half of the stage 'coverage': reads what clang-19 counted and judges it.
//
//   coverage.mjs DIR RATCHET PASSED FAILED SKIPPED
//
// DIR has source/, counts.json of llvm-cov, and grammar.output of bison; coverage.sh makes it.  RATCHET is tests/coverage.txt: for each
// file how many sides of its branches no test takes, and for a file of the core how many conditions are not shown to decide alone.  More
// than that fails, but for two sides of chance; UPDATE=1 writes it anew.  DIR/missed.txt gets all of them, with their places.
//
// A branch is a condition, alone or an operand, or a case of a switch; each has two sides.  What stands in a macro or in an inline
// function counts once, where it is written.  Not counted are constants, and lines with ALWAYS() or NEVER(), which say of themselves what cannot
// happen; and lines that say why, in a comment of their own above them or behind them:
//
//   /* unreached: REASON */   no test can take it; the stage fails if one does after all
//   /* by chance: REASON */   it depends on a hash or on what threads do

import { existsSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';

const [dir, ratchetFile, ...counts] = process.argv.slice(2);
let [passed, failed, skipped] = counts.map(Number);
const root = `${dir}/source/`;
const core = /^engine\/(decide|dense|place|hashed|guard|classes|table)\.c$|^engine\/(class_of|hashed|table_cell)\.h$/;
const excuse = /\/\* (unreached|by chance): (.*?) *(\*\/|$)/;
const sources = new Map(); // path -> { lines, origins: for each line, [path, line] of what was written by hand, or undefined }

function fail(message) {
    console.log(`FAILED: ${message}`);
    failed++;
}

function source(path) {
    if (!sources.has(path)) {
        const lines = readFileSync(root + path, 'utf8').split('\n');
        const origins = [];
        let at = /\/(parse|scan)\.c$/.test(path) ? undefined : [path, 1];
        for (const line of lines) {
            const jump = line.match(/^#line ([0-9]+) "(.*)"/);
            if (jump) {
                origins.push(undefined);
                at = /\.[yl]$/.test(jump[2]) ? [`grammar/${jump[2].replace(/.*\//, '')}`, Number(jump[1])] : undefined;
            } else {
                origins.push(at);
                at &&= [at[0], at[1] + 1];
            }
        }
        sources.set(path, { lines, origins });
    }
    return sources.get(path);
}

// What a line says of itself, or the comment above it.
function excuseOf(path, line) {
    const { lines } = source(path);
    for (let i = line; i > 0; i--) {
        const text = lines[i - 1];
        const found = text.match(excuse);
        if (found && (i === line || /^\s*\/\*/.test(text)))
            return { kind: found[1], reason: found[2], key: `${path}:${i}` };
        if (i < line && (!/^\s*(\/\*|\*)/.test(text) || /^\s*\/\*.*\*\//.test(text)))
            return undefined;
        if (i === line && /\b(ALWAYS|NEVER)\(/.test(text))
            return { kind: 'asserted', key: `${path}:${i}` };
    }
    return undefined;
}

function textOf(path, [line, column, endLine, endColumn]) {
    const lines = source(path).lines.slice(line - 1, endLine);
    lines[lines.length - 1] = lines.at(-1).slice(0, endColumn - 1);
    lines[0] = lines[0].slice(column - 1);
    return lines.map((text) => text.trim()).join(' ');
}

// ---- what was counted ----------------------------------------------------------------------------------------------------

const branches = new Map(); // place -> { path, at, sides: [true, false] }
const decisions = new Map(); // place -> { path, at, shown: [...] }
for (const f of JSON.parse(readFileSync(`${dir}/counts.json`)).data[0].functions) {
    const paths = f.filenames.map((name) => name.match(/\/(?:source|build)\/((?:engine|grammar)\/[^/]*)$/)?.[1]);
    for (const [l, c, el, ec, yes, no, file] of f.branches) {
        const key = `${paths[file]}:${l}:${c}:${el}:${ec}`;
        if (!branches.has(key))
            branches.set(key, { path: paths[file], at: [l, c, el, ec], sides: [0, 0] });
        const { sides } = branches.get(key);
        sides[0] += yes;
        sides[1] += no;
    }
    for (const [l, c, el, ec, file, , shown] of f.mcdc_records) {
        const key = `${paths[file]}:${l}:${c}:${el}:${ec}`;
        if (!decisions.has(key))
            decisions.set(key, { path: paths[file], at: [l, c, el, ec], shown: shown.map(() => false) });
        decisions.get(key).shown.forEach((was, i, all) => (all[i] = was || shown[i]));
    }
}

const files = new Map(); // path -> { all, missed, conditions, notShown }
const missed = [];
const excuses = new Map(); // place -> { kind, reason, used }
function file(path) {
    if (!files.has(path))
        files.set(path, { all: 0, missed: 0, conditions: 0, notShown: 0 });
    return files.get(path);
}
for (const path of ['engine', 'grammar'].flatMap((folder) => readdirSync(root + folder).map((name) => `${folder}/${name}`)))
    if (/\.[chly]$/.test(path) && !/\/(parse\.[ch]|scan\.c)$/.test(path))
        source(path).lines.forEach((text, i) => {
            const found = text.match(excuse);
            if (found)
                excuses.set(`${path}:${i + 1}`, { kind: found[1], reason: found[2], used: false });
        });

// Whether PATH says of the line why; notes that it is used if so.
function isExcused(path, line, isMissed) {
    const found = excuseOf(path, line);
    if (found && isMissed && excuses.has(found.key))
        excuses.get(found.key).used = true;
    return found !== undefined;
}

const reductions = new Map(); // number -> times
const scanned = new Map(); // number -> { times, line }
for (const { path, at, sides } of branches.values()) {
    if (path === undefined)
        continue;
    const text = source(path).lines[at[0] - 1];
    let found;
    if (path === 'grammar/parse.c' && (found = text.match(/^ +case ([0-9]+): break; \/\* a reduction \*\/$/)))
        reductions.set(found[1] - 1, sides[0]);
    const rule = path === 'grammar/scan.c' && text.match(/^case (?:([0-9]+)|YY_STATE_EOF\(INITIAL\)):$/);
    if (rule)
        for (let i = at[0] + 1; i < at[0] + 6; i++)
            if (source(path).origins[i]?.[0] === 'grammar/scan.l') {
                scanned.set(rule[1] ?? 'end', { times: sides[0], line: source(path).origins[i][1] });
                break;
            }
    const origin = source(path).origins[at[0] - 1];
    // A switch over an enumeration without default: has one all the same, which no value takes.
    const implied = /\bswitch \($/.test(text.slice(0, at[1] - 1));
    // What flex adds for what no rule takes stands at an empty line.
    if (origin === undefined || implied || source(origin[0]).lines[origin[1] - 1] === '' || /^(0|1|true|false)$/.test(textOf(path, at)))
        continue;
    const never = sides.map((times, i) => [times, i === 0 ? 'true' : 'false']).filter(([times]) => times === 0).map(([, side]) => side);
    if (isExcused(...origin, never.length > 0))
        continue;
    file(origin[0]).all += 2;
    file(origin[0]).missed += never.length;
    if (never.length > 0)
        missed.push([origin, at[1], `never ${never.join(' or ')}: ${textOf(path, at)}`]);
}
for (const { path, at, shown } of decisions.values()) {
    if (path === undefined || !core.test(path))
        continue;
    const not = shown.flatMap((is, i) => (is ? [] : [i + 1]));
    let excused = false;
    for (let line = at[0]; line <= at[2]; line++)
        excused = isExcused(path, line, not.length > 0) || excused;
    if (excused)
        continue;
    file(path).conditions += shown.length;
    file(path).notShown += not.length;
    if (not.length > 0)
        missed.push([[path, at[0]], at[1], `condition ${not.join(', ')} not shown to decide alone: ${textOf(path, at)}`]);
}

// ---- the verdict ---------------------------------------------------------------------------------------------------------

missed.sort(([[a, i], c], [[b, k], d]) => (a < b ? -1 : a > b ? 1 : i - k || c - d));
writeFileSync(`${dir}/missed.txt`, missed.map(([[path, line], column, text]) => `${path}:${line}:${column}: ${text}\n`).join(''));

// Threads of 'eval --jobs' lose counts to one another, and how often a condition was false is the difference of two counters: it may come
// to 0.  So many sides a file.
const chance = 2;
const ratchet = new Map();
const comment = [];
for (const line of existsSync(ratchetFile) ? readFileSync(ratchetFile, 'utf8').split('\n') : []) {
    const [path, branch, condition] = line.split(/ +/);
    if (line.startsWith('#'))
        comment.push(line);
    else if (line !== '')
        ratchet.set(path, { missed: Number(branch), notShown: Number(condition ?? 0) });
}
const better = [];
const lines = [];
for (const path of [...files.keys()].sort()) {
    const now = files.get(path);
    const then = ratchet.get(path) ?? { missed: 0, notShown: 0 };
    const say = (n, what, was) => `${path}: ${n} ${what}, and it was ${was}`;
    if (now.missed > 0 || now.notShown > 0)
        lines.push(`${path} ${now.missed}${now.notShown > 0 ? ` ${now.notShown}` : ''}\n`);
    if (process.env.UPDATE) {
        passed++;
    } else if (now.missed > then.missed + chance || now.notShown > then.notShown) {
        fail(now.missed > then.missed + chance ? say(now.missed, 'sides of branches are not taken', then.missed)
            : say(now.notShown, 'conditions are not shown to decide alone', then.notShown));
        missed.filter(([[p]]) => p === path).forEach(([[p, line], column, text]) => console.log(`    ${p}:${line}:${column}: ${text}`));
    } else {
        passed++;
        if (now.missed < then.missed || now.notShown < then.notShown)
            better.push(path);
    }
}
if (process.env.UPDATE && failed === 0)
    writeFileSync(ratchetFile, comment.map((line) => `${line}\n`).join('') + lines.join(''));
if (better.length > 0)
    console.log(`# better than tests/coverage.txt has, which 'UPDATE=1 make check-coverage' writes: ${better.join(' ')}`);

for (const [place, { kind, reason, used }] of [...excuses].sort()) {
    if (kind === 'unreached' && !used)
        fail(`${place}: is reached, and says that it is not`);
    else if (reason === '')
        fail(`${place}: says no reason`);
}

// Rules are counted from 1; rule 0 is that of bison.
const rules = [...readFileSync(`${dir}/grammar.output`, 'utf8').split(/^Grammar$/m)[1].split(/^Terminals/m)[0].matchAll(/^ +([0-9]+) (.*)$/gm)];
let head = '';
for (const [, n, text] of rules) {
    head = text.match(/^ *([^ |:]+):/)?.[1] ?? head;
    if (n !== '0' && !reductions.get(Number(n)))
        fail(`no test reduces the production '${text.includes(':') ? '' : `${head}:`}${text.replace(/^ *\|/, '')}'`);
}
for (const [n, { times, line }] of scanned)
    if (times === 0 && source('grammar/scan.l').lines[line - 1].trim() !== '') // flex adds a rule for what no rule takes
        fail(`no test reaches rule ${n} of the scanner: ${source('grammar/scan.l').lines[line - 1].trim()}`);
const codes = [...readFileSync(`${root}grammar/codes.def`, 'utf8').matchAll(/^CODE\([^"]*"([a-z-]+)"/gm)].map(([, id]) => id);
for (const id of codes)
    if (!existsSync(`${root}tests/diagnostics/${id}.expected`))
        fail(`no policy in tests/diagnostics triggers '${id}'`);
if (rules.length < 100 || reductions.size < 100 || scanned.size < 80 || codes.length < 50)
    fail(`only ${rules.length} productions, ${reductions.size} counts of them, ${scanned.size} rules and ${codes.length} diagnostics were found`);

const sum = (what, prefix = '') => [...files].reduce((n, [path, counted]) => n + (path.startsWith(prefix) ? counted[what] : 0), 0);
const percent = (n, all) => `${(Math.floor((1000 * (all - n)) / all) / 10).toFixed(1)} %`;
for (const layer of ['engine', 'grammar'])
    console.log(`# ${layer}/: ${sum('all', layer) - sum('missed', layer)} of ${sum('all', layer)} sides of branches are taken,`
        + ` ${percent(sum('missed', layer), sum('all', layer))}`);
console.log(`# the core that decides: ${sum('conditions') - sum('notShown')} of ${sum('conditions')} conditions are shown to decide alone (MC/DC),`
    + ` ${percent(sum('notShown'), sum('conditions'))}`);
console.log(`# all ${rules.length - 1} productions, ${scanned.size} rules of the scanner and ${codes.length} diagnostics are judged by name`);
const kinds = [...excuses.values()];
console.log(`# ${kinds.length} lines are not counted and say why`);
for (const [place, { kind, reason }] of [...excuses].sort())
    console.log(`    ${place}: ${kind}: ${reason}`);
console.log(`${passed} passed, ${failed} failed, ${skipped} skipped`);
process.exit(failed > 0 ? 1 : 0);
