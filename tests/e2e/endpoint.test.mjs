// A real protected API (express, express-oauth2-jwt-bearer, jose) that a deployment names: what the
// daemon finds and `idpwatch endpoint` says, while the API changes beneath them; and where the
// caller's token appears: nowhere.
import assert from 'node:assert/strict';
import { readFileSync, readdirSync } from 'node:fs';
import { after, before, test } from 'node:test';

import { Authority } from './lib/certificates.mjs';
import { Workplace, patience } from './lib/daemon.mjs';
import { ProtectedApi, cors, tokenOf } from './lib/protected_api.mjs';
import { TestProvider, newKey } from './lib/provider.mjs';
import { Receiver } from './lib/receiver.mjs';

const secret = `whsec_${Buffer.alloc(32, 5).toString('base64')}`;
const page = 'https://app.example.com';
const place = new Workplace();
const receiver = new Receiver(secret);
let provider; let daemon; let api; let token;
let shown = '';  // all that commands printed
const timeoutMs = 30000 * patience;
const told = async (rule, state, from) => {
  const is = (finding) => finding.rule === rule && finding.state === state;
  const message = await receiver.wait(`${rule} ${state}`, (m) => m.data.findings?.some(is), { from, timeoutMs });
  return message.data.findings.find(is);
};
const asked = async (...more) => {
  const ran = await place.run('endpoint', 'orders-api', '--config', place.config, '--format', 'json', ...more);
  shown += ran.out + ran.err;
  assert.ok(ran.json, ran.err);
  const check = (name) => ran.json.checks.find((one) => one.check === name);
  return { code: ran.code, check, findings: ran.json.findings };
};
const withToken = () => asked('--token-file', place.path('token.txt'));
const orders = (app) => app.all(/^\/orders/, (request, response) => response.json({ orders: [] }));
const good = (app, check = api.auth()) => {
  app.use(cors({ origin: page }));
  app.use(check);
  orders(app);
};

before(async () => {
  const ca = new Authority(place.dir);
  provider = new TestProvider(ca.leaf('good'));
  await provider.start();
  const key = await newKey('k1', 'rsa');
  provider.serveKeys([key]);
  token = await tokenOf(provider, key);
  place.write('token.txt', `Bearer ${token}\n`);
  place.write('canary.txt', token);
  api = new ProtectedApi(provider, readFileSync(ca.caFile));
  await api.serve(good);
  await receiver.start();
  place.write('.env', `ISSUER_BASE_URL=${provider.issuer}\nAUDIENCE=orders\n`);
  place.configure({ instance: 'edge', ca, receiver, secret, rest: `
authorities:
  - {name: shop, issuer: "${provider.issuer}"}
deployments:
  - name: orders-api
    profile: express-oauth2-jwt-bearer
    version: "1.10.0"
    files: [${place.path('.env')}]
    canary: {token_file: ${place.path('canary.txt')}}
    endpoint: {url: "${api.url}", cors_origin: "${page}", cors_method: PUT}` });
  daemon = await place.serve();
});

after(async () => {
  if (daemon) await place.end(daemon);
  await api.stop();
  await provider.stop();
  await receiver.stop();
  await place.clean();
});

test('a sound API is ok, also with a token, as the forecast says', async () => {
  for (const check of [api.auth(), api.joseAuth()]) {
    await api.serve((app) => good(app, check));
    const seen = await withToken();
    assert.equal(seen.code, 0, JSON.stringify(seen.findings));
    for (const name of ['challenge', 'cors', 'redirects', 'arrival', 'answer']) {
      assert.equal(seen.check(name).result, 'ok', name);
    }
    assert.equal(seen.check('answer').expected, 'status 200, by the forecast');
  }
});

test('authentication before CORS: the daemon and the command find the same', async () => {
  const from = receiver.messages.length;
  await api.serve((app) => { app.use(api.auth()); app.use(cors({ origin: page })); orders(app); });
  const finding = await told('endpoint-cors', 'opened', from);
  assert.equal(finding.severity, 'error');
  assert.equal(finding.subject.deployment, 'orders-api');
  assert.match(finding.summary, /^orders-api: OPTIONS is answered with 401: authentication runs before CORS/);
  assert.match(finding.remedy, /^Express: app\.use\(cors\(.*before auth\(\)/);
  assert.equal(finding.source.file, place.config);
  const preflight = finding.evidence.find((one) => one.fact === 'answer to the preflight');
  assert.match(preflight.value, /^401/);
  assert.equal(preflight.source, `OPTIONS ${api.url}`);
  const seen = await asked();
  assert.equal(seen.code, 1);
  assert.equal(seen.findings.find((one) => one.rule === 'endpoint-cors').id, finding.id);
  assert.match(daemon.log, /endpoint-cors/);
  await api.serve(good);
  await told('endpoint-cors', 'resolved', from);
});

test('a 401 without a challenge, a loop, and silence, each by its rule', async () => {
  let from = receiver.messages.length;
  await api.serve((app) => app.use(cors({ origin: page }), (request, response) => response.status(401).end()));
  assert.equal((await told('endpoint-challenge', 'opened', from)).severity, 'warning');
  from = receiver.messages.length;
  await api.serve((app) => app.use((request, response) => response.redirect(302, request.url)));
  assert.equal((await told('endpoint-redirect', 'opened', from)).severity, 'error');
  from = receiver.messages.length;
  await api.stop();
  assert.match((await told('endpoint-unreachable', 'opened', from)).summary, /does not answer/);
  from = receiver.messages.length;
  await api.serve(good);
  await told('endpoint-unreachable', 'resolved', from);
});

test('with a token: refused against the forecast, lost, or as forecast', async () => {
  const other = new ProtectedApi(provider, api.agent.options.ca, 'other');
  await api.serve((app) => good(app, other.auth()));
  let seen = await withToken();
  assert.equal(seen.code, 1);
  const [finding] = seen.findings;
  assert.equal(finding.rule, 'refusal-contradiction');
  assert.equal(finding.severity, 'warning');
  assert.match(finding.summary, /the API answers 401, and the forecast for this token is 200/);

  await api.serve((app) => good(app, [(request, response, next) => {
    delete request.headers.authorization;
    next();
  }, api.auth()]));
  seen = await withToken();
  assert.equal(seen.findings[0].rule, 'endpoint-token-lost', JSON.stringify(seen.findings));
  assert.equal(seen.check('answer').result, 'not-checked');

  place.write('.env', `ISSUER_BASE_URL=${provider.issuer}\nAUDIENCE=other\n`);
  await api.serve((app) => good(app, other.auth()));
  seen = await withToken();
  assert.equal(seen.code, 1);
  assert.match(seen.check('answer').found, /^401, as forecast/);
  assert.deepEqual(seen.findings, []);
  place.write('.env', `ISSUER_BASE_URL=${provider.issuer}\nAUDIENCE=orders\n`);
});

test('with the canary, the daemon tells a contradiction from a lost token', async () => {
  // What the API did before, the daemon saw too.
  await api.serve(good);
  await place.until('nothing fires', async () => {
    const list = await place.run('alerts', 'list', '--config', place.config, '--format', 'json');
    const about = (alert) => /^endpoint-|^refusal-contradiction$/.test(alert.finding.rule);
    return list.json && !list.json.alerts.some((alert) => about(alert) && alert.state !== 'resolved');
  }, timeoutMs);
  let from = receiver.messages.length;
  const other = new ProtectedApi(provider, api.agent.options.ca, 'other');
  await api.serve((app) => good(app, other.auth()));
  const finding = await told('refusal-contradiction', 'opened', from);
  assert.equal(finding.severity, 'warning');
  assert.match(finding.summary, /the API answers 401, and the forecast for this token is 200/);
  assert.ok(finding.evidence.some((one) => one.fact === 'answer with the token'));
  from = receiver.messages.length;
  await api.serve((app) => good(app, [(request, response, next) => {
    delete request.headers.authorization;
    next();
  }, api.auth()]));
  assert.equal((await told('endpoint-token-lost', 'opened', from)).severity, 'error');
  from = receiver.messages.length;
  await api.serve(good);
  await told('endpoint-token-lost', 'resolved', from);
});

test('a token that the API repeats, sends on or chokes on is shown nowhere', async () => {
  const elsewhere = new ProtectedApi(provider, api.agent.options.ca);
  await elsewhere.serve(orders);
  const said = (request) => request.headers.authorization ?? 'nothing';
  for (const build of [
    (app) => app.use((request, response) => response.status(400).send(`bad: ${said(request)}`)),
    (app) => app.use((request, response) => response.set('WWW-Authenticate', `Bearer error="x", error_description="${said(request)}"`)
      .status(401).json({ error: said(request) })),
    (app) => app.use((request, response) => response.redirect(307, `${elsewhere.url}?token=${said(request)}`)),
    (app) => app.use((request, response) => response.status(500).send(`<pre>${said(request).split('.').join(' ')}</pre>`)),
    (app) => app.use((request) => request.socket.destroy()),
  ]) {
    await api.serve(build);
    await withToken();
    const text = await place.run('endpoint', api.url, '--config', place.config, '--token-file', place.path('token.txt'));
    shown += text.out + text.err;
  }
  await elsewhere.stop();
  assert.ok(elsewhere.seen.every((request) => request.authorization === undefined), 'the token went to another origin');
  place.write('bad.txt', `${token.slice(0, 40)} ${token.slice(40)}\u0007`);
  for (const file of ['bad.txt', 'none.txt']) {
    const text = await place.run('endpoint', api.url, '--config', place.config, '--token-file', place.path(file));
    shown += text.out + text.err;
  }
  await api.serve(good);
  const stored = readdirSync(place.path('state')).map((name) => readFileSync(place.path(`state/${name}`), 'latin1')).join('');
  const everywhere = { commands: shown, log: daemon.log, messages: JSON.stringify(receiver.messages), stored,
    metrics: await place.get('/metrics') };
  assert.ok(shown.length > 10000);
  for (const [where, text] of Object.entries(everywhere)) {
    for (const part of [token, token.split('.')[2], token.slice(0, 60)]) {
      assert.ok(!text.includes(part), `the token is in ${where}`);
    }
  }
});
