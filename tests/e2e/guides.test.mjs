// The commands of docs/cors.md and docs/key-vault.md, each run as it is printed there, against the
// API that its comment names: its exit code, and what the page says that it says.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import http from 'node:http';
import { after, before, test } from 'node:test';

import { Authority } from './lib/certificates.mjs';
import { corsCases } from './lib/cors_cases.mjs';
import { Workplace } from './lib/daemon.mjs';
import { ProtectedApi, tokenOf } from './lib/protected_api.mjs';
import { TestProvider, newKey } from './lib/provider.mjs';
import { close, listen } from './lib/server.mjs';

const place = new Workplace();
let provider; let caPem;

before(async () => {
  const ca = new Authority(place.dir);
  caPem = readFileSync(ca.caFile);
  provider = new TestProvider(ca.leaf('good'));
  await provider.start();
  const key = await newKey('k1');
  provider.serveKeys([key]);
  place.write('token.txt', `${await tokenOf(provider, key)}\n`);
  place.write('idpwatch.yaml', `state_dir: ${place.path('state')}\n`);
});

after(async () => {
  await provider.stop();
  await place.clean();
});

// Blocks of ```sh: a comment with what to expect, and one command.
function shown(page) {
  const text = readFileSync(new URL(`../../docs/${page}`, import.meta.url), 'utf8');
  const blocks = [...text.matchAll(/```sh\n# (?:(.*?): )?exit (\d), says: (.*)\nidpwatch (.*)\n```/g)];
  assert.equal(blocks.length, text.split('```sh').length - 1, `${page}: a block of another form`);
  return blocks.map(([, name, exit, says, command]) => ({ name, exit: Number(exit), says, words: command.split(' ') }));
}

async function check(one, from, to) {
  const words = one.words.map((word) => (word.endsWith('.txt') ? place.path(word) : word.replace(from, to)));
  const ran = await place.run(...words, '--config', place.config);
  assert.equal(ran.code, one.exit, `${one.name ?? one.words}: ${ran.out}${ran.err}`);
  assert.ok(ran.out.includes(one.says), `${one.name ?? one.words} does not say ${one.says}: ${ran.out}`);
}

test('each command of the page about CORS does what the page says', async () => {
  const all = shown('cors.md');
  assert.ok(all.length >= 12);
  for (const one of all) {
    const made = corsCases.find((each) => each.name === one.name);
    assert.ok(made, `no such API: ${one.name}`);
    const api = new ProtectedApi(provider, caPem);
    await api.serve((app) => made.build(app, { auth: api.auth(), origin: 'https://app.example.com' }));
    await check(one, 'https://api.example.com/orders', api.url);
    await api.stop();
  }
});

// Key Vault's wire format: the challenge, and its error texts (tests/data/token-reports/10-vault-wrong-resource).
const tenant = '0b1c2d3e-4f50-4617-8293-a4b5c6d7e8f9';
function vault(request, response) {
  const challenge = `Bearer authorization="https://login.microsoftonline.com/${tenant}", resource="https://vault.azure.net"`;
  const refuse = (message) => {
    response.writeHead(401, { 'www-authenticate': challenge, 'content-type': 'application/json' });
    response.end(JSON.stringify({ error: { code: 'Unauthorized', message } }));
  };
  const token = request.headers.authorization?.split(' ')[1];
  if (!token) return refuse('AKV10000: Request is missing a Bearer or PoP token.');
  const claims = JSON.parse(Buffer.from(token.split('.')[1], 'base64url'));
  const right = ['https://vault.azure.net', 'cfa8b339-82a2-471a-a3c9-0fc0be7a4093'].includes(claims.aud);
  if (!right) return refuse(`AKV10022: Invalid audience. Expected https://vault.azure.net, found: ${claims.aud}.`);
  if (claims.tid !== tenant) {
    return refuse(`AKV10032: Invalid issuer. Expected one of https://sts.windows.net/${tenant}/, found ${claims.iss}.`);
  }
  if (claims.oid === 'nobody') {
    response.writeHead(403, { 'content-type': 'application/json' });
    return response.end(JSON.stringify({ error: { code: 'Forbidden', message: 'Caller is not authorized to perform action.' } }));
  }
  return response.end('{}');
}

test('each command of the page about Key Vault does what the page says', async () => {
  const server = http.createServer(vault);
  const origin = `http://127.0.0.1:${await listen(server)}`;
  const write = (name, claims) => {
    const own = { aud: 'https://vault.azure.net', tid: tenant, iss: `https://sts.windows.net/${tenant}/`, exp: 4102444800, ...claims };
    const part = (value) => Buffer.from(JSON.stringify(value)).toString('base64url');
    place.write(name, [part({ alg: 'RS256', typ: 'JWT', kid: 'k' }), part(own), 'A'.repeat(342)].join('.'));
  };
  write('good.txt', {});
  write('management.txt', { aud: 'https://management.azure.com/' });
  write('slash.txt', { aud: 'https://vault.azure.net/' });
  write('host.txt', { aud: origin });
  write('spn.txt', { aud: 'spn:https://vault.azure.net' });
  write('cloud.txt', { aud: 'https://vault.usgovcloudapi.net' });
  write('tenant.txt', { tid: '11111111-2222-4333-8444-555555555555' });
  write('forbidden.txt', { oid: 'nobody' });
  const all = shown('key-vault.md');
  assert.ok(all.length >= 9);
  for (const one of all) await check(one, 'https://orders-example.vault.azure.net', origin);
  await close(server);
});
