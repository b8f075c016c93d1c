// The state directory in trouble: in use, not a directory, damaged, and left behind in order.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { copyFileSync, existsSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { after, before, test } from 'node:test';

import { Authority } from './lib/certificates.mjs';
import { Workplace, patience } from './lib/daemon.mjs';
import { TestProvider, newKey } from './lib/provider.mjs';
import { Receiver } from './lib/receiver.mjs';

const secret = `whsec_${Buffer.alloc(32, 11).toString('base64')}`;
const place = new Workplace();
const receiver = new Receiver(secret);
const database = () => place.path('state/idpwatch.db');
const timeoutMs = 30000 * patience;
let ca; let provider;

const configure = (stateDir = place.path('state'), name = 'shop') => place.write('idpwatch.yaml', `
state_dir: ${stateDir}
listen: unix:${place.path('admin.sock')}
instance: faults
defaults: {interval: 1s, timeout: 2s, ca_file: ${ca.caFile}}
limits: {private_addresses: true}
alerts: {group_wait: 0s, group_interval: 1s}
authorities:
  - {name: ${name}, issuer: "${provider.issuer}"}
receivers:
  - {name: oncall, webhook: {url: "${receiver.url}", secret_file: ${place.path('hook.secret')}}}
`);

// A daemon that is expected to end by itself.
const refused = async () => {
  const child = place.begin();
  const [code] = await once(child, 'exit');
  return { code, log: child.log };
};

before(async () => {
  ca = new Authority(place.dir);
  provider = new TestProvider(ca.leaf('good'));
  await provider.start();
  provider.serveKeys([await newKey('k1')]);
  await receiver.start();
  place.write('hook.secret', secret);
  configure();
});

after(async () => {
  await provider.stop().catch(() => {});
  await receiver.stop();
  await place.clean();
});

test('who else wants the state directory is told which process holds it; records go in once that has ended', async () => {
  const daemon = await place.serve();
  const second = await refused();
  assert.equal(second.code, 3);
  assert.match(second.log, new RegExp(`process ${daemon.pid}`));
  const look = (at, kid) => JSON.stringify({
    schema: 'idpwatch.observation/v1', at, authority: 'past', issuer: 'https://past.example',
    jwks: { url: 'https://past.example/jwks', status: 200, body: { keys: [{ kty: 'oct', kid, k: 'AA' }] } },
  });
  const good = place.write('good.jsonl', `${look('2026-03-01T05:12:07Z', 'a')}\n${look('2026-03-01T05:13:07Z', 'b')}\n`);
  const bad = place.write('bad.jsonl', `${look('2026-03-01T05:12:07Z', 'a').replace('past"', 'bad"')}\n\nnonsense\n`);
  const run = (...args) => place.run('import', ...args, '--format', 'json');
  const locked = await run('--config', place.config, good);
  assert.equal(locked.code, 3);
  assert.match(locked.err, new RegExp(`process ${daemon.pid}`));
  assert.match(locked.err, /stop the daemon while you import, or import into another database with --db/);
  assert.equal((await place.run('history', 'past', '--config', place.config)).code, 2, 'nothing is stored');
  await place.end(daemon);
  assert.ok(!existsSync(`${database()}-wal`), 'the end empties the write-ahead log');
  const imported = await run('--config', place.config, good);
  assert.equal(imported.code, 0, imported.err);
  assert.equal(imported.json.records, 2);
  const refusedFile = await run('--config', place.config, bad);
  assert.equal(refusedFile.code, 2);
  assert.match(refusedFile.err, /bad\.jsonl:3: /);
  const future = place.write('future.jsonl', `${look('9999-12-31T00:00:00Z', 'a').replace('past"', 'bad"')}\n`);
  const tooLate = await run('--config', place.config, future);
  assert.equal(tooLate.code, 2);
  assert.match(tooLate.err, /future\.jsonl:1: the record of 'bad' is from 9999-12-31T00:00:00Z, in the future/);
  assert.equal((await run('--config', place.config, good)).code, 2, 'not newer than what is stored');
  const history = await place.run('history', 'past', '--config', place.config, '--format', 'json');
  assert.ok(history.json.events.length > 0);
  assert.equal((await place.run('history', 'bad', '--config', place.config)).code, 2, 'nothing of those files');
  const nothing = await run(place.path('missing.jsonl'), '--db', place.path('fresh'));
  assert.equal(nothing.code, 3);
  assert.ok(!existsSync(place.path('fresh')), 'a file that is missing leaves nothing behind');
});

test('a file that is named as the state directory is not touched', async () => {
  const file = place.write('notes.txt', 'mine');
  configure(file);
  const { code, log } = await refused();
  assert.equal(code, 2, log);
  assert.equal(readFileSync(file, 'utf8'), 'mine');
  configure();
});

test('a damaged database is moved aside, and what was open is not told twice', async () => {
  await provider.stop();
  let daemon = await place.serve();
  await receiver.alert('firing', 'authority-unreachable', { timeoutMs });
  await place.end(daemon);
  const bytes = readFileSync(database());
  bytes.fill(0x55, 4096 * 3, 4096 * 3 + 64);
  writeFileSync(database(), bytes);
  const from = receiver.messages.length;
  daemon = await place.serve();
  const moved = readdirSync(place.path('state')).filter((name) => /\.corrupt-[0-9TZ]+$/.test(name));
  assert.equal(moved.length, 1, daemon.log);
  assert.match(daemon.log, /damaged and is moved aside/);
  const told = await receiver.alert('firing', 'self-storage', { from, timeoutMs });
  assert.ok(JSON.stringify(told).includes(moved[0]), JSON.stringify(told));
  assert.equal((await place.run('audit', 'verify', '--config', place.config)).code, 0);
  await provider.start();
  await receiver.alert('resolved', 'authority-unreachable', { from, timeoutMs });
  const again = receiver.messages.slice(from).filter((m) => m.type === 'alert.firing'
    && m.data.group.rule === 'authority-unreachable');
  assert.deepEqual(again, []);
  await place.end(daemon);
});

for (const sample of ['flipped-index-bit', 'changed-schema-byte']) {
  test(`a database with a ${sample} that no quick check sees costs its history, and not the watch`, async () => {
    const state = place.path(sample);
    mkdirSync(state, { mode: 0o700 });
    const source = new URL(`../data/damaged-databases/${sample}.db`, import.meta.url);
    copyFileSync(source, `${state}/idpwatch.db`);
    configure(state, 'n1'); // as it is called in the sample
    const from = receiver.messages.length;
    const daemon = await place.serve();
    const told = await receiver.alert('firing', 'self-storage', { from, timeoutMs });
    const moved = readdirSync(state).filter((name) => /\.corrupt-[0-9TZ]+$/.test(name));
    assert.equal(moved.length, 1, daemon.log);
    assert.ok(JSON.stringify(told).includes(moved[0]));
    await place.end(daemon);
    assert.equal((await place.run('audit', 'verify', '--config', place.config)).code, 0);
    assert.equal((await place.run('history', 'n1', '--config', place.config)).code, 0);
    configure();
  });
}

test('a database that cannot be made is made later; until then alerts go out, and so do probes', async () => {
  const blocked = place.write('blocked', 'a file where a directory should be');
  configure(`${blocked}/state`);
  const from = receiver.messages.length;
  const daemon = place.begin(); // it does not call itself ready
  await receiver.alert('firing', 'self-storage', { from, timeoutMs });
  await provider.stop(); // a probe is under way just then: the first one
  await receiver.alert('firing', 'authority-unreachable', { from, timeoutMs });
  await provider.start();
  await receiver.alert('resolved', 'authority-unreachable', { from, timeoutMs });
  rmSync(blocked);
  await receiver.alert('resolved', 'self-storage', { from, timeoutMs: timeoutMs * 2 });
  await place.end(daemon);
  const history = await place.run('history', 'shop', '--config', place.config, '--format', 'json');
  const types = history.json.events.map((event) => event.type);
  assert.deepEqual(types.sort(), ['authority.recovered', 'authority.unreachable', 'key.published']);
  assert.equal((await place.run('audit', 'verify', '--config', place.config)).code, 0);
  configure();
});

test('a second daemon does not start when somebody removed the lock file', async () => {
  const daemon = await place.serve();
  rmSync(place.path('state/idpwatch.lock'));
  const { code, log } = await refused();
  assert.equal(code, 3, log);
  assert.match(log, /another idpwatch/);
  await place.end(daemon);
});
