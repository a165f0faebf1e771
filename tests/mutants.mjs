// SPDX-License-Identifier: MIT
//
// The second half of 'make check-mutants': makes branch mutants and runs the tests on them.
//
//   mutants.mjs --programs           the test programs that are needed, for mutants.sh, which builds them
//   mutants.mjs DIR N [FILE]         DIR has libmutants.so, mutants.s, mutants.map, mutants.sections and tests/
//
// Each conditional jump in the machine code of the library is two mutants: one that always jumps, and one that never does.  They are
// made in a copy of the library, a few bytes each, so that nothing is compiled or linked for them.  Not mutated is what bison, flex and
// uthash bring, and jumps to the trap of an assertion: what ALWAYS() and NEVER() say cannot happen.
//
// A mutant is caught if a test program fails on it, crashes, or takes more CPU time than it may; all of them use fixed seeds.  The core
// that decides is mutated as a whole; of the rest N mutants are drawn (all: every one), by the machine code, so that every change of the
// library draws others.  With FILE, engine/decide.c say, only mutants of lines there.  Survivors are told with their place, and left in
// DIR/mutants.txt; not every one is a test that is missing: many change only how fast something goes.  It fails where fewer than FLOOR %
// of the core are caught, as they are where mutants are not what is run.

import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { copyFileSync, mkdirSync, openSync, readFileSync, writeFileSync, writeSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { resolve } from 'node:path';

// Tests of every mutant, the quickest first, and those that only mutants of some objects are worth.  What caught the last mutant of a file
// is tried before all.
const QUICK = ['differential 30 1 20 60', 'setters'];
const CORE_TESTS = ['api', 'unit_slot', 'unit_digest', 'unit_forms', 'differential 60 31 20 60'];
const REST_TESTS = [
    'api', 'hostile', 'unit_number', 'unit_slot', 'unit_digest', 'unit_time', 'texts', 'unit_include', 'cover 20', 'forms 20', 'unit_forms',
    'unit_diag', 'differential 60 31 20 60',
];
const SPECIAL_TESTS = [
    ['verify', /^(dense|hashed|classes|saved_load|policy|space)\.o$/],
    ['shapes', /^(hashed|hashed_build|rows|space)\.o$/],
    ['corners', /^(dense|hashed|classes|guard|table|space|rows|hashed_build|mem|policy|sets|compile)\.o$/],
    ['oom readings', /^(decide|guard)\.o$/],
    ['messages 1', /^(decide|message|url|routes|lt1-routes)\.o$/],
    ['unit_json', /^(decide|guard|json|request|number|lookup|suggest)\.o$/],
    ['limits', /^(?!(linear|decide|table|dense|hashed|classes|guard)\.o)/],
    ['unit_glob', /^globs\.o$/],
    ['unit_linear', /^linear\.o$/],
    ['worth 5', /^(apart|generate|mutants|mutate|coverage|write|realise)\.o$/],
    ['cubes 10', /^(cube.*|regions|joint|box_index|cover|unite|realise)\.o$/],
    ['lint 10', /^(lint|unused|cover|realise|proofs|box_index|linear)\.o$/],
    ['unit_limits', /^(names|clauses|cases|expr|ast|include|compile|context)\.o$/],
    ['saved', /^saved.*\.o$/],
];
const CORE = /^(decide|table|dense|hashed|classes|guard)\.o$/;
const NOT_OURS = /^(_.*|scan|parse|symbols)\.o$/;
const FLOOR = 60;
const LIMITS = ['--as=4294967296', '--core=0', '--fsize=16777216'];
const SLOWEST = 200; // seconds, for what waits and takes no CPU time

if (process.argv[2] === '--programs') {
    const all = [...QUICK, ...CORE_TESTS, ...REST_TESTS, ...SPECIAL_TESTS.map(([test]) => test)];
    console.log([...new Set(all.map((test) => `tests/${test.split(' ')[0]}`))].join(' '));
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

const text = readFileSync(`${dir}/mutants.sections`, 'utf8').match(/ \.text +[0-9a-f]+ +([0-9a-f]+) +[0-9a-f]+ +([0-9a-f]+) /);
const offsetOf = (address) => address - parseInt(text[1], 16) + parseInt(text[2], 16);
const library = readFileSync(`${dir}/libmutants.so`);

const instructions = new Map(); // address -> mnemonic
const jumps = [];
let place = '', previous;
for (const line of readFileSync(`${dir}/mutants.s`, 'utf8').split('\n')) {
    const at = line.match(/\/((?:engine|grammar)\/[a-z0-9_]+\.[a-z]+):([0-9]+)/);
    const code = line.match(/^ +([0-9a-f]+):\t(\S+) *([0-9a-f]*)/);
    if (at)
        place = `${at[1]}:${at[2]}`;
    if (!code)
        continue;
    const address = parseInt(code[1], 16);
    instructions.set(address, code[2]);
    if (previous)
        previous.next = address;
    previous = undefined;
    if (/^j(?!mp|rcxz|ecxz)/.test(code[2]))
        jumps.push(previous = { address, place, target: parseInt(code[3], 16) });
}

const lines = new Map();
function lineOf(at) {
    const [path, line] = at.split(':');
    if (!lines.has(path))
        lines.set(path, readFileSync(root + path, 'utf8').split('\n'));
    return lines.get(path)[line - 1]?.trim() ?? '';
}

// The bytes of a jump that always jumps, or never does.
function mutate(address, always) {
    const at = offsetOf(address);
    const short = (library[at] & 0xf0) === 0x70;
    if (!short && (library[at] !== 0x0f || (library[at + 1] & 0xf0) !== 0x80))
        throw new Error(`no jump at ${address.toString(16)}`);
    const bytes = Buffer.from(library.subarray(at, at + (short ? 2 : 6)));
    if (!always)
        bytes.fill(0x90);
    else if (short)
        bytes[0] = 0xeb;
    else
        bytes.set([0x90, 0xe9]);
    return { at, bytes };
}

const core = [], rest = [];
let assertions = 0;
for (const jump of jumps) {
    const object = objectOf(jump.address);
    if (object === '' || NOT_OURS.test(object) || (only && !jump.place.startsWith(`${only}:`)))
        continue;
    if (instructions.get(jump.target) === 'ud2' || instructions.get(jump.next) === 'ud2') {
        assertions += 2;
        continue;
    }
    for (const always of [true, false])
        (CORE.test(object) ? core : rest).push({ ...jump, object, always, ...mutate(jump.address, always) });
}

// Draws N of LIST; the same library gives the same ones.
function draw(list, n) {
    const key = createHash('sha256').update(library.subarray(offsetOf(objects[0].begin), offsetOf(objects.at(-1).end))).digest('hex');
    const ranks = new Map(list.map((m) => [m, createHash('sha256').update(`${key} ${m.address} ${m.always}`).digest('hex')]));
    return [...list].sort((a, b) => (ranks.get(a) < ranks.get(b) ? -1 : 1)).slice(0, n);
}

// ---- running ----------------------------------------------------------------------------------------------------------------------

const killers = new Map(); // file -> the test that caught its last mutant

const seconds = new Map(); // test -> the CPU time that it may take: several times what it took on the clock without a mutant

async function run(test, cwd) {
    const [program, ...args] = test.split(' ');
    const started = Date.now();
    const passed = await new Promise((done) => {
        const child = spawn('prlimit', [`--cpu=${seconds.get(test) ?? 100}`, ...LIMITS, resolve(dir, 'tests', program), ...args], {
            cwd, stdio: 'ignore', env: { ...process.env, LD_LIBRARY_PATH: cwd, CK_FORK: 'no', top_srcdir: resolve(root), LC_ALL: 'C' },
        });
        const timer = setTimeout(() => child.kill('SIGKILL'), SLOWEST * 1000);
        child.on('close', (status) => {
            clearTimeout(timer);
            done(status === 0);
        });
        child.on('error', (error) => {
            throw error;
        });
    });
    if (!seconds.has(test)) {
        if (!passed)
            throw new Error(`'${test}' fails without a mutant`);
        seconds.set(test, 1 + Math.ceil((3 * (Date.now() - started)) / 1000));
    }
    return passed;
}

function testsOf(mutant) {
    const first = killers.get(mutant.place.split(':')[0]);
    const special = SPECIAL_TESTS.filter(([, objects]) => objects.test(mutant.object)).map(([test]) => test);
    const all = [...QUICK, ...(CORE.test(mutant.object) ? CORE_TESTS : REST_TESTS), ...special];
    return first ? [first, ...all.filter((test) => test !== first)] : all;
}

async function work(queue, idx) {
    const cwd = resolve(dir, `run-${idx}`);
    mkdirSync(cwd, { recursive: true });
    copyFileSync(`${dir}/libmutants.so`, `${cwd}/libmutants.so`);
    const file = openSync(`${cwd}/libmutants.so`, 'r+');
    for (let mutant; (mutant = queue.pop());) {
        for (const test of testsOf(mutant)) {
            if (!seconds.has(test))
                await run(test, cwd);
            writeSync(file, mutant.bytes, 0, mutant.bytes.length, mutant.at);
            const passed = await run(test, cwd);
            writeSync(file, library, mutant.at, mutant.bytes.length, mutant.at);
            if (!passed) {
                mutant.caught = test;
                killers.set(mutant.place.split(':')[0], test);
                break;
            }
        }
        if (!mutant.caught)
            console.log(`survives: ${tell(mutant)}`);
    }
}

const drawn = draw(rest, nText === 'all' ? rest.length : Number(nText));
const mutants = [...core, ...drawn];
const tell = (mutant) => `${mutant.place}: ${mutant.always ? 'always' : 'never'} jumps: ${lineOf(mutant.place)}`;
const queue = [...mutants].reverse();
await Promise.all(Array.from({ length: Math.min(2, availableParallelism()) }, (_, i) => work(queue, i)));

// ---- what came out ----------------------------------------------------------------------------------------------------------------

writeFileSync(`${dir}/mutants.txt`, mutants.filter((m) => !m.caught).map((m) => `${tell(m)}\n`).sort().join(''));
function figures(name, list, all) {
    const caught = list.filter((m) => m.caught).length, score = list.length === 0 ? 100 : (100 * caught) / list.length;
    console.log(`# ${name}: ${caught} of ${list.length} branch mutants caught, ${score.toFixed(1)} %; there are ${all}`);
    return { caught, score };
}
const ofCore = figures('core', core, core.length), ofRest = figures('rest', drawn, rest.length);
console.log(`# jumps to assertions, which are not mutated: ${assertions / 2}`);
const good = only !== undefined || ofCore.score >= FLOOR;
if (!good)
    console.log(`FAILED: ${ofCore.score.toFixed(1)} % of the core's mutants are caught, and not ${FLOOR} %`);
console.log(`${ofCore.caught + ofRest.caught} passed, ${good ? 0 : 1} failed, 0 skipped`);
process.exit(good ? 0 : 1);
