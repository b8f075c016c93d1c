// What idpwatch meets is not always what a service meets: the same provider, asked by both, on
// loopback. One-shot checks of an ASP.NET Core service; each provider is one odd case.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import http from 'node:http';
import { after, before, test } from 'node:test';
import { gzipSync, brotliCompressSync } from 'node:zlib';

import { Workplace } from './lib/daemon.mjs';
import { newKey } from './lib/provider.mjs';
import { close, listen } from './lib/server.mjs';
import { publicKey, startSite } from './lib/site.mjs';

const place = new Workplace();
const servers = [];
const issuing = 'issuing CA of the test';
const root = 'root of the test';
let key; let aia; let aiaRequests = 0;

const openssl = (...args) => execFileSync('openssl', args, { cwd: place.dir, stdio: ['ignore', 'pipe', 'pipe'] });
const ec = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256'];
const read = (name) => readFileSync(place.path(name));

// Files NAME.key and NAME.pem; `by`: the files of who signs it, null: itself.
function certificate(name, subject, by, extensions, algorithm = ec) {
  writeFileSync(place.path(`${name}.ext`), extensions.join('\n'));
  openssl('req', '-new', ...algorithm, '-nodes', '-keyout', `${name}.key`, '-out', `${name}.csr`, '-subj', `/CN=${subject}`);
  const signer = by ? ['-CA', `${by}.pem`, '-CAkey', `${by}.key`, '-CAcreateserial'] : ['-signkey', `${name}.key`];
  openssl('x509', '-req', '-in', `${name}.csr`, ...signer, '-out', `${name}.pem`, '-days', '30', '-extfile', `${name}.ext`);
}

const authority = ['basicConstraints=critical,CA:TRUE', 'keyUsage=critical,keyCertSign,cRLSign', 'subjectKeyIdentifier=hash'];
const server = ['subjectAltName=IP:127.0.0.1', 'authorityKeyIdentifier=keyid'];

async function site(tls, change = () => {}) {
  const made = await startSite(tls, '/idp', key);
  servers.push(made);
  made.asked = [];
  const { answer } = made;
  made.answer = (request, response) => {
    made.asked.push({ url: request.url, headers: request.headers });
    return made.odd?.(request, response) ? undefined : answer.call(made, request, response);
  };
  change(made);
  return made;
}

const json = (response, body, headers = {}) => {
  response.writeHead(200, { 'content-type': 'application/json', ...headers });
  response.end(body);
};
const documentOf = (one) => JSON.stringify({ issuer: one.url, jwks_uri: `${one.url}/jwks` });

const releases = { core3: ['3.1.18', '5.5.0', 'v3.1'], net8: ['8.0.11', '7.1.2', 'v8.0'] };
let services = 0;

// What `check` says of a service of that release, which trusts that provider.
async function check(one, { release = 'net8', ca = 'root.pem', limits = 'private_addresses: true', timeout = '5s' } = {}) {
  const name = `service${services += 1}`;
  const [bearer, model, target] = releases[release];
  mkdirSync(place.path(name));
  const file = place.write(`${name}/appsettings.json`, JSON.stringify({ Authentication: { Schemes: { Bearer: {
    Authority: one.url, ValidAudiences: ['api://orders'] } } } }, null, 2));
  place.write(`${name}/Orders.deps.json`, JSON.stringify({ runtimeTarget: { name: `.NETCoreApp,Version=${target}` }, libraries: {
    [`Microsoft.AspNetCore.Authentication.JwtBearer/${bearer}`]: { type: 'package', serviceable: true, sha512: '' },
    [`Microsoft.IdentityModel.Tokens/${model}`]: { type: 'package', serviceable: true, sha512: '' } } }));
  const config = place.write(`${name}/idpwatch.yaml`,
    `state_dir: ${place.path('state')}\ninstance: here\nlimits: {${limits}}\ndefaults: {timeout: ${timeout}, ca_file: ${place.path(ca)}}\n`);
  const options = ['--config', config, '--format', 'json'];
  const service = await place.run('check', file, ...options);
  assert.ok(service.json, service.out + service.err);
  return { ...service, result: service.json.checked[0].result, text: JSON.stringify(service.json),
    rules: service.json.findings.map((f) => `${f.rule} ${f.certainty}`), options };
}

async function provider(one, options) {
  const checked = await place.run('check', '--authority', one.url, ...options);
  assert.ok(checked.json, checked.out + checked.err);
  return { ...checked, text: JSON.stringify(checked.json), findings: checked.json.findings };
}

let whole; let alone; let rsa;

before(async () => {
  key = await newKey('k1');
  aia = http.createServer((request, response) => { aiaRequests += 1; response.end(read('issuing.der')); });
  await listen(aia);
  certificate('root', root, null, authority);
  certificate('issuing', issuing, 'root', [...authority, 'authorityKeyIdentifier=keyid']);
  openssl('x509', '-in', 'issuing.pem', '-outform', 'DER', '-out', 'issuing.der');
  const address = `authorityInfoAccess=caIssuers;URI:http://127.0.0.1:${aia.address().port}/issuing.der`;
  certificate('leaf', 'idp', 'issuing', [...server, address]);
  certificate('rsa', 'idp', 'issuing', server, ['-newkey', 'rsa:2048']);
  alone = { key: read('leaf.key'), cert: read('leaf.pem') };
  whole = { key: read('leaf.key'), cert: Buffer.concat([read('leaf.pem'), read('issuing.pem')]) };
  rsa = { key: read('rsa.key'), cert: Buffer.concat([read('rsa.pem'), read('issuing.pem')]), maxVersion: 'TLSv1.2' };
});

after(async () => {
  for (const one of servers) await one.stop();
  if (aia.listening) await close(aia);
  await place.clean();
});

test('a provider in order is asked twice and nothing is said', async () => {
  const one = await site(whole);
  const service = await check(one);
  assert.equal(service.code, 0, service.out);
  assert.equal(service.result, 'ok');
  assert.equal(one.asked.length, 2);
  assert.doesNotMatch(service.text, /intermediate|asked again/i);
  const seen = await provider(one, service.options);
  assert.equal(seen.code, 0);
  for (const text of [seen.text, service.text]) {
    assert.match(text, /127\.0\.0\.1:\d+, resolved by this host/);
    assert.match(text, /verified with .*root\.pem/);
  }
  assert.equal(aiaRequests, 0);
});

test('an intermediate that is not sent: .NET fetches it', async () => {
  const one = await site(alone);
  const service = await check(one);
  assert.equal(service.result, 'ok', service.text);
  assert.match(service.text, /intermediate 'CN=issuing CA of the test'/);
  assert.match(service.text, /AIA/);
  assert.deepEqual(service.rules, []);
  const seen = await provider(one, service.options);
  const finding = seen.findings.find((f) => f.rule === 'tls-invalid');
  assert.equal(finding.severity, 'warning');
  assert.match(finding.summary, /issuing CA of the test.*issuing\.der/);
  assert.match(finding.remedy, /full chain/);
  assert.doesNotMatch(seen.text, /not trusted here|renew|expired/i);
});

test('the same, and idpwatch may not go where the intermediate is', async () => {
  const service = await check(await site(alone), { limits: 'private_addresses: false' });
  assert.equal(service.result, 'undetermined');
  assert.equal(service.code, 3);
  assert.match(service.text, /limits\.private_addresses/);
  assert.doesNotMatch(service.text, /refusal-tls|renew/i);
});

test('trust that ends at the issuing CA: .NET needs the root', async () => {
  const one = await site(whole);
  const service = await check(one, { ca: 'issuing.pem' });
  assert.deepEqual(service.rules, ['refusal-tls possible']);
  assert.match(service.text, /root 'CN=root of the test' is not in the store/);
  assert.doesNotMatch(service.text, /renew|expired|full chain/i);
  writeFileSync(place.path('both.pem'), Buffer.concat([read('issuing.pem'), read('root.pem')]));
  const both = await check(one, { ca: 'both.pem' });
  assert.equal(both.result, 'ok');
  assert.doesNotMatch(both.text, /is not in the store|refusal-tls/);
});

for (const ciphers of ['AES256-GCM-SHA384', 'ECDHE-RSA-AES256-SHA']) {
  test(`TLS 1.2 with ${ciphers} alone: .NET 8 does not offer it, .NET Core 3.1 does`, async () => {
    const one = await site({ ...rsa, ciphers: `${ciphers}:@SECLEVEL=0` });
    const service = await check(one);
    assert.deepEqual(service.rules, ['refusal-tls likely'], service.text);
    assert.match(service.text, new RegExp(ciphers));
    assert.match(service.text, /CipherString/);
    assert.doesNotMatch(service.json.findings[0].summary + service.json.findings[0].remedy, /certificate|renew|restart/i);
    assert.equal((await check(one, { release: 'core3' })).result, 'ok');
    assert.equal((await provider(one, service.options)).code, 0);
  });
}

test('a provider that prefers such a suite and takes another one is fine', async () => {
  const one = await site({ ...rsa, ciphers: 'AES256-GCM-SHA384:ECDHE-RSA-AES256-GCM-SHA384', honorCipherOrder: true });
  const service = await check(one);
  assert.equal(service.result, 'ok', service.text);
  assert.deepEqual(service.rules, []);
});

test('slower than `timeout`, and not slower than the service waits', async () => {
  const one = await site(whole, (made) => { made.delayMs = 1600; });
  const service = await check(one, { timeout: '1s' });
  assert.equal(service.result, 'ok', service.text);
  assert.match(service.text, /asked again as .*JwtBearer/);
  const seen = await provider(one, service.options);
  assert.equal(seen.code, 3, seen.text);
  assert.equal(seen.findings[0].severity, 'warning');
  assert.match(seen.text, /within 1 s/);
});

const agent = /Microsoft ASP\.NET Core JwtBearer handler/;
const refuse = (response, status) => response.writeHead(status, { 'content-type': 'text/html' }).end('<p>no</p>');

test('a filter that refuses idpwatch alone', async () => {
  const one = await site(whole, (made) => {
    made.odd = (request, response) => /idpwatch/.test(request.headers['user-agent'] ?? '') && (refuse(response, 403), true);
  });
  const service = await check(one);
  assert.equal(service.result, 'ok', service.text);
  const again = one.asked.find((a) => agent.test(a.headers['user-agent'] ?? ''));
  assert.deepEqual(Object.keys(again.headers).sort(), ['host', 'user-agent']);
  const seen = await provider(one, service.options);
  assert.notEqual(seen.code, 0);
});

test('a filter that refuses everybody cannot be told from one by address', async () => {
  const service = await check(await site(whole, (made) => { made.odd = (request, response) => (refuse(response, 403), true); }));
  assert.equal(service.result, 'undetermined', service.text);
  assert.match(service.text, /403/);
  assert.match(service.text, /address/);
  assert.match(service.text, /User-Agent/);
});

test('a filter that wants a User-Agent refuses .NET Core 3.1', async () => {
  const one = await site(whole, (made) => {
    made.odd = (request, response) => !request.headers['user-agent'] && (refuse(response, 403), true);
  });
  const old = await check(one, { release: 'core3' });
  assert.deepEqual(old.rules, ['refusal-unreachable likely'], old.text);
  assert.match(old.text, /without a User-Agent/);
  assert.equal((await check(one)).result, 'ok');
});

test('429 is for the requests of idpwatch, which asks no more', async () => {
  const one = await site(whole, (made) => {
    made.odd = (request, response) => (response.writeHead(429, { 'retry-after': '300' }).end(), true);
  });
  const service = await check(one);
  assert.equal(service.result, 'undetermined', service.text);
  assert.match(service.text, /429/);
  assert.equal(one.asked.length, 1);
});

test('redirects: more than idpwatch follows, and 308 of the key set', async () => {
  const hops = (count) => (made) => {
    made.odd = (request, response) => {
      const at = Number(new URL(request.url, 'https://x').searchParams.get('hop') ?? 0);
      if (!request.url.includes('/jwks') || at >= count) return false;
      response.writeHead(308, { location: `${made.url}/jwks?hop=${at + 1}` }).end();
      return true;
    };
    const { jwks } = made;
    made.jwks = jwks;
  };
  const keys = (made) => {
    const inner = made.odd;
    made.odd = (request, response) => inner(request, response) ||
      (request.url.includes('/jwks?') && (json(response, JSON.stringify({ keys: made.keys })), true));
  };
  const once = await site(whole, (made) => { hops(1)(made); keys(made); });
  assert.equal((await check(once)).result, 'ok');
  const six = await site(whole, (made) => { hops(6)(made); keys(made); });
  const service = await check(six);
  assert.equal(service.result, 'ok', service.text);
  const seen = await provider(six, service.options);
  assert.equal(seen.code, 3, seen.text);
  assert.match(seen.text, /limits\.redirects/);
  assert.doesNotMatch(seen.text, /without end|no service/i);
});

test('a key set that answers 406 to Accept: application/json alone is fine for .NET, which sends none', async () => {
  const one = await site(whole, (made) => {
    made.odd = (request, response) => request.headers.accept === 'application/json' && (refuse(response, 406), true);
  });
  assert.equal((await check(one)).result, 'ok');
  const none = await site(whole, (made) => { made.odd = (request, response) => (refuse(response, 406), true); });
  const service = await check(none);
  assert.ok(service.rules.some((r) => r.startsWith('refusal-unreachable')), service.text);
  assert.match(service.text, /406/);
});

test('compressed unasked: JwtBearer reads the bytes as they are', async () => {
  for (const [coding, pack] of [['gzip', gzipSync], ['br', brotliCompressSync]]) {
    const one = await site(whole, (made) => { made.discovery = (response) => json(response, pack(documentOf(made)), { 'content-encoding': coding }); });
    const service = await check(one);
    assert.deepEqual(service.rules, ['refusal-document likely'], `${coding}: ${service.text}`);
    assert.match(service.text, new RegExp(coding));
    assert.doesNotMatch(service.json.findings[0].summary + service.json.findings[0].remedy, /malformed|restart/i);
  }
  const asked = await site(whole, (made) => {
    made.odd = (request, response) => /gzip/.test(request.headers['accept-encoding'] ?? '') &&
      request.url.endsWith('configuration') && (json(response, gzipSync(documentOf(made)), { 'content-encoding': 'gzip' }), true);
  });
  const fine = await check(asked);
  assert.equal(fine.result, 'ok', fine.text);
  assert.doesNotMatch(fine.text, /gzip/);
  const plain = await site(whole, (made) => { made.discovery = (response) => json(response, documentOf(made), { 'content-encoding': 'gzip' }); });
  const named = await check(plain);
  assert.equal(named.result, 'ok', named.text);
  assert.match(named.text, /Content-Encoding/);
});
