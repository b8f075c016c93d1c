// Signals at any time: during the start, in floods, while a receiver hangs.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import net from 'node:net';
import { after, before, test } from 'node:test';

import { Authority } from './lib/certificates.mjs';
import { Workplace } from './lib/daemon.mjs';
import { TestProvider, newKey } from './lib/provider.mjs';

const place = new Workplace();
const sockets = new Set();
let ca; let provider; let hung;

const configure = ({ rest = '', instance = 'signals' } = {}) => place.configure({
  instance, ca, receiver: { url: `http://127.0.0.1:${hung.address().port}/` },
  secret: `whsec_${Buffer.alloc(32, 1).toString('base64')}`,
  rest: `authorities:\n  - {name: shop, issuer: "${provider.issuer}"}\n${rest}`,
});
// As long as the process does not take them itself, a signal would kill it: no test is about that.
const takesSignals = (child) => place.until('signals to be taken', () => {
  const file = `/proc/${child.pid}/status`;
  if (!existsSync(file)) return false;
  const blocked = /^SigBlk:\s*(\S+)$/m.exec(readFileSync(file, 'utf8'));
  return blocked !== null && (BigInt(`0x${blocked[1]}`) & 1n) === 1n; // SIGHUP
});
const reloads = (child) => child.log.split('"reloaded"').length - 1;

before(async () => {
  ca = new Authority(place.dir);
  provider = new TestProvider(ca.leaf('good'));
  await provider.start();
  provider.serveKeys([await newKey('k1', 'rsa')]);
  hung = net.createServer((socket) => { sockets.add(socket); socket.on('error', () => {}); });
  hung.listen(0, '127.0.0.1');
  await once(hung, 'listening');
});

after(async () => {
  await place.clean();
  await provider.stop();
  for (const socket of sockets) socket.destroy();
  hung.close();
});

test('SIGHUP during the start is a reload after it, and SIGTERM ends it', async () => {
  configure();
  for (let i = 0; i < 5; i += 1) {
    const child = place.begin();
    await takesSignals(child);
    child.kill('SIGHUP');
    await place.until('the reload', () => reloads(child) === 1);
    assert.equal(await place.end(child), 0, child.log);
  }
  for (let i = 0; i < 5; i += 1) {
    const child = place.begin();
    await takesSignals(child);
    assert.equal(await place.end(child), 0, child.log);
  }
});

test('while a large configuration is read, SIGHUP does no harm and SIGTERM is an orderly end', async () => {
  configure({ rest: Array.from({ length: 20000 }, (_, i) => `  - {name: a${i}, issuer: "https://a${i}.example"}`).join('\n') });
  const child = place.begin();
  await takesSignals(child);
  await place.until('the reading to be under way', () => {
    const status = readFileSync(`/proc/${child.pid}/status`, 'utf8');
    return Number(/^VmRSS:\s*(\d+)/m.exec(status)?.[1] ?? 0) > 40000;
  });
  child.kill('SIGHUP');
  assert.equal(await place.end(child), 0, child.log);
  assert.ok(!existsSync(place.path('state/idpwatch.db-wal')), 'nothing is left open');
});

test('a flood of SIGHUP stops no probe, and the last configuration is in force after it', async () => {
  configure();
  const child = await place.serve();
  const before = provider.requests;
  for (let i = 0; i < 3000; i += 1) {
    child.kill('SIGHUP');
    if (i % 3 === 0) await place.pause(1);
  }
  configure({ rest: `  - {name: last, issuer: "${provider.issuer}", metadata_url: "${provider.issuer}/other"}` });
  child.kill('SIGHUP');
  await place.until('the last configuration', async () => {
    const status = await place.run('status', '--config', place.config, '--format', 'json');
    return status.json?.authorities.length === 2;
  });
  assert.ok(provider.requests > before + 2, 'probes go on');
  assert.ok(reloads(child) < 100, `${reloads(child)} reloads`);
  assert.equal(await place.end(child), 0, 'a receiver that hangs does not keep it');
});
