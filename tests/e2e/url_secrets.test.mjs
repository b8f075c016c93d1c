// A secret in the query of a configured address: it goes to the provider, and nowhere else.
import assert from 'node:assert/strict';
import { readFileSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';

import { Authority } from './lib/certificates.mjs';
import { Workplace, patience } from './lib/daemon.mjs';
import { Receiver } from './lib/receiver.mjs';
import { startSite } from './lib/site.mjs';

const canary = 'Canary0f9e8d7c';
const place = new Workplace();
const secret = `whsec_${Buffer.alloc(32, 5).toString('base64')}`;
const receiver = new Receiver(secret);
const timeoutMs = 30000 * patience;
let ca; let site; let daemon;
const asked = [];

const configure = (rest = '') => place.configure({ instance: 'canary', ca, receiver, secret, rest: `
log: {level: debug}
authorities:
  - {name: document, issuer: "${site.url}", metadata_url: "${site.url}/.well-known/openid-configuration?appid=1&code=${canary}"}
  - {name: keys, issuer: "${site.url}", jwks_url: "${site.url}/jwks?code=${canary}"}
  - {name: moved, issuer: "${site.url}/moved"}
deployments:
  - name: orders
    files: [${place.path('appsettings.json')}]
    framework: "8.0"
    tokens: {audience: orders}
  - name: coded
    profile: aspnetcore-jwtbearer
    framework: "8.0"
    settings: {metadata_url: "${site.url}/other?code=${canary}", audiences: [orders]}
${rest}` });

before(async () => {
  ca = new Authority(place.dir);
  site = await startSite(ca.leaf('good'));
  const answer = site.answer.bind(site);
  site.answer = (request, response) => {
    asked.push(request.url);
    if (request.url.startsWith('/moved')) {
      response.writeHead(302, { location: `${site.url}/gone?signature=${canary}` }).end();
      return;
    }
    request.url = request.url.split('?')[0];
    answer(request, response);
  };
  await receiver.start();
  place.write('appsettings.json', JSON.stringify({ Authentication: { Schemes: { Bearer: {
    MetadataAddress: `${site.url}/.well-known/openid-configuration?p=b2c&code=${canary}`, ValidAudience: 'orders',
  } } } }));
  configure();
  daemon = await place.serve();
});

after(async () => {
  if (daemon) await place.end(daemon);
  await site.stop();
  await receiver.stop();
  await place.clean();
});

const clean = (text, where) => {
  const at = text.indexOf(canary);
  assert.equal(at, -1, `${where}: ${text.slice(Math.max(0, at - 300), at + 100)}`);
};

test('it is asked with; no message, log, command, page or file of ours holds it', async () => {
  await receiver.wait('the keys', (m) => m.data.event?.type === 'key.published', { timeoutMs });
  // Everything goes wrong that can be said of an address.
  site.issuer = 'https://other.example';
  site.keys = [];
  await receiver.alert('firing', 'issuer-mismatch', { timeoutMs });
  await receiver.alert('firing', 'keyset-empty', { timeoutMs });
  site.jwks = (response) => response.writeHead(500).end();
  site.discovery = (response) => response.writeHead(302, { location: `/.well-known/openid-configuration?code=${canary}` }).end();
  await receiver.alert('firing', 'redirect-loop', { timeoutMs });
  await receiver.alert('firing', 'authority-unreachable', { timeoutMs });
  for (const path of ['/jwks', '/.well-known/openid-configuration', '/other']) {
    assert.ok(asked.some((url) => url.startsWith(path) && url.includes(canary)), path);
  }
  for (const args of [['status'], ['status', '--format', 'json'], ['alerts', 'list'], ['alerts', 'list', '--format', 'json'],
    ['history'], ['history', '--format', 'json'], ['keys', 'document'], ['keys', 'keys', '--format', 'json'],
    ['forecast'], ['forecast', '--format', 'json'], ['audit', 'export'], ['config', 'show'], ['config', 'check'],
    ['check', '--authority', 'document'], ['check', place.path('appsettings.json')],
    ['check', place.path('appsettings.json'), '--format', 'json'],
    ['check', '--authority', `https://127.0.0.1:1/x?code=${canary}`], ['check', '--authority', `htp://x?code=${canary}`]]) {
    const shown = await place.run(...args, '--config', place.config);
    assert.ok(shown.out.length + shown.err.length > 0, args.join(' '));
    clean(shown.out + shown.err, args.join(' '));
  }
  for (const path of ['status', 'authorities', 'findings', 'alerts', 'history'].map((name) => `/api/v1/${name}`)
    .concat('/metrics')) {
    clean(await place.get(path), path);
  }
  configure(`ignore:\n  - {rule: no-such-rule}\n  - {metadata_url: "${site.url}/?code=${canary}"}`);
  const refused = await place.run('config', 'check', '--config', place.config);
  assert.equal(refused.code, 2);
  clean(refused.out + refused.err, 'config check');
  daemon.kill('SIGHUP');
  await receiver.alert('firing', 'self-reload', { timeoutMs });
  assert.equal(await place.end(daemon), 0);
  clean(daemon.log, 'the log');
  clean(JSON.stringify(receiver.messages), 'the webhooks');
  let files = 0;
  for (const name of readdirSync(place.path('state'), { recursive: true })) {
    const file = join(place.path('state'), name);
    if (!statSync(file).isFile()) continue;
    files += 1;
    clean(readFileSync(file, 'latin1'), file);
  }
  assert.ok(files > 0);
});

test('what was served at it is known again after a restart', async () => {
  configure();
  site.issuer = site.discovery = site.jwks = null;
  const from = receiver.messages.length;
  daemon = await place.serve();
  await receiver.alert('resolved', 'authority-unreachable', { from, timeoutMs });
  const changed = receiver.messages.slice(from).filter((m) => m.data.event?.type === 'jwks_uri.changed');
  assert.deepEqual(changed, []);
});
