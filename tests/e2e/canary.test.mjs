// Canaries: real tokens of a real provider (npm oidc-provider), by a secret and by a signed
// assertion, and of metadata endpoints that answer in the form that their platforms document. The
// secret and the tokens are planted: nothing that the daemon writes may contain them.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { createPrivateKey, sign } from 'node:crypto';
import http from 'node:http';
import { readFileSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';

import { Authority } from './lib/certificates.mjs';
import { Workplace, patience } from './lib/daemon.mjs';
import { TestProvider, newKey } from './lib/provider.mjs';
import { Receiver } from './lib/receiver.mjs';
import { close, listen } from './lib/server.mjs';

const hook = `whsec_${Buffer.alloc(32, 9).toString('base64')}`;
const planted = 'Pl4nted-canary-secret-of-a-test-0123456789';
const header = 'Pl4nted-identity-header-9876543210';
const place = new Workplace();
const receiver = new Receiver(hook);
const timeoutMs = 40000 * patience;
const handedOut = new Set();
let provider; let daemon; let metadata; let metadataPort; let app; let k1; let k2; let clientKey;
let clientSecret = planted;
let signer = 'k1';
let lives = 12;
const asked = [];

const publicOf = ({ d, ...rest }) => rest;
const part = (value) => Buffer.from(JSON.stringify(value)).toString('base64url');

// A token as a platform's endpoint hands it out, signed by the key that the provider publishes.
function platformToken(audience) {
  const now = Math.floor(Date.now() / 1000);
  const input = `${part({ alg: 'ES256', kid: 'k1', typ: 'JWT' })}.${part({
    iss: provider.issuer, aud: audience, sub: 'identity', iat: now, nbf: now, exp: now + 3600 })}`;
  const key = createPrivateKey({ key: k1, format: 'jwk' });
  const token = `${input}.${sign('sha256', Buffer.from(input), { key, dsaEncoding: 'ieee-p1363' }).toString('base64url')}`;
  handedOut.add(token);
  return token;
}

function tune(configuration) {
  return {
    ...configuration,
    clients: [
      { client_id: 'by-secret', client_secret: clientSecret, grant_types: ['client_credentials'],
        redirect_uris: [], response_types: [], id_token_signed_response_alg: 'ES256' },
      { client_id: 'by-key', token_endpoint_auth_method: 'private_key_jwt',
        jwks: { keys: [publicOf(clientKey)] }, grant_types: ['client_credentials'], redirect_uris: [],
        response_types: [], id_token_signed_response_alg: 'ES256' },
    ],
    features: {
      ...configuration.features,
      resourceIndicators: {
        enabled: true,
        defaultResource: () => 'urn:orders',
        getResourceServerInfo: () => ({ scope: 'read', audience: 'orders', accessTokenTTL: lives,
          accessTokenFormat: 'jwt', jwt: { sign: { alg: 'ES256', kid: signer } } }),
      },
    },
  };
}

async function startMetadata() {
  metadata = http.createServer((request, response) => {
    asked.push({ url: request.url, headers: request.headers });
    if (request.url.startsWith('/metadata/identity/oauth2/token') && request.headers.metadata === 'true') {
      response.end(JSON.stringify({ access_token: platformToken('imds-audience'), expires_in: '3599',
        token_type: 'Bearer', resource: 'api://orders' }));
    } else if (request.url.startsWith('/msi/token') && request.headers['x-identity-header'] === header) {
      response.end(JSON.stringify({ access_token: platformToken('app-audience'), token_type: 'Bearer',
        expires_on: String(Math.floor(Date.now() / 1000) + 3600), resource: 'api://orders' }));
    } else if (request.url.startsWith('/computeMetadata/v1/') && request.headers['metadata-flavor'] === 'Google') {
      response.setHeader('content-type', 'text/html');
      response.end(platformToken('gcp-audience'));
    } else {
      response.writeHead(400).end('{"error":"invalid_request"}');
    }
  });
  metadataPort = await listen(metadata);
}

const deployment = (name, audience, canary, more = '') => `
  - name: ${name}
    profile: aspnetcore-jwtbearer
    framework: "8.0"
    settings: {authority: "${provider.issuer}", audiences: [${audience}], refresh_on_unknown_kid: false}${more}
    canary: ${canary}`;

const ofRule = (rule, name) => (f) => f.rule === rule && f.subject.deployment === name;
const alarm = async (rule, name, from = 0) => {
  const told = await receiver.wait(`${rule} of ${name}`,
    (m) => m.type !== 'alert.resolved' && m.data.findings?.some(ofRule(rule, name)), { from, timeoutMs });
  return told.data.findings.find(ofRule(rule, name));
};
const told = (fits, from = 0) => receiver.messages.slice(from)
  .flatMap((m) => m.data.findings ?? []).filter(fits);

before(async () => {
  const ca = new Authority(place.dir);
  provider = new TestProvider(ca.leaf('good'));
  [k1, k2, clientKey] = await Promise.all([newKey('k1'), newKey('k2'), newKey('client-1')]);
  provider.tune = tune;
  await provider.start();
  provider.serveKeys([k1]);
  await startMetadata();
  await receiver.start();
  place.write('canary.secret', `${planted}\n`);
  place.write('canary.key', createPrivateKey({ key: clientKey, format: 'jwk' }).export({ type: 'pkcs8', format: 'pem' }));
  app = spawn('sleep', ['600'], { stdio: 'ignore', env: { ...process.env,
    IDENTITY_ENDPOINT: `http://127.0.0.1:${metadataPort}/msi/token`, IDENTITY_HEADER: header } });
  place.write('app.pid', `${app.pid}\n`);
  const bySecret = `{client_credentials: {client_id: by-secret, client_secret_file: ${place.path('canary.secret')}}}`;
  const byKey = `{client_credentials: {client_id: by-key, private_key_file: ${place.path('canary.key')}, kid: client-1}}`;
  const stub = `http://127.0.0.1:${metadataPort}`;
  place.configure({ instance: 'canary', ca, receiver, secret: hook, rest: `
log: {level: debug}
authorities:
  - {name: shop, issuer: "${provider.issuer}", canary: ${bySecret}}
deployments:${deployment('orders', 'orders', byKey)}${deployment('other', 'payments', bySecret, `
    tokens: {lifetime: 6h}`)}${deployment('imds', 'orders', `{managed_identity: {resource: "api://orders", endpoint: "${stub}/metadata/identity/oauth2/token"}}`)}${
    deployment('app', 'orders', '{managed_identity: {resource: "api://orders", client_id: c-1}}', `
    pid_file: ${place.path('app.pid')}`)}${
    deployment('gcp', 'orders', `{google_identity: {audience: "https://orders", endpoint: "${stub}/computeMetadata/v1"}}`)}` });
  daemon = await place.serve();
});

after(async () => {
  app?.kill();
  if (daemon) await place.end(daemon);
  await provider?.stop().catch(() => {});
  if (metadata) await close(metadata);
  await receiver.stop();
  await place.clean();
});

test('a real token that the service does not accept is a refusal with the token as evidence', async () => {
  const finding = await alarm('refusal-audience', 'other');
  const brought = finding.evidence.find((e) => e.value === 'orders');
  assert.match(brought.source, /^a real token fetched at \d{4}-/);
  assert.equal(finding.certainty, 'certain');
  assert.deepEqual(told(ofRule('refusal-audience', 'orders')), []);
  const short = await alarm('refusal-lifetime', 'other');
  assert.equal(short.certainty, 'possible');
  assert.match(short.summary, /lives 12 s, and callers use one for 6 h/);
});

test('each platform is asked in its own form', async () => {
  for (const [name, audience] of [['imds', 'imds-audience'], ['app', 'app-audience'], ['gcp', 'gcp-audience']]) {
    const finding = await alarm('refusal-audience', name);
    assert.ok(finding.evidence.some((e) => e.value === audience), JSON.stringify(finding.evidence));
  }
  const one = (start) => asked.find((r) => r.url.startsWith(start));
  assert.match(one('/metadata/').url, /api-version=2018-02-01&resource=api%3A%2F%2Forders/);
  assert.match(one('/msi/').url, /api-version=2019-08-01&resource=api%3A%2F%2Forders&client_id=c-1/);
  assert.match(one('/computeMetadata/').url, /service-accounts\/default\/identity\?audience=https%3A%2F%2Forders/);
});

test('a rotation is followed: the key that signs now is seen by its kid', async () => {
  const from = receiver.messages.length;
  signer = 'k2';
  provider.serveKeys([k1, k2]);
  await alarm('refusal-rotation', 'orders', from);
  await place.until('the canary to show the new key', async () =>
    /signs now[^}]*kid 'k2'/.test(await place.get('/api/v1/findings')), timeoutMs);
  provider.serveKeys([k2]);
  const rotation = await place.until('the rotation with its lead', async () => {
    const history = await place.run('history', 'shop', '--config', place.config, '--format', 'json');
    return history.json?.rotations?.find((one) => one.old.kid === 'k1');
  }, timeoutMs);
  assert.equal(rotation.new.kid, 'k2');
  assert.ok(rotation.lead_s >= 0, JSON.stringify(rotation));
});

test('a secret that no longer fits is our own trouble, and no refusal', async () => {
  const from = receiver.messages.length;
  clientSecret = 'another-throw-away-secret-of-a-test';
  provider.serveKeys([k2]);
  const told1 = await receiver.wait('canary-failed of the authority',
    (m) => m.type !== 'alert.resolved' && m.data.findings?.some((f) => f.rule === 'canary-failed' && f.subject.authority === 'shop'),
    { from, timeoutMs });
  const finding = told1.data.findings.find((f) => f.rule === 'canary-failed');
  assert.equal(finding.severity, 'warning');
  assert.equal(finding.status, undefined);
  assert.match(finding.remedy, /canary\.secret/);
  assert.deepEqual(told((f) => f.rule.startsWith('refusal-') && f.state === 'opened', from), []);
  // The one with a key of its own goes on.
  assert.deepEqual(told(ofRule('canary-failed', 'orders')), []);
});

test('secret, assertion and tokens stand in nothing that idpwatch writes', async () => {
  const files = [];
  const walk = (folder) => {
    for (const name of readdirSync(folder)) {
      const path = join(folder, name);
      if (statSync(path).isDirectory()) walk(path); else if (statSync(path).isFile()) files.push(path);
    }
  };
  walk(place.path('state'));
  const outputs = [['log', daemon.log], ['webhooks', JSON.stringify(receiver.messages)],
    ['process list', readFileSync(`/proc/${daemon.pid}/cmdline`, 'utf8')]];
  for (const path of ['/metrics', '/api/v1/status', '/api/v1/findings', '/api/v1/alerts', '/api/v1/history']) {
    outputs.push([path, await place.get(path)]);
  }
  for (const file of files) outputs.push([file, readFileSync(file, 'latin1')]);
  for (const args of [['status'], ['config', 'show'], ['alerts', 'list'], ['forecast'], ['history']]) {
    const shown = await place.run(...args, '--config', place.config);
    outputs.push([args.join(' '), shown.out + shown.err]);
  }
  assert.ok(handedOut.size >= 3);
  const signatures = [...handedOut].map((token) => token.split('.')[2]);
  for (const [where, text] of outputs) {
    for (const never of [planted, header, 'client_assertion=', 'BEGIN PRIVATE KEY', ...handedOut, ...signatures]) {
      assert.equal(text.includes(never), false, `${where} contains ${never.slice(0, 40)}`);
    }
    assert.doesNotMatch(text, /eyJ[\w-]{10,}\.eyJ[\w-]{10,}\./, where);
  }
  const limits = readFileSync(`/proc/${daemon.pid}/limits`, 'utf8');
  assert.match(limits, /Max core file size\s+0\s/);
});
