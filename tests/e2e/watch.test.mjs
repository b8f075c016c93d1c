// The watch, as its user lives it: the real binary, a real provider on TLS that is rotated, broken
// and mended, and a receiver that verifies each webhook with a library that is not ours.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { Authority } from './lib/certificates.mjs';
import { Workplace, patience } from './lib/daemon.mjs';
import { TestProvider, newKey } from './lib/provider.mjs';
import { Receiver } from './lib/receiver.mjs';

const secret = `whsec_${Buffer.alloc(32, 7).toString('base64')}`;
const place = new Workplace();
const receiver = new Receiver(secret);
let ca; let provider; let daemon;
let k1; let k2; let k3;

const timeoutMs = 30000 * patience;
const mark = () => receiver.messages.length;
const event = (type, from, fits = () => true) => receiver.wait(`event ${type}`,
  (m) => m.type === 'event' && m.data.event.type === type && fits(m.data.event), { from, timeoutMs });
const fired = (rule, from) => receiver.alert('firing', rule, { from, timeoutMs });
const resolved = (rule, from) => receiver.alert('resolved', rule, { from, timeoutMs });
// Alerts about this authority since a mark, events left out.
const alerts = (from) => receiver.messages.slice(from)
  .filter((m) => m.type.startsWith('alert.')).map((m) => `${m.type} ${m.data.group.rule}`);
const looks = async (count) => {
  const until = provider.requests + 2 * count;
  await place.until(`${count} looks`, () => provider.requests >= until, timeoutMs);
};

before(async () => {
  ca = new Authority(place.dir);
  provider = new TestProvider(ca.leaf('good'));
  await provider.start();
  [k1, k2, k3] = await Promise.all([newKey('k1'), newKey('k2', 'rsa'), newKey('k3')]);
  provider.serveKeys([k1]);
  await receiver.start();
  place.configure({ instance: 'e2e', ca, receiver, secret, rest: `
authorities:
  - {name: shop, issuer: "${provider.issuer}"}` });
  daemon = await place.serve();
});

after(async () => {
  if (daemon) await place.end(daemon);
  await provider?.stop().catch(() => {});
  await receiver.stop();
  await place.clean();
});

test('the first look publishes the key it finds, as initial', async () => {
  const seen = await event('key.published', 0, (e) => e.kid === 'k1');
  assert.equal(seen.data.event.initial, true);
  assert.equal(seen.data.instance, 'e2e');
});

test('a rotation with overlap makes history and no alarm', async () => {
  const from = mark();
  provider.serveKeys([k1, k2]);
  await event('key.published', from, (e) => e.kid === 'k2' && !e.initial);
  provider.serveKeys([k2]);
  const gone = await event('key.withdrawn', from, (e) => e.kid === 'k1');
  assert.ok(gone.data.event.first_absent_at <= gone.data.event.confirmed_at);
  assert.deepEqual(alerts(from), []);
  const history = await place.run('history', 'shop', '--config', place.config, '--format', 'json');
  assert.equal(history.code, 0, history.err);
  const rotation = history.json.rotations.find((r) => r.old.kid === 'k1');
  assert.equal(rotation?.new.kid ?? null, null, 'a key of another kty is no successor');
});

test('a swap without overlap is told at once', async () => {
  const from = mark();
  provider.serveKeys([k3]);
  const swap = await fired('keyset-replaced', from);
  const finding = swap.data.findings[0];
  assert.equal(finding.severity, 'warning');
  assert.match(finding.summary, /shop/);
  assert.ok(finding.remedy.length > 20);
  await event('keyset.replaced', from);
});

test('replicas that disagree are called inconsistent, not rotated', async () => {
  provider.serveKeys([k3]);
  await looks(4);
  const from = mark();
  provider.serveKeys([k3, k1], [k3]);
  await fired('keyset-inconsistent', from);
  provider.serveKeys([k3]);
  await resolved('keyset-inconsistent', from);
});

// Services may wait longer than idpwatch: a slow answer is a warning.
for (const [what, rule, breaks, mends, severity = 'error'] of [
  ['stopped', 'authority-unreachable', () => provider.stop(), () => provider.start()],
  ['slower than the timeout', 'authority-unreachable',
    () => { provider.delayMs = 4000; }, () => { provider.delayMs = 0; }, 'warning'],
  ['redirecting in a loop', 'redirect-loop',
    () => { provider.redirect = (request) => request.url; }, () => { provider.redirect = null; }],
  ['redirecting to http', 'redirect-downgrade',
    () => { provider.redirect = (request) => `http://127.0.0.1:9${request.url}`; },
    () => { provider.redirect = null; }],
  ['given an expired certificate', 'tls-invalid',
    () => provider.useLeaf(ca.leaf('expired', 'IP:127.0.0.1', -1)),
    () => provider.useLeaf(ca.leaf('renewed'))],
  ['given a certificate of another name', 'tls-invalid',
    () => provider.useLeaf(ca.leaf('other', 'DNS:other.example.test')),
    () => provider.useLeaf(ca.leaf('again'))],
]) {
  test(`a provider ${what} opens ${rule}, mended it resolves`, async () => {
    const from = mark();
    await breaks();
    // Mended whatever it says: the next test begins with a provider in good order.
    const alarm = await fired(rule, from).finally(mends);
    assert.equal(alarm.data.findings[0].severity, severity);
    assert.equal(alarm.data.findings[0].subject.authority, 'shop');
    assert.ok(alarm.data.findings[0].evidence.length > 0);
    const good = await resolved(rule, from);
    assert.equal(good.data.findings[0].id, alarm.data.findings[0].id);
    assert.equal(typeof good.data.findings[0].duration_s, 'number');
  });
}

test('what was received is what was stored, and the chain holds', async () => {
  const history = await place.run('history', 'shop', '--config', place.config, '--format', 'json');
  const stored = history.json.events.map((e) => e.seq);
  const received = receiver.messages.filter((m) => m.type === 'event').map((m) => m.data.event.seq);
  assert.deepEqual([...new Set(received)].filter((seq) => !stored.includes(seq)), []);
  assert.equal(new Set(receiver.messages.map((m) => m.id)).size, receiver.messages.length);
  assert.deepEqual(receiver.refused, []);
  const audit = await place.run('audit', 'verify', '--config', place.config, '--format', 'json');
  assert.equal(audit.code, 0, audit.err);
  assert.equal(audit.json.holds, true);
});

test('SIGTERM ends the daemon with 0, and the next one goes on where it was', async () => {
  assert.equal(await place.end(daemon), 0);
  const from = mark();
  daemon = await place.serve();
  await looks(2);
  assert.deepEqual(receiver.messages.slice(from).map((m) => m.type), []);
});
