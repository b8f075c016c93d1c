// Providers that attack: refused or escaped, in bounded memory, and others are not disturbed.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import https from 'node:https';
import { after, before, test } from 'node:test';
import { constants, createGzip } from 'node:zlib';

import { Authority } from './lib/certificates.mjs';
import { Workplace, patience } from './lib/daemon.mjs';
import { TestProvider, newKey } from './lib/provider.mjs';
import { Receiver } from './lib/receiver.mjs';
import { close, listen } from './lib/server.mjs';

const secret = `whsec_${Buffer.alloc(32, 5).toString('base64')}`;
const place = new Workplace();
const receiver = new Receiver(secret);
const servers = [];
let good; let daemon;

// What each hostile provider does with a request for its key set. Its discovery document is fine.
const attacks = {
  nested: (response) => { response.end(`{"keys":${'['.repeat(60000)}${']'.repeat(60000)}}`); },
  endless: (response) => {
    const part = Buffer.alloc(65536, 0x20);
    const push = () => { while (!response.destroyed && response.write(part)); };
    response.on('drain', push);
    push();
  },
  headers: (response) => {
    for (let i = 0; i < 400; ++i) response.setHeader(`x-flood-${i}`, 'x'.repeat(1000));
    response.end('{"keys":[]}');
  },
  bomb: (response) => {
    response.setHeader('content-encoding', 'gzip');
    const gzip = createGzip({ level: constants.Z_BEST_SPEED });
    gzip.pipe(response);
    const part = Buffer.alloc(1 << 20, 0x20);
    let left = 2048;
    const push = () => {
      while (left > 0 && !response.destroyed) {
        left -= 1;
        if (!gzip.write(part)) { gzip.once('drain', push); return; }
      }
      gzip.end();
    };
    push();
  },
  loris: (response) => {
    response.write('{"keys"');
    const drip = setInterval(() => response.write(' '), 200);
    response.on('close', () => clearInterval(drip));
  },
  escapes: (response) => {
    response.end(JSON.stringify({ keys: [{
      kty: 'EC', crv: 'P-256', use: 'sig', kid: '\u001b[2J\u001b[31m<script>alert(1)</script>\u202e',
      x: Buffer.alloc(32, 1).toString('base64url'), y: Buffer.alloc(32, 2).toString('base64url'),
    }] }));
  },
};

async function hostile(leaf, attack) {
  const server = https.createServer(leaf, (request, response) => {
    response.on('error', () => {});
    if (!request.url.includes('openid-configuration')) { attack(response); return; }
    const issuer = `https://127.0.0.1:${server.address().port}`;
    response.end(JSON.stringify({ issuer, jwks_uri: `${issuer}/jwks` }));
  });
  server.on('clientError', () => {});
  await listen(server);
  servers.push(server);
  return `https://127.0.0.1:${server.address().port}`;
}

before(async () => {
  const ca = new Authority(place.dir);
  const leaf = ca.leaf('good');
  good = new TestProvider(leaf);
  await good.start();
  good.serveKeys([await newKey('k1')]);
  await receiver.start();
  const lines = [`  - {name: good, issuer: "${good.issuer}"}`];
  for (const [name, attack] of Object.entries(attacks)) {
    lines.push(`  - {name: ${name}, issuer: "${await hostile(leaf, attack)}"}`);
  }
  place.configure({ instance: 'hostile', ca, receiver, secret, rest: `
authorities:
${lines.join('\n')}` });
  daemon = await place.serve();
});

after(async () => {
  if (daemon) await place.end(daemon);
  for (const server of servers) await close(server);
  await good.stop();
  await receiver.stop();
  await place.clean();
});

const about = (name) => (m) => m.type === 'alert.firing' && m.data.group?.authority === name;

for (const name of ['nested', 'endless', 'headers', 'bomb', 'loris']) {
  test(`${name}: the attack is refused and told`, async () => {
    const alarm = await receiver.wait(`an alert about ${name}`, about(name),
      { timeoutMs: 40000 * patience });
    assert.ok(['authority-unreachable', 'keys-invalid'].includes(alarm.data.group.rule),
      alarm.data.group.rule);
  });
}

test('escapes: a hostile kid is shown, never obeyed', async () => {
  const event = await receiver.wait('the key of escapes',
    (m) => m.type === 'event' && m.data.event.authority === 'escapes', { timeoutMs: 20000 * patience });
  assert.equal(JSON.stringify(event.data.summary).includes('\\u001b'), false);
  for (const args of [['history'], ['keys', 'escapes'], ['alerts', 'list'], ['status']]) {
    const shown = await place.run(...args, '--config', place.config);
    // 1: alerts are firing, which is what `status` says of it.
    assert.ok(shown.code <= 1, shown.err);
    assert.equal(/[\u001b\u202e]/.test(shown.out), false, args.join(' '));
  }
  assert.equal(/\u001b/.test(daemon.log), false);
});

test('the good provider is undisturbed, and memory is bounded', async () => {
  const status = await place.run('status', '--config', place.config, '--format', 'json');
  const state = status.json.authorities.find((a) => a.name === 'good');
  assert.equal(state.state, 'ok');
  const peak = Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${daemon.pid}/status`, 'utf8'))[1]);
  // A sanitized build keeps freed memory in quarantine.
  assert.ok(peak < 128 * 1024 * (patience > 1 ? 16 : 1), `${peak} KiB`);
});
