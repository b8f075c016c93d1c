// Deployed files that attack, through the real binary: refused with file and line, in bounded time.
// And that `check` of an ordinary file is quick.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { Authority } from './lib/certificates.mjs';
import { Workplace, patience } from './lib/daemon.mjs';
import { startSite } from './lib/site.mjs';

const place = new Workplace();
let site;

before(async () => {
  const ca = new Authority(place.dir);
  site = await startSite(ca.leaf('good'), '/a');
  place.write('idpwatch.yaml', `defaults: {ca_file: ${ca.caFile}}\nlimits: {private_addresses: true}\n`);
});

after(async () => {
  await site.stop();
  await place.clean();
});

const good = () => `{"Jwt": {"Authority": "${site.url}", "Audience": "a"}}`;

// Two seconds of processor time are plenty for any of them.
function check(...files) {
  return place.runWithin(2 * patience, 'check', ...files, '--config', place.config, '--framework', '8.0',
    '--format', 'json');
}

// .NET cannot read it either: the service does not start, which is a finding with file and line.
async function doesNotStart(file, line, message) {
  const ran = await check(file);
  assert.equal(ran.code, 1, ran.out + ran.err);
  const finding = ran.json.findings.find((f) => f.rule === 'refusal-start');
  assert.equal(finding.source.file, file);
  assert.equal(finding.source.line, line);
  assert.match(finding.error?.message ?? finding.summary, message);
}

// What we refuse, and .NET might not: wrong input, exit 2.
async function refused(files, ...texts) {
  const ran = await check(...files);
  assert.equal(ran.code, 2, ran.out + ran.err);
  for (const text of texts) assert.ok(ran.err.includes(text), `no "${text}" in: ${ran.err.slice(0, 500)}`);
}

test('nested too deep', async () => {
  const depth = 100000;
  await doesNotStart(place.write('lists.json', `{\n"a":\n${'['.repeat(depth)}${']'.repeat(depth)}}`), 3, /deeper than 64/);
  await doesNotStart(place.write('objects.json', `{\n${'"a":{'.repeat(depth)}${'}'.repeat(depth)}}`), 2, /deeper than 64/);
});

test('huge', async () => {
  const file = place.write('huge.json', `{"a": "${'x'.repeat(3 << 20)}"}`);
  await refused([file], file);
  const larger = place.write('larger.json', `{"a": "${'x'.repeat(40 << 20)}"}`);
  const ran = await check(larger);
  assert.equal(ran.code, 3, 'beyond 4 MiB it is not even read');
  assert.ok(ran.err.includes(larger), ran.err);
});

test('bytes that are no UTF-8', async () => {
  const file = place.write('bytes.json', Buffer.from('{\n"A": 1,\n"B": "\xff\xc3\xfe"}', 'latin1'));
  await refused([file], `${file}: line 3`, 'UTF-8');
});

test('keys that stand twice', async () => {
  await doesNotStart(place.write('twice.json', '{\n"A": {"B": 1},\n"x": 2,\n"a:b": 3\n}'), 4, /duplicate key 'a:b'.*lines 2 and 4/);
  const many = `{\n${'"k": 1,\n'.repeat(90000)}"k": 1}`;
  await doesNotStart(place.write('many.json', many), 3, /duplicate key/);
  // As many different ones as fit are only work.
  const different = `{${Array.from({ length: 60000 }, (_, i) => `"k${i}": 1`).join(',')}}`;
  assert.equal((await check(place.write('different.json', different))).code, 3);
});

test('what lies beside it', async () => {
  const settings = place.write('appsettings.json', good());
  const deps = place.write('App.deps.json', `{\n"libraries":\n${'{"a":'.repeat(100000)}`);
  await refused([settings], `${deps}: line 3`, 'deeper than 64');
  place.write('App.deps.json', '{}');
  const env = place.write('service.env', `A=1\nB=${Buffer.alloc(500, 0xff).toString('latin1')}${'x'.repeat(3 << 20)}\n`);
  await refused([settings, env], env);
  const lines = place.write('lines.env', 'A=1\n'.repeat(200000));
  assert.equal((await check(settings, lines)).code, 0);
});

test('an ordinary file is judged in under a second of processor time', async () => {
  const file = place.write('ordinary.json', good());
  const ran = await place.runWithin(1 * patience, 'check', file, '--config', place.config, '--framework', '8.0');
  assert.equal(ran.code, 0, ran.out + ran.err);
});
