// SPDX-License-Identifier: MIT
//
// cedar.mjs PACKAGES RULECHECK DIR [POLICIES [REQUESTS [SEED]]]: random policies that both languages can say, each decided by Cedar
// (https://www.cedarpolicy.com, as WebAssembly, in PACKAGES/node_modules) and by RULECHECK eval, on complete random requests.  Both must
// permit the same requests, and refuse each for the same clauses.  DIR gets the policies and requests on which they differ.
//
// How the words correspond.  The caller is an entity whose parents are its subject and its roles; a dotted name is an entity whose parent
// is the name before its last dot, so that `in` covers what a name covers.  Attributes are the context.
//
//     WHO may DO when E;      permit (principal, action, resource) when {WHO && DO && E};
//     WHO cannot DO when E;   forbid ... when {WHO && DO && E};
//     only WHO may DO;        forbid ... when {DO && !WHO};
//     require E to DO;        forbid ... when {DO && !E};
//     deny when E;            forbid ... when {E};
//     limit C to N;           forbid ... when {what raises C && C + 1 > N};
//
// Left out is what Cedar has no word for: unknown facts, decimals beyond four places, times, units, the wildcards ? and [].

import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';

const [packages, rulecheck, dir, nPolicies = '400', nRequests = '300', seed = '1'] = process.argv.slice(2);
const cedar = createRequire(path.join(packages, 'package.json'))('@cedar-policy/cedar-wasm/nodejs');

// ---- drawing (splitmix32 and murmur's last steps) -------------------------------------------------------------------------

let state = Number(seed) >>> 0;
const next = () => {
    state = (state + 0x9e3779b9) >>> 0;
    let z = state;
    z = Math.imul(z ^ (z >>> 16), 0x85ebca6b);
    z = Math.imul(z ^ (z >>> 13), 0xc2b2ae35);
    return (z ^ (z >>> 16)) >>> 0;
};
const below = (n) => next() % n;
const pick = (list) => list[below(list.length)];
const chance = (n) => below(n) === 0;
const some = (list, most) => {
    const n = 1 + below(most);
    return [...new Set(Array.from({ length: n }, () => pick(list)))];
};

// ---- the vocabulary: prefixes, twins by concatenation ---------------------------------------------------------------------

const dims = {
    subject: ['user', 'userx', 'app', 'app.bot', 'app.bot.old', 'ap'],
    role: ['owner', 'owners', 'dev', 'dev.lead', 'guest'],
    action: ['read', 'write', 'write.all', 'writ', 'create'],
    resource: ['stack', 'stack.user', 'stacks', 'stack.us', 'st.ack', 'a', 'ab', 'a.b'],
};
const above = { subject: [], role: [], action: [], resource: ['st'] };
const types = { subject: 'Subject', role: 'Role', action: 'Action', resource: 'Resource' };
const isLeaf = (dim, name) => !dims[dim].some((other) => other.startsWith(`${name}.`));
const ints = ['n', 'm', 'big.one'], counters = ['items', 'users'], bools = ['flag', 'done'], strings = ['word', 'path'];
const colors = ['red', 'reddish', 'green'], tags = ['x', 'xy', 'y'];
const texts = ['', 'a', 'ab', 'abc', 'a/b', 'a*b', 'b', 'ba', 'A', 'a.b', 'é'];
const globs = ['a*', '*b', '*', 'a*b', '*a*', 'ab', '*/*', '', 'a*b*c'];
const numbers = [-100, -7, -1, 0, 1, 2, 3, 29, 30, 31, 99, 100];
const vocabulary = `vocabulary {
    subject ${dims.subject.join(', ')}; role ${dims.role.join(', ')}; action ${dims.action.join(', ')};
    resource ${dims.resource.join(', ')};
    attribute n, m, big.one : int -100..100; attribute cap : int -100..100 optional; attribute flag, done : bool;
    attribute word, path : string; attribute color : { ${colors.join(', ')} }; attribute tags : set of { ${tags.join(', ')} };
    counter items : up on create stack, down on read a; counter users : up on write stack.user, down on create ab;
}
`;
const raises = { items: [['create'], ['stack']], users: [['write'], ['stack.user']] };

// ---- both spellings of an expression: [ours, Cedar's] ---------------------------------------------------------------------

const quoted = (text) => JSON.stringify(text);
const fact = (name) => `context[${quoted(name)}]`;
const variable = { subject: 'principal', role: 'principal', action: 'action', resource: 'resource' };
const covers = (dim, names) => `(${names.map((name) => `${variable[dim]} in ${types[dim]}::${quoted(name)}`).join(' || ')})`;
const names = (dim) => [...dims[dim], ...above[dim]];

const counts = {};
const hit = (what) => { counts[what] = (counts[what] ?? 0) + 1; };

function atom() {
    const kind = below(11);
    const order = pick(['<', '<=', '>', '>=', '==', '!=']);
    const number = pick(numbers);
    hit(['bool', 'int', 'int and int', 'shift', 'optional', 'string', 'string in', 'matches', 'enumeration', 'set', 'dimension'][kind]);
    switch (kind) {
    case 0: {
        const name = pick(bools);
        return [name, fact(name)];
    }
    case 1: {
        const name = pick([...ints, ...counters]);
        return [`${name} ${order} ${number}`, `${fact(name)} ${order} ${number}`];
    }
    case 2: {
        const [a, b] = [pick(ints), pick([...ints, ...counters])];
        return a === b ? atom() : [`${a} ${order} ${b}`, `${fact(a)} ${order} ${fact(b)}`];
    }
    case 3: {
        const [a, b] = [pick(ints), pick(ints)];
        const by = 1 + below(40);
        const sign = pick(['+', '-']);
        return a === b ? atom() : [`${a} ${order} ${b} ${sign} ${by}`, `${fact(a)} ${order} ${fact(b)} ${sign} ${by}`];
    }
    case 4:
        return chance(3) ? ['cap is present', 'context has cap']
            : [`(cap is present and n ${order} cap)`, `(context has cap && ${fact('n')} ${order} context.cap)`];
    case 5: {
        const [a, b] = [pick(strings), pick(strings)];
        const equal = pick(['==', '!=']);
        if (a !== b)
            return [`${a} ${equal} ${b}`, `${fact(a)} ${equal} ${fact(b)}`];
        const text = pick(texts);
        return [`${a} ${equal} ${quoted(text)}`, `${fact(a)} ${equal} ${quoted(text)}`];
    }
    case 6: {
        const a = pick(strings);
        const list = some(texts, 3).map(quoted).join(', ');
        return [`${a} in { ${list} }`, `[${list}].contains(${fact(a)})`];
    }
    case 7: {
        const a = pick(strings);
        const glob = quoted(pick(globs));
        return [`${a} matches ${glob}`, `${fact(a)} like ${glob}`];
    }
    case 8: {
        const list = some(colors, 2);
        return [`color in { ${list.join(', ')} }`, `[${list.map(quoted).join(', ')}].contains(${fact('color')})`];
    }
    case 9: {
        const tag = pick(tags);
        return [`tags has ${tag}`, `${fact('tags')}.contains(${quoted(tag)})`];
    }
    default: {
        const dim = pick(Object.keys(dims));
        const list = some(names(dim), 3);
        if (dim === 'role')
            return [`role has ${list[0]}`, covers('role', [list[0]])];
        return [`${dim} in { ${list.join(', ')} }`, covers(dim, list)];
    }
    }
}

function expr(depth) {
    const kind = depth === 0 ? 0 : below(4);
    if (kind === 0)
        return atom();
    const a = expr(depth - 1);
    if (kind === 1)
        return [`not (${a[0]})`, `!(${a[1]})`];
    const b = expr(depth - 1);
    return kind === 2 ? [`((${a[0]}) and (${b[0]}))`, `((${a[1]}) && (${b[1]}))`] : [`((${a[0]}) or (${b[0]}))`, `((${a[1]}) || (${b[1]}))`];
}

function doing() {
    const actions = some(names('action'), 3);
    const resources = some(names('resource'), 3);
    switch (below(4)) {
    case 0:
        return [`use ${resources.join(', ')}`, covers('resource', resources)];
    case 1:
        return [`${actions.join(', ')} anything`, covers('action', actions)];
    default:
        return [`${actions.join(', ')} ${resources.join(', ')}`, `(${covers('action', actions)} && ${covers('resource', resources)})`];
    }
}

// A list that mixes subjects and roles, and a name with names below it, may stand in a ban alone.
function who(gate) {
    const dim = pick(['subject', 'role']);
    const list = some(gate ? dims[dim].filter((name) => isLeaf(dim, name)) : dims[dim], 3);
    if (gate)
        return [list.join(', '), covers(dim, list)];
    if (chance(8))
        return ['anyone', 'true'];
    const other = dim === 'subject' ? 'role' : 'subject';
    const more = chance(3) ? [pick(dims[other])] : [];
    return [[...list, ...more].join(', '), `(${[covers(dim, list), ...more.map((name) => covers(other, [name]))].join(' || ')})`];
}

function clause(label, denies) {
    const kind = denies ? below(9) : 3 + below(6);
    let ours, condition, effect = 'forbid';
    if (kind < 3 || kind === 3 || kind === 4) {
        const granted = kind < 3;
        const [w, d] = [chance(8) && granted ? ['anyone', 'true'] : who(granted), doing()];
        ours = `${w[0]} ${granted ? 'may' : 'cannot'} ${d[0]}`;
        condition = `${w[1]} && ${d[1]}`;
        effect = granted ? 'permit' : 'forbid';
        hit(granted ? 'may' : 'cannot');
    } else if (kind === 5) {
        const [w, d] = [who(true), doing()];
        ours = `only ${w[0]} may ${d[0]}`;
        condition = `${d[1]} && !${w[1]}`;
        hit('only');
    } else if (kind === 6) {
        const [e, d] = [expr(2), doing()];
        ours = `require ${e[0]} to ${d[0]}`;
        condition = `${d[1]} && !(${e[1]})`;
        hit('require');
    } else if (kind === 7) {
        const e = expr(3);
        ours = `deny when ${e[0]}`;
        condition = `(${e[1]})`;
        hit('deny when');
    } else {
        const counter = pick(counters);
        const most = pick([0, 1, 2, 29, 30]);
        const [actions, resources] = raises[counter];
        ours = `limit ${counter} to ${most}`;
        condition = `${covers('action', actions)} && ${covers('resource', resources)} && ${fact(counter)} + 1 > ${most}`;
        hit('limit');
    }
    let tails = '';
    if (kind === 8 || chance(2)) {
        const e = expr(2);
        tails += ` when ${e[0]}`;
        condition += ` && (${e[1]})`;
    }
    if (chance(4)) {
        const e = expr(1);
        tails += ` unless ${e[0]}`;
        condition += ` && !(${e[1]})`;
    }
    return { label, ours: `${label}: ${ours}${tails};\n`, cedar: `${effect}(principal, action, resource) when { ${condition} };` };
}

// ---- requests -------------------------------------------------------------------------------------------------------------

const uid = (type, id) => ({ type, id });
const entities = [];
for (const [dim, list] of Object.entries(dims)) {
    const all = new Set([...list, ...above[dim]]);
    for (const name of all) {
        const parent = name.slice(0, Math.max(name.lastIndexOf('.'), 0));
        entities.push({ uid: uid(types[dim], name), attrs: {}, parents: parent === '' ? [] : [uid(types[dim], parent)] });
    }
}
const near = () => Math.min(100, Math.max(-100, pick(numbers) + below(3) - 1));

function request() {
    const roles = dims.role.filter(() => chance(3));
    const context = {
        items: Math.abs(near()), users: Math.abs(near()), flag: chance(2), done: chance(2), word: pick(texts), path: pick(texts),
        color: pick(colors), tags: tags.filter(() => chance(2)),
    };
    for (const name of ints)
        context[name] = near();
    if (chance(2))
        context.cap = near();
    return { subject: pick(dims.subject), role: roles, action: pick(dims.action), resource: pick(dims.resource), ...context };
}

function byCedar({ subject, role, action, resource, ...context }) {
    const answer = cedar.statefulIsAuthorized({
        principal: uid('Caller', 'c'),
        action: uid('Action', action),
        resource: uid('Resource', resource),
        context,
        preparsedPolicySetId: 'p',
        entities: [...entities,
            { uid: uid('Caller', 'c'), attrs: {}, parents: [uid('Subject', subject), ...role.map((name) => uid('Role', name))] }],
    });
    if (answer.type !== 'success' || answer.response.diagnostics.errors.length !== 0)
        throw new Error(`Cedar: ${JSON.stringify(answer)}`);
    const { decision, diagnostics } = answer.response;
    return { decision, reason: decision === 'deny' ? diagnostics.reason.sort().join(' ') : '' };
}

// ---- the comparison -------------------------------------------------------------------------------------------------------

let decisions = 0, allowed = 0, differ = 0;
fs.mkdirSync(dir, { recursive: true });
const rules = path.join(dir, 'policy.rules'), lines = path.join(dir, 'requests.jsonl');
for (let p = 0; p < Number(nPolicies) && differ === 0; p++) {
    const denies = chance(2);
    const clauses = [];
    for (let i = 1 + below(8), limits = new Set(); i > 0; i--) {
        const one = clause(`c${i}`, denies);
        // Two limits on one counter with one condition are an error.
        const limit = /limit (\w+)/.exec(one.ours)?.[1];
        if (limit === undefined || !limits.has(limit))
            clauses.push(one);
        if (limit !== undefined)
            limits.add(limit);
    }
    const requests = Array.from({ length: Number(nRequests) }, request);
    fs.writeFileSync(rules, `policy random; default ${denies ? 'deny' : 'allow'};\n${vocabulary}${clauses.map(({ ours }) => ours).join('')}`);
    fs.writeFileSync(lines, requests.map((one) => `${JSON.stringify(one)}\n`).join(''));
    const staticPolicies = Object.fromEntries(clauses.map((one) => [one.label, one.cedar]));
    if (!denies)
        staticPolicies.default = 'permit(principal, action, resource);';
    const parsed = cedar.preparsePolicySet('p', { staticPolicies });
    if (parsed.type !== 'success')
        throw new Error(`Cedar: ${JSON.stringify(parsed)} of ${JSON.stringify(staticPolicies)}`);
    const run = spawnSync(rulecheck, ['eval', '-p', rules, '--format', 'json', '--no-summary', lines],
        { encoding: 'utf8', maxBuffer: 1 << 28 });
    if (run.status === null || run.status > 2)
        throw new Error(`rulecheck ended with ${run.status}, see ${rules}:\n${run.stderr.slice(0, 4000)}`);
    const ours = run.stdout.trim().split('\n').map((line) => JSON.parse(line));
    if (ours.length !== requests.length)
        throw new Error(`rulecheck decided ${ours.length} of ${requests.length} requests, see ${rules}`);
    for (const [i, one] of requests.entries()) {
        const theirs = byCedar(one);
        const violated = ours[i].decision === 'deny' ? ours[i].violated.map((v) => v.label ?? v.clause ?? v).sort().join(' ') : '';
        decisions++;
        allowed += theirs.decision === 'allow' ? 1 : 0;
        if (ours[i].decision === theirs.decision && violated === theirs.reason)
            continue;
        differ++;
        console.log(`FAILED: ${rules}, line ${i + 1} of ${lines}\nrulecheck: ${ours[i].decision} ${violated}\nCedar: ${theirs.decision} ` +
            `${theirs.reason}\n${JSON.stringify(one)}\n${clauses.map((c) => `${c.ours}    ${c.cedar}`).join('\n')}`);
        break;
    }
}
console.log(Object.entries(counts).map(([what, n]) => `${what} ${n}`).join(', '));
const share = Math.round(100 * allowed / Math.max(decisions, 1));
console.log(`# Cedar ${cedar.getCedarSDKVersion?.() ?? ''}: ${nPolicies} policies, ${decisions} decisions, ${share} % allow, ${differ} differ`);
const sound = decisions < 10000 || (share >= 20 && share <= 80 && Object.keys(counts).length === 17);
if (!sound)
    console.log('FAILED: the requests are one-sided, or a form is never met');
console.log(`${differ === 0 && sound ? 1 : 0} passed, ${differ === 0 && sound ? 0 : 1} failed, 0 skipped`);
process.exitCode = differ === 0 && sound ? 0 : 1;
