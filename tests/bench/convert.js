// SPDX-License-Identifier: MIT
//
// node convert.js DIR: makes NAME.rules beside each NAME_policy.json of W1, W2 and W2b that lies in DIR in the neutral form that other
// engines get, so that the tool decides the very files that they do.  The requests need no change:
//
//     rulecheck eval -p DIR/w2_1000.rules --expect expect DIR/w2_1000_requests.jsonl
'use strict';
const fs = require('fs'), path = require('path');

const wanted = new Set(['id', 'expect', 'fired']);

// An operand is a number, a name, or { field: NAME }.
function condition([field, op, value]) {
    const other = value && value.field !== undefined ? value.field : value;
    if (field === 'role' && op === 'in') return '(' + value.map(name => `role has ${name}`).join(' or ') + ')';
    if (field === 'role' && op === 'not in') return 'not (' + value.map(name => `role has ${name}`).join(' or ') + ')';
    if (op === 'in') return `${field} in { ${value.join(', ')} }`;
    return `${field} ${op} ${other}`;
}

function conditions(rule) {
    if (rule.all) return rule.all;
    const names = ['subject', 'action', 'resource'].filter(key => rule[key] !== '*').map(key => [key, '==', rule[key]]);
    return [...names, [rule.cond.attr, rule.cond.op, rule.cond.value]];
}

function convert(policy, requests) {
    const names = { subject: new Set(), role: new Set(), action: new Set(), resource: new Set() }, numbers = new Set();
    const add = (key, value) => {
        if (names[key]) for (const name of [value].flat()) names[key].add(name);
        else if (!wanted.has(key)) numbers.add(key);
    };
    for (const rule of policy.rules) for (const [key, , value] of conditions(rule)) add(key, value);
    for (const request of requests) for (const [key, value] of Object.entries(request)) add(key, value);
    const lines = [`policy bench.${policy.name.replace(/\W/g, '_')};`, 'default allow;', 'vocabulary {'];
    for (const [dimension, all] of Object.entries(names)) lines.push(`    ${dimension} ${[...all].join(', ')};`);
    lines.push(`    attribute ${[...numbers].join(', ')} : int 0..;`, '}');
    for (const rule of policy.rules) lines.push(`${rule.id}: deny when ${conditions(rule).map(condition).join(' and ')};`);
    return lines.join('\n') + '\n';
}

const dir = process.argv[2] || '.';
for (const file of fs.readdirSync(dir).filter(name => /^w(1|2b?_\d+)_policy\.json$/.test(name))) {
    const base = path.join(dir, file.replace('_policy.json', ''));
    const requests = fs.readFileSync(base + '_requests.jsonl', 'utf8').trim().split('\n').map(line => JSON.parse(line));
    fs.writeFileSync(base + '.rules', convert(JSON.parse(fs.readFileSync(path.join(dir, file), 'utf8')), requests));
}
