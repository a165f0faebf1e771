// SPDX-License-Identifier: MIT
//
// The second half of 'make check-mutants': makes branch mutants and runs the tests on them.
//
//   mutants.mjs --programs           the test programs that are needed, for mutants.sh, which builds them
//   mutants.mjs DIR N [FILE]         DIR has libmutants.so, mutants.run.so, mutants.s, mutants.map, mutants.diff and tests/
//
// Each conditional jump in the machine code of the library is two mutants: one that always jumps, and one that never does.  tests/mutants.c
// makes them in the memory of a test program.  Not mutated is what bison, flex and uthash bring, and jumps to the trap of an assertion:
// what ALWAYS() and NEVER() say cannot happen.
//
// First each test program runs without a mutant, once with a trap in place of each jump: this tells which ways the jumps go in it, and so
// on which mutants it is worth to be run.  Then, the quickest one first, it is run on those of them that nothing has caught yet.  A mutant
// is caught if a program fails on it, crashes, or takes several times its CPU time; all of them use fixed seeds.  So is one with which
// rulecheck says anything else: mutants.commands, the lines '#=' of diagnostics/ and regions/, and the sessions of badinput/ tell what it
// is run on.
//
// The core that decides is mutated as a whole.  What survives there is listed in tests/mutants.equivalent, which tells why no test can see
// it, or stands on a line that says 'unreached:' (see coverage.mjs), or a test is missing: CORE_FLOOR % must be caught or explained.  What
// is listed is not run, but with 'all', where it must survive.  Of the rest those that no test can tell from the original are listed, too.
//
// Of the rest N mutants are drawn (all: every one), by the machine code, so that every change of the library draws others; and those
// of lines in DIR/mutants.diff, which a change touched, are added, no more than N.  FLOOR % of those drawn must be caught.  With FILE,
// engine/decide.c say, only mutants of lines there, all of them.  What survives is left in DIR/mutants.txt: one line each, with its
// place, and 'unreached' where no program takes the branch in question.

import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { resolve } from 'node:path';

const local = (name) => new URL(name, import.meta.url), linesOf = (name) => readFileSync(local(name), 'latin1').split('\n');

// Those that see mutants of the core, those that see none that these do not see as well, and what is run with 'all' alone.
const CORE_TESTS = [
    'api 97', 'differential 5 1 20 60', 'differential 90 1 20 60', 'explain', 'guards', 'hashed', 'hostile', 'messages 1', 'oom readings', 'places', 'setters', 'shapes',
    'unit_digest', 'unit_slot', 'verify quick',
];
const REST_TESTS = [
    'cover 20', 'cubes 10', 'digest 20 50', 'forged', 'forms 20', 'json_oracle 2000', 'limits', 'lint 8', 'saved 500', 'steps 12', 'texts', 'unit_diag', 'unit_forms', 'unit_glob',
    'unit_include', 'unit_json', 'unit_linear 500', 'unit_mem', 'unit_number', 'unit_rows', 'unit_sets', 'unit_time', 'worth 2',
];
const SLOW_TESTS = ['corners', 'unit_limits', 'verify'];
// The scenarios of oom.c, one by one: each is run on what it reaches.
const SLOW_SCENARIOS = /^(cases-compiled|compile-(large|linted|params|shipped)|json-large|policy-swap|questions|worth-.*)$/;
for (const line of linesOf('oom.c')) {
    const [, scenario] = line.match(/^ {4}\{ "([a-z-]+)", \w+, (?:true|false) \},$/) ?? [];
    if (scenario !== undefined && !CORE_TESTS.includes(`oom ${scenario}`))
        (SLOW_SCENARIOS.test(scenario) ? SLOW_TESTS : REST_TESTS).push(`oom ${scenario}`);
}
// Those that take long are for mutants of these objects.
const OBJECTS = {
    'cover 20': /^(cover|cubes|box_index|joint|realise|linear|regions|sets|space)/, 'cubes 10': /^(cover|cubes|cube_text|box_index|regions|write|joint|realise)/,
    limits: /^(json|number|request|policy|mem|expr|names|compile|include|routes|message|globs|rows|space)/, 'messages 1': /^(message|routes|url|decide|table|place|hashed|dense)/,
    'saved 500': /^(context|digest|globs|index|policy|routes|saved|sets|url)/,
    'steps 12': /^(apart|cover|cubes|globs|joint|realise|regions)/, unit_rows: /^(rows|space|sets|unite)/, unit_sets: /^sets/,
    shapes: /^(hashed|rows|space|decide|dense|place|table|guard|classes)/, unit_glob: /^globs/, unit_json: /^json/, 'unit_linear 500': /^linear/,
    'worth 2': /^(apart|cases|cover|coverage|generate|joint|mutants|realise|write)/,
};
// What the tool is run on, by bash.
const policiesIn = (folder) => readdirSync(local(folder)).filter((name) => name.endsWith('.rules')).map((name) => ({ name, lines: linesOf(`${folder}/${name}`) }));
const COMMANDS = linesOf('mutants.commands').filter((line) => line !== '' && !line.startsWith('#'));
for (const { name, lines } of policiesIn('diagnostics')) {
    const [, kind, words] = lines[0].match(/^#=(OPTIONS|FILES) (.*)/) ?? [];
    if (kind !== undefined)
        COMMANDS.push(`cd diagnostics && rulecheck check ${words}${kind === 'FILES' ? '' : ` ${name}`}`);
}
for (const { lines } of policiesIn('regions'))
    COMMANDS.push(...lines.filter((line) => line.startsWith('#=')).map((line) => `cd regions && rulecheck ${line.slice(2)}`));
// The sessions of badinput/ in which rulecheck runs once, in a folder as badinput.sh makes it, with what the commands there may use.
const HELPERS = linesOf('badinput.sh').join('\n').match(/^# repeat N TEXT\n[^]*^(?=export -f)/m)[0];
for (const session of ['facts', 'har', 'http', 'json', 'policies', 'words'])
    for (const [, command] of linesOf(`badinput/${session}.session`).join('\n').matchAll(/^\$ (.*(?:\n> .*)*)/gm))
        if (command.match(/\b(rulecheck|decide) /g)?.length === 1 && !/\b(noise|script|RULECHECK)\b|(rulecheck|decide) .*[|;]|\/dev\/(full|fd)/.test(command))
            COMMANDS.push(`cd "$RUN" && rm -rf session && mkdir session && cd session && cp "$top_srcdir"/tests/badinput/*.rules . && ${command.replace(/\n> /g, '\n')}`);
const TESTS = [...COMMANDS, ...CORE_TESTS, ...REST_TESTS, ...(process.argv[3] === 'all' || process.argv[2] === '--programs' ? SLOW_TESTS : [])];
const CORE = /^(decide|table|place|dense|hashed|classes|guard)\.o$/;
// In %.  Of the core all are caught or explained here; a few of them only by what is at addresses, which another machine may give
// otherwise.  Of the rest a draw of 300 had 88.6 % caught, which is known to 1.9 %: 80 % holds for other draws, too.
const CORE_FLOOR = 99, FLOOR = 80;
const NOT_OURS = /^(_.*|scan|parse|symbols)\.o$/;

if (process.argv[2] === '--programs') {
    console.log([...new Set(TESTS.filter((test) => !COMMANDS.includes(test)).map((test) => `tests/${test.split(' ')[0]}`))].join(' '));
    process.exit(0);
}
const [dir, nText, only] = process.argv.slice(2);
const root = `${dir}/../source/`;

// ---- where the jumps are ----------------------------------------------------------------------------------------------------------

// The object of each address, from the linker's map.
const objects = [];
for (const [, at, size, name] of readFileSync(`${dir}/mutants.map`, 'utf8').matchAll(/^ \.text\S*\s+0x([0-9a-f]+)\s+0x([0-9a-f]+) .*\((.*)\)$/gm))
    objects.push({ begin: parseInt(at, 16), end: parseInt(at, 16) + parseInt(size, 16), name });
objects.sort((a, b) => a.begin - b.begin);
const objectOf = (address) => objects.find((object) => address >= object.begin && address < object.end)?.name ?? '';

const lines = new Map();
function lineOf(path, line) {
    if (!lines.has(path))
        lines.set(path, readFileSync(root + path, 'utf8').split('\n'));
    return lines.get(path)[line - 1]?.trim() ?? '';
}

const instructions = new Map(); // address -> mnemonic
const jumps = [];
let path = '', line = 0, name = '', previous;
for (const text of readFileSync(`${dir}/mutants.s`, 'utf8').split('\n')) {
    const at = text.match(/\/((?:engine|grammar)\/[a-z0-9_]+\.[a-z]+):([0-9]+)/);
    const code = text.match(/^ +([0-9a-f]+):\t(\S+) *([0-9a-f]*)/);
    if (at)
        [, path, line] = at;
    name = text.match(/^(\w+)\(\):$/)?.[1] ?? name;
    if (!code)
        continue;
    const address = parseInt(code[1], 16);
    instructions.set(address, code[2]);
    if (previous)
        previous.next = address;
    previous = undefined;
    if (/^j(?!mp|rcxz|ecxz)/.test(code[2]))
        jumps.push(previous = { address, path, line, name, target: parseInt(code[3], 16), object: objectOf(address) });
}

// A mutant is known by file, function, direction and text of its line, and by a number where this is not enough; lines that move
// change nothing.
const mutants = [], nth = new Map();
let assertions = 0;
for (const jump of jumps) {
    if (jump.object === '' || NOT_OURS.test(jump.object))
        continue;
    if (instructions.get(jump.target) === 'ud2' || instructions.get(jump.next) === 'ud2') {
        assertions++;
        continue;
    }
    const within = jump.object === `${jump.path.replace(/.*\/|\.\w+$/g, '')}.o` ? '' : ` in ${jump.object.slice(0, -2)}`;
    const text = lineOf(jump.path, jump.line), above = lineOf(jump.path, jump.line - 1);
    for (const way of ['always', 'never']) {
        const key = `${jump.path} ${jump.name}${within}: ${way}`, n = (nth.get(key + text) ?? 0) + 1;
        nth.set(key + text, n);
        mutants.push({
            ...jump, id: `${jump.address.toString(16)} ${way}`, key: `${key}${n > 1 ? ` (${n})` : ''}: ${text}`, core: CORE.test(jump.object),
            explained: /unreached: /.test(text) || /^\/\* unreached: /.test(above), survives: true, tests: 0,
        });
    }
}

// '= REASON', and below it what it explains; ' in *' is a function of a header in every object that has it.
const byKey = new Map();
for (const m of mutants)
    for (const key of new Set([m.key, m.key.replace(/ in \w+: /, ' in *: ')]))
        byKey.set(key, [...(byKey.get(key) ?? []), m]);
const faults = [];
for (const text of readFileSync(`${root}tests/mutants.equivalent`, 'utf8').split('\n')) {
    if (text === '' || /^[#=]/.test(text))
        continue;
    if (!byKey.has(text))
        faults.push(`listed, and there is no such mutant: ${text}`);
    for (const mutant of byKey.get(text) ?? [])
        mutant.explained = mutant.listed = true;
}

// Draws N of LIST; the same library gives the same ones, and with another RCK_MUTANTS_DRAW others.
function draw(list, n) {
    const key = createHash('sha256').update(process.env.RCK_MUTANTS_DRAW ?? '');
    for (const [address, mnemonic] of instructions)
        key.update(`${address} ${mnemonic}\n`);
    const seed = key.digest('hex');
    const ranks = new Map(list.map((m) => [m, createHash('sha256').update(`${seed} ${m.id}`).digest('hex')]));
    return [...list].sort((a, b) => (ranks.get(a) < ranks.get(b) ? -1 : 1)).slice(0, n);
}

// The lines that a change touched.
const changed = new Set();
let changedPath;
for (const text of readFileSync(`${dir}/mutants.diff`, 'utf8').split('\n')) {
    changedPath = text.match(/^\+\+\+ b\/(.*)/)?.[1] ?? changedPath;
    const [, first, n] = text.match(/^@@ -\S+ \+(\d+)(?:,(\d+))? @@/) ?? [];
    for (let i = 0; i < Number(first === undefined ? 0 : n ?? 1); i++)
        changed.add(`${changedPath}:${Number(first) + i}`);
}

const all = nText === 'all', number = all ? mutants.length : Number(nText);
const here = mutants.filter((m) => !only || m.path === only);
const wholeCore = here.filter((m) => m.core), wholeRest = here.filter((m) => !m.core);
const core = wholeCore.filter((m) => all || !m.listed), rest = wholeRest.filter((m) => all || !m.listed);
const drawn = draw(rest, only ? rest.length : number), ofChange = draw(rest.filter((m) => changed.has(`${m.path}:${m.line}`)), number);
const taken = [...new Set([...core, ...drawn, ...ofChange])];

// ---- running ----------------------------------------------------------------------------------------------------------------------

const jobs = Math.min(2, availableParallelism());

// Runs ACT on each of LIST, several at a time.
async function each(list, act) {
    const queue = [...list];
    await Promise.all(Array.from({ length: jobs }, async (_, job) => {
        while (queue.length > 0)
            await act(queue.shift(), job);
    }));
}

// Whether addresses can be made the same each time: some machines do not let a program do it.
const fixes = spawnSync('setarch', ['-R', 'true']).status === 0;

// Runs TEST with tests/mutants.c, and gives the lines that it wrote.  Addresses are the same each time, and what was not written to is
// no zero, so that a mutant that reads what it should not is caught always or never.
async function run(test, job, more) {
    const cwd = resolve(dir, `run-${job}`), out = `${cwd}/out`;
    mkdirSync(cwd, { recursive: true });
    const env = {
        ...process.env, LD_PRELOAD: resolve(dir, 'mutants.run.so'), LD_LIBRARY_PATH: resolve(dir), CK_FORK: 'no', LC_ALL: 'C', MALLOC_PERTURB_: '165',
        top_srcdir: resolve(root), RCK_MUTANTS_JUMPS: resolve(dir, 'mutants.jumps'), RCK_MUTANTS_OUT: out, ...more,
    };
    const fixed = fixes ? ['setarch', '-R'] : ['env'];
    const status = await new Promise((done, fail) => {
        const [program, ...args] = test.split(' ');
        const command = { ...env, RCK_MUTANTS_COMPARE: 'yes', MADE: resolve(dir), RUN: cwd };
        const child = COMMANDS.includes(test)
            ? spawn(fixed[0], [...fixed.slice(1), 'bash', '-c', `rulecheck() { exec "$MADE/rulecheck" "$@"; }\n${HELPERS}${test}`], { cwd: `${root}tests`, stdio: 'ignore', env: command })
            : spawn(fixed[0], [...fixed.slice(1), resolve(dir, 'tests', program), ...args], { cwd, stdio: 'ignore', env });
        child.on('close', done).on('error', fail);
    });
    if (status !== 0)
        throw new Error(`'${test}' ends with ${status}`);
    return readFileSync(out, 'utf8').trimEnd().split('\n');
}

async function runOn(test, list, job) {
    const cwd = resolve(dir, `run-${job}`);
    writeFileSync(`${cwd}/in`, list.map((m) => `${m.id}\n`).join(''));
    const ends = await run(test.name, job, { RCK_MUTANTS_IN: `${cwd}/in`, RCK_MUTANTS_MS: String(300 + 4 * test.ms) });
    for (const [i, mutant] of list.entries()) {
        const end = ends[i].split(' ')[2];
        mutant.survives = end === '0';
        mutant.tests++;
    }
}

writeFileSync(`${dir}/mutants.jumps`, jumps.filter((jump) => jump.object !== '').map((jump) => `${jump.address.toString(16)}\n`).join(''));
const tests = [];
await each(TESTS, async (name, job) => {
    const [took, ...effects] = await run(name, job, {});
    tests.push({ name, ms: Number(took.split(' ')[1]), effects: new Set(effects) });
});
tests.sort((a, b) => a.ms - b.ms);

for (const test of tests) {
    const started = Date.now();
    const list = taken.filter((m) => m.survives && test.effects.has(m.id) && (!m.core || [...CORE_TESTS, ...SLOW_TESTS].includes(test.name))
        && (OBJECTS[test.name] === undefined || OBJECTS[test.name].test(m.object)));
    await each(Array.from({ length: jobs }, (_, i) => list.filter((_, k) => k % jobs === i)).filter((part) => part.length > 0),
        (part, job) => runOn(test, part, job));
    console.log(`${test.name.replace(/^.*badinput\/\*.rules . && /, '').replaceAll('\n', ' | ').slice(0, 160)} (${test.ms} ms): catches ${list.filter((m) => !m.survives).length} of ${list.length} in ${((Date.now() - started) / 1000).toFixed(1)} s`);
}

// ---- what came out ----------------------------------------------------------------------------------------------------------------

const tell = (m) => `${m.tests === 0 ? 'unreached' : 'survives'}: ${m.path}:${m.line}, in mutants.s at ${m.address.toString(16)}\n${m.key}\n`;
const survivors = taken.filter((m) => m.survives && !m.explained);
writeFileSync(`${dir}/mutants.txt`, survivors.map(tell).join(''));
for (const m of survivors)
    console.log(tell(m));
for (const m of taken)
    if (m.listed && !m.survives)
        faults.push(`listed, and is caught: ${m.key}`);

// What is explained counts neither as caught nor as missed.
function figures(name, list, more) {
    const counted = list.filter((m) => !m.listed && !(m.explained && m.survives)), caught = counted.filter((m) => !m.survives).length, score = (100 * caught) / (counted.length || 1);
    console.log(`# ${name}: ${caught} of ${counted.length} branch mutants caught, ${score.toFixed(1)} %${more}`);
    return score;
}
const open = wholeCore.filter((m) => m.survives && !m.explained).length, coreScore = 100 - (100 * open) / (wholeCore.length || 1);
figures('core', wholeCore, `; ${wholeCore.filter((m) => m.survives && m.explained).length} more are explained, ${open} are not`);
if (!only && coreScore < CORE_FLOOR)
    faults.push(`${coreScore.toFixed(1)} % of the core are caught or explained, and not ${CORE_FLOOR} %`);
const score = figures('rest', drawn, `; there are ${wholeRest.length}, of which ${wholeRest.filter((m) => m.listed).length} are explained`);
figures('changed lines of the rest', ofChange, '');
console.log(`# jumps to assertions, which are not mutated: ${assertions}`);
if (drawn.length > 0 && !only && score < FLOOR)
    faults.push(`${score.toFixed(1)} % of the rest are caught, and not ${FLOOR} %`);
for (const fault of faults)
    console.log(`FAILED: ${fault}`);
console.log(`${taken.length - survivors.length} passed, ${faults.length} failed, 0 skipped`);
process.exit(faults.length === 0 ? 0 : 1);
