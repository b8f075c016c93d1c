// kill -9 at random instants while keys rotate and alerts fire: nothing is lost, nothing doubled.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { Authority } from './lib/certificates.mjs';
import { Workplace, patience } from './lib/daemon.mjs';
import { TestProvider, newKey } from './lib/provider.mjs';
import { Receiver } from './lib/receiver.mjs';

const kills = Number(process.env.IDPWATCH_KILLS ?? 200);
const secret = `whsec_${Buffer.alloc(32, 9).toString('base64')}`;
const place = new Workplace();
const receiver = new Receiver(secret);
let provider;

// A small generator with a seed of its own: the same instants at every run.
let state = 20261124;
const chance = () => {
  state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
  return state / 2 ** 32;
};

before(async () => {
  const ca = new Authority(place.dir);
  provider = new TestProvider(ca.leaf('good'));
  await provider.start();
  provider.serveKeys([await newKey('k0')]);
  await receiver.start();
  place.configure({ instance: 'kill', ca, receiver, secret, rest: `
authorities:
  - {name: shop, issuer: "${provider.issuer}"}` });
});

after(async () => {
  await provider.stop().catch(() => {});
  await receiver.stop();
  await place.clean();
});

test(`${kills} kills lose no event and double none`, { timeout: 1200000 * patience }, async () => {
  let generation = 0;
  let served = [await newKey(`g${generation}`)];
  for (let i = 0; i < kills; ++i) {
    // Every few lives the keys move on: a new one joins, the oldest leaves, or all are swapped.
    if (i % 4 === 0) {
      generation += 1;
      served = i % 12 === 0 ? [await newKey(`g${generation}`)]
        : [...served.slice(-1), await newKey(`g${generation}`)];
      provider.serveKeys(served);
    }
    const child = await place.begin();
    await place.pause(50 + chance() * 900);
    await place.end(child, 'SIGKILL');
  }
  // One last life in peace: absences are confirmed, what waits is delivered.
  const child = await place.serve();
  const settled = provider.requests + 16;
  await place.until('the keys to settle', () => provider.requests >= settled, 60000 * patience);
  const events = async () => (await place.run('history', '--config', place.config,
    '--format', 'json')).json.events;
  const stored = await place.until('every stored event to be received', async () => {
    const all = await events();
    const got = new Set(receiver.messages.filter((m) => m.type === 'event')
      .map((m) => m.data.event.seq));
    return all.every((event) => got.has(event.seq)) ? all : null;
  }, 60000 * patience);
  await place.end(child);

  // No event twice in the store: a key is published once, and withdrawn at most once unless it
  // returned.
  const published = stored.filter((e) => e.type === 'key.published').map((e) => e.thumbprint);
  assert.equal(new Set(published).size, published.length);
  for (const key of new Set(published)) {
    const fate = stored.filter((e) => e.thumbprint === key)
      .map((e) => e.type).filter((t) => t === 'key.withdrawn' || t === 'key.returned');
    fate.forEach((type, n) => {
      assert.equal(type, n % 2 === 0 ? 'key.withdrawn' : 'key.returned');
    });
  }
  // The same webhook-id always carries the same message, and each event has one id alone.
  const byId = new Map();
  const idOf = new Map();
  for (const message of receiver.messages) {
    const body = JSON.stringify([message.type, message.data]);
    if (byId.has(message.id)) assert.equal(byId.get(message.id), body);
    byId.set(message.id, body);
    if (message.type !== 'event') continue;
    const seq = message.data.event.seq;
    if (idOf.has(seq)) assert.equal(idOf.get(seq), message.id);
    idOf.set(seq, message.id);
  }
  // Whatever was resolved had been opened.
  const opened = new Set();
  for (const message of receiver.messages.filter((m) => m.type.startsWith('alert.'))) {
    for (const finding of message.data.findings) {
      if (message.type === 'alert.firing') opened.add(finding.id);
      if (finding.state === 'resolved') assert.ok(opened.has(finding.id), finding.rule);
    }
  }
  assert.deepEqual(receiver.refused, []);
  const audit = await place.run('audit', 'verify', '--config', place.config, '--format', 'json');
  assert.equal(audit.json.holds, true, JSON.stringify(audit.json));
});

test('every changed byte of the exported chain is found', async () => {
  const exported = (await place.run('audit', 'export', '--config', place.config)).out;
  const whole = place.write('chain.jsonl', exported);
  assert.equal((await place.run('audit', 'verify', '--file', whole)).code, 0);
  for (let i = 0; i < 40; ++i) {
    const at = Math.floor(chance() * exported.length);
    const bytes = Buffer.from(exported, 'utf8');
    bytes[at] ^= 1 << Math.floor(chance() * 7);
    const changed = place.write('changed.jsonl', bytes);
    const verdict = await place.run('audit', 'verify', '--file', changed);
    assert.notEqual(verdict.code, 0, `byte ${at} was changed unnoticed`);
  }
});
