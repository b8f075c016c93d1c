// `alerts test` says what came of the message: delivered, refused, or still being tried.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { Authority } from './lib/certificates.mjs';
import { Workplace } from './lib/daemon.mjs';
import { Receiver } from './lib/receiver.mjs';

const secret = `whsec_${Buffer.alloc(32, 11).toString('base64')}`;
const place = new Workplace();
const receiver = new Receiver(secret);
let daemon;

before(async () => {
  await receiver.start();
  place.configure({ instance: 'testing', ca: new Authority(place.dir), receiver, secret, rest: '' });
  daemon = await place.serve();
});

after(async () => {
  if (daemon) await place.end(daemon);
  await receiver.stop().catch(() => {});
  await place.clean();
});

const ask = (...args) => place.run('alerts', 'test', '--config', place.config, ...args);

test('delivered, with the id that the receiver got', async () => {
  const { code, json } = await ask('--format', 'json');
  assert.equal(code, 0);
  assert.equal(json.receivers[0].state, 'delivered');
  assert.equal(json.receivers[0].status, 204);
  assert.equal(receiver.messages.at(-1).id, json.receivers[0].id);
  const text = await ask();
  assert.match(text.out, /delivered: HTTP 204, webhook-id [0-9a-f-]{36}/);
});

test('not waited for', async () => {
  const { code, out } = await ask('--no-wait');
  assert.equal(code, 0);
  assert.match(out, /queued, webhook-id [0-9a-f-]{36}/);
});

test('refused, with the status and the next step', async () => {
  receiver.status = 400;
  const dropped = await ask();
  assert.equal(dropped.code, 1);
  assert.match(dropped.out, /refused: HTTP 400, .*see what the receiver logs of this message/);
  receiver.status = 401;
  const secretWrong = await ask('--format', 'json');
  assert.equal(secretWrong.code, 1);
  assert.equal(secretWrong.json.receivers[0].state, 'refused');
  assert.equal(secretWrong.json.receivers[0].status, 401);
});

test('still being tried, when nobody answers in time', async () => {
  await place.end(daemon);
  await receiver.stop();
  daemon = await place.serve();
  const { code, json } = await ask('--format', 'json');
  assert.equal(code, 3);
  const { state, reason, status } = json.receivers[0];
  // The message that was refused before comes first, and fails.
  assert.ok(state === 'retrying' || state === 'waiting', state);
  if (state === 'retrying') assert.match(reason, /connect/);
  assert.equal(status, null);
});
