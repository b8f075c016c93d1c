// A log that nobody reads, that is closed, or that may not grow: the watch goes on, and ends when told.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { closeSync, constants, openSync, writeSync } from 'node:fs';
import { after, before, beforeEach, test } from 'node:test';

import { Authority } from './lib/certificates.mjs';
import { Workplace, patience } from './lib/daemon.mjs';
import { TestProvider, newKey } from './lib/provider.mjs';
import { Receiver } from './lib/receiver.mjs';

const secret = `whsec_${Buffer.alloc(32, 13).toString('base64')}`;
const place = new Workplace();
const receiver = new Receiver(secret);
const timeoutMs = 30000 * patience;
let ca; let provider; let number = 0;

before(async () => {
  ca = new Authority(place.dir);
  provider = new TestProvider(ca.leaf('good'));
  await provider.start();
  provider.serveKeys([await newKey('k0')]);
  await receiver.start();
});

beforeEach(() => {
  number += 1;
  place.configure({ instance: 'log', ca, receiver, secret, rest: `
log: {level: debug}
authorities:
  - {name: shop${number}, issuer: "${provider.issuer}"}` });
});

after(async () => {
  await place.clean();
  await provider.stop();
  await receiver.stop();
});

// A key is published, and people hear of it.
const works = async () => {
  const from = receiver.messages.length;
  const kid = `k${number}-${from}`;
  provider.serveKeys([await newKey(kid)]);
  await receiver.wait(`the key ${kid}`, (m) => m.data.event?.kid === kid, { from, timeoutMs });
};

test('a pipe that is full and that nobody reads', async () => {
  const fifo = place.path('stderr');
  execFileSync('mkfifo', [fifo]);
  const held = openSync(fifo, constants.O_RDWR | constants.O_NONBLOCK);
  const end = openSync(fifo, 'w');
  for (const size of [4096, 1]) {
    try { for (;;) writeSync(held, Buffer.alloc(size, 120)); } catch (error) { assert.equal(error.code, 'EAGAIN'); }
  }
  const child = place.beginIn(':', end);
  await works();
  child.kill('SIGHUP');
  await works();
  assert.equal(await place.end(child), 0);
  closeSync(end);
  closeSync(held);
});

test('a pipe whose reader is gone', async () => {
  const child = place.beginIn(':');
  child.stderr.destroy();
  await works();
  child.kill('SIGPIPE');
  await works();
  assert.equal(await place.end(child), 0);
});

test('closed from the start', async () => {
  const child = place.beginIn('exec 2>&- 1>&- 0>&-', 'ignore');
  await works();
  assert.equal(await place.end(child), 0);
});

test('no file may grow: the database is told as full, and the watch goes on from memory', async () => {
  const child = place.beginIn('ulimit -f 200');
  await works();
  const from = receiver.messages.length;
  let rounds = 0;
  await place.until('the limit to be met', async () => {
    await works();
    rounds += 1;
    return rounds > 200 || receiver.messages.slice(from).some((m) => m.data.group?.rule === 'self-storage');
  }, 120000 * patience);
  assert.ok(rounds <= 200);
  await works();
  child.kill('SIGXFSZ');
  await works();
  assert.equal(await place.end(child), 0);
});
