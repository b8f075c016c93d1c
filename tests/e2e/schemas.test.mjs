// docs/schema against what the real binary prints and answers, by a validator that is not ours.
import assert from 'node:assert/strict';
import { readFileSync, readdirSync } from 'node:fs';
import http from 'node:http';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';

import { Authority } from './lib/certificates.mjs';
import { Workplace, patience } from './lib/daemon.mjs';
import { TestProvider, newKey } from './lib/provider.mjs';
import { Receiver } from './lib/receiver.mjs';
import { faults, nameOf, schemaNames, validated } from './lib/schemas.mjs';

const secret = `whsec_${Buffer.alloc(32, 9).toString('base64')}`;
const place = new Workplace();
const receiver = new Receiver(secret);
const data = fileURLToPath(new URL('../data/scenarios/', import.meta.url));
const timeoutMs = 30000 * patience;
let provider; let daemon;

const holds = (name, value) => {
  assert.notEqual(value, undefined, `${name}: no JSON`);
  assert.deepEqual(faults(name, value), [], JSON.stringify(value, null, 1).slice(0, 4000));
};
// Runs a command with --format json; its document must name the schema and keep to it.
const prints = async (name, code, ...args) => {
  const ran = await place.run(...args, '--format', 'json');
  assert.equal(ran.code, code, `${args.join(' ')}: ${ran.err}`);
  assert.equal(nameOf(ran.json), name, ran.out);
  holds(name, ran.json);
  return ran.json;
};
const askWhole = (path, method = 'GET', body = '', type = 'text/plain') => new Promise((done, failed) => {
  const headers = { 'content-type': type };
  const request = http.request({ socketPath: place.path('admin.sock'), path, method, headers }, (answer) => {
    let body = '';
    answer.on('data', (part) => { body += part; });
    answer.on('end', () => done({ status: answer.statusCode, headers: answer.headers, body }));
  });
  request.on('error', failed);
  request.end(body);
});
const ask = async (...question) => JSON.parse((await askWhole(...question)).body);
const answers = async (name, path, ...more) => {
  const document = await ask(path, ...more);
  assert.equal(nameOf(document), name, JSON.stringify(document));
  holds(name, document);
  return document;
};

before(async () => {
  const ca = new Authority(place.dir);
  provider = new TestProvider(ca.leaf('good'));
  await provider.start();
  const [k1, k2, k3] = await Promise.all([newKey('k1'), newKey('k2'), newKey('k3', 'rsa')]);
  provider.serveKeys([k1]);
  await receiver.start();
  place.write('appsettings.json', JSON.stringify({
    Authentication: { Schemes: { Bearer: { Authority: provider.issuer, ValidAudiences: ['api://orders'] } } },
  }));
  place.configure({ instance: 'schemas', ca, receiver, secret, rest: `
authorities:
  - {name: shop, issuer: "${provider.issuer}"}
  - {name: gone, issuer: "https://127.0.0.1:9"}
deployments:
  - {name: orders-api, files: [${place.path('appsettings.json')}], framework: "7.0"}` });
  daemon = await place.serve();
  const event = (type) => receiver.wait(`event ${type}`,
    (m) => m.type === 'event' && m.data.event.type === type, { timeoutMs });
  await event('key.published');
  provider.serveKeys([k1, k2]);
  await receiver.wait('k2', (m) => m.data.event?.kid === 'k2', { timeoutMs });
  provider.serveKeys([k2, k3]);
  await event('key.withdrawn');
  await receiver.alert('firing', 'authority-unreachable', { timeoutMs });
});

after(async () => {
  if (daemon) await place.end(daemon);
  await provider.stop();
  await receiver.stop();
  await place.clean();
});

test('commands that ask the daemon', async () => {
  const status = await prints('status', 1, 'status', '--config', place.config);
  assert.ok(status.authorities.length === 2 && status.validators.length && status.alerts.length);
  await prints('health', 0, 'health', '--config', place.config);
  await prints('alerts-test', 0, 'alerts', 'test', '--config', place.config);
  await prints('alerts-test', 0, 'alerts', 'test', '--dry-run', '--config', place.config);
});

test('the admin listener', async () => {
  await answers('status', '/api/v1/status');
  await answers('authorities', '/api/v1/authorities');
  await answers('keys', '/api/v1/authorities/shop/keys');
  const history = await answers('history', '/api/v1/history');
  assert.ok(history.rotations.length && history.events.length);
  await answers('findings', '/api/v1/findings');
  await answers('alerts', '/api/v1/alerts');
  await answers('test', '/api/v1/test', 'POST', '', 'application/json');
  await answers('error', '/api/v1/nothing');
  const asked = { matchers: ['rule=tls-expiring'], for: '1h', author: 'me', comment: 'known' };
  const set = await answers('silences', '/api/v1/silences', 'POST', JSON.stringify(asked), 'application/json');
  await answers('silences', `/api/v1/silences/end?id=${set.silences[0].id}`, 'POST', '{}', 'application/json');
  await answers('silences', '/api/v1/silences');
});

// docs/openapi.json says of every path what it answers: ask, and hold the answer against it.
test('the description of the admin API', async () => {
  const folder = new URL('../../docs/', import.meta.url);
  const api = JSON.parse(readFileSync(new URL('openapi.json', folder), 'utf8'));
  const paths = Object.keys(api.paths);
  const nothing = await ask('/api/v1/nothing');
  const listed = nothing.hint.split(', ').map((path) => path.replace('NAME', '{name}'));
  assert.ok(listed.length > 5);
  for (const path of listed) assert.ok(paths.includes(path), `${path} is not described`);
  for (const path of paths) {
    if (!api.paths[path].get) continue;
    const answer = await askWhole(path.replace('{name}', 'shop'));
    const described = api.paths[path].get.responses[answer.status];
    assert.ok(described, `GET ${path} answers ${answer.status}, which is not described`);
    const [type] = answer.headers['content-type'].split(';');
    const content = described.content[type];
    assert.ok(content, `GET ${path} answers ${type}, which is not described`);
    const name = content.schema.$ref?.match(/^schema\/([a-z-]+)\.json$/)?.[1];
    if (name) holds(name, JSON.parse(answer.body));
  }
  const wrong = await askWhole('/api/v1/history?limit=0');
  assert.ok(api.paths['/api/v1/history'].get.responses[wrong.status]);
  holds('error', JSON.parse(wrong.body));
});

test('commands that read the store', async () => {
  const config = ['--config', place.config];
  const forecast = await place.run('forecast', ...config, '--format', 'json');
  assert.equal(nameOf(forecast.json), 'forecast', forecast.err);
  holds('forecast', forecast.json);
  const keys = await prints('keys', 0, 'keys', 'shop', ...config);
  assert.ok(keys.keys.some((key) => key.state === 'live'));
  await prints('history', 0, 'history', ...config);
  await prints('alerts', 0, 'alerts', 'list', '--all', ...config);
  await prints('audit-verify', 0, 'audit', 'verify', ...config);
  const exported = await place.run('audit', 'export', ...config);
  const lines = exported.out.trim().split('\n').map((line) => JSON.parse(line));
  assert.ok(lines.length > 3);
  for (const line of lines) holds('audit-export', line);
});

test('what is an event, an alert and a finding', async () => {
  const { events } = await ask('/api/v1/history');
  for (const event of events) holds('event', event);
  const { alerts } = await ask('/api/v1/alerts');
  assert.ok(alerts.length);
  for (const alert of alerts) {
    holds('alert', alert);
    holds('finding', alert.finding);
  }
  for (const message of receiver.messages) {
    const { id, ...sent } = message;
    holds('webhook', sent);
  }
});

test('check, of an authority and of a file that refuses', async () => {
  const config = ['--config', place.config];
  const checked = await prints('check', 0, 'check', '--authority', provider.issuer, '--clock', ...config);
  assert.ok(checked.clock.length);
  const refused = await prints('check', 1, 'check', place.path('appsettings.json'), '--framework', '7.0',
    '--audience', 'orders', ...config);
  assert.ok(refused.findings.length);
  const baseline = place.path('baseline.json');
  await prints('check', 0, 'check', place.path('appsettings.json'), '--framework', '7.0', '--audience', 'orders',
    '--write-baseline', baseline, ...config);
  holds('baseline', JSON.parse(readFileSync(baseline, 'utf8')));
});

test('config check and show', async () => {
  await prints('config-check', 0, 'config', 'check', '--config', place.config);
  const wrong = place.write('wrong.yaml', 'authoritys: []\n');
  const problems = await prints('config-check', 2, 'config', 'check', '--config', wrong);
  assert.ok(problems.errors.length);
  const shown = await prints('config-show', 0, 'config', 'show', '--config', place.config);
  const schema = await place.run('config', 'schema');
  assert.ok(shown.config.authorities.length && schema.json.$schema);
});

test('import, and the records that it takes', async () => {
  const look = (at, kid) => ({
    schema: 'idpwatch.observation/v1', at, authority: 'zillow', issuer: 'https://zillow.example',
    discovery: { url: 'https://zillow.example/d', error: { kind: 'timeout', message: 'slow' } },
    jwks: {
      url: 'https://zillow.example/jwks', status: 200, headers: { 'cache-control': 'no-store' },
      body: { keys: [{ kty: 'oct', kid, k: 'AA' }] },
    },
  });
  const records = [look('2026-03-01T05:12:07Z', 'a'), look('2026-03-01T05:13:07Z', 'b')];
  for (const record of records) holds('observation', record);
  const file = place.write('records.jsonl', records.map((record) => `${JSON.stringify(record)}\n`).join(''));
  const done = await prints('import', 0, 'import', file, '--db', place.path('imported'));
  assert.equal(done.records, 2);
});

test('the demonstration', async () => {
  await prints('demo', 0, 'demo');
});

test('profiles, stories, recordings and what simulate says of them', async () => {
  await prints('profiles', 0, 'profiles');
  await prints('version', 0, '--version');
  const read = (path) => JSON.parse(readFileSync(path, 'utf8'));
  const stories = join(data, 'stories', 'rotation');
  for (const story of readdirSync(stories)) holds('story', read(join(stories, story)));
  for (const name of readdirSync(join(data, 'recordings'))) {
    holds('recording', read(join(data, 'recordings', name)));
  }
  const recording = join(data, 'recordings', 'aspnetcore-jwtbearer@8.23.0.json');
  const ran = await place.run('simulate', stories, '--recording', recording, '--format', 'json');
  const lines = ran.out.trim().split('\n').map((line) => JSON.parse(line));
  for (const line of lines) holds(nameOf(line), line);
  assert.equal(nameOf(lines.at(-1)), 'simulate-summary');
});

test('a wrong document is refused', () => {
  assert.notDeepEqual(faults('keys', { schema: 'idpwatch.keys/v1' }), []);
  assert.notDeepEqual(faults('event', { type: 'key.melted', at: '2026-03-01T05:12:07Z' }), []);
  assert.notDeepEqual(faults('event', { type: 'key.published', at: 'yesterday' }), []);
});

test('what is deployed, and the database: beside the daemon, and a copy of it', async () => {
  const found = await prints('discover', 0, 'discover', place.dir);
  assert.ok(found.services.length > 0 && found.looked_at.length > 0);
  const config = ['--config', place.config];
  const sound = await prints('db-check', 0, 'db', 'check', ...config);
  assert.equal(sound.sound, true);
  const copy = place.path('copy.db');
  await prints('db-backup', 0, 'db', 'backup', copy, ...config);
  assert.equal((await place.run('db', 'backup', copy, ...config)).code, 3, 'a file that is there is not replaced');
  assert.equal((await place.run('db', 'compact', ...config)).code, 3, 'the daemon has it');
  await prints('db-compact', 0, 'db', 'compact', '--db', copy);
  await prints('audit-verify', 0, 'audit', 'verify', '--db', copy);
});

test('a token, and what a protected API answers', async () => {
  const now = Math.floor(Date.now() / 1000);
  const part = (value) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const token = [part({ alg: 'RS256', typ: 'JWT', kid: 'nobody' }),
    part({ iss: provider.issuer, aud: 'orders', exp: now + 600 }), 'A'.repeat(342)].join('.');
  const explained = await prints('explain', 1, 'explain', token, '--against', place.path('appsettings.json'),
    '--framework', '8.0', '--config', place.config);
  assert.equal(explained.results[0].accepted, false);

  const api = http.createServer((request, response) => {
    response.writeHead(401, { 'www-authenticate': 'Bearer realm="orders"' }).end();
  });
  await new Promise((done) => { api.listen(0, '127.0.0.1', done); });
  const asked = await prints('endpoint', 0, 'endpoint', `http://127.0.0.1:${api.address().port}/`, '--config', place.config);
  assert.equal(asked.checks[0].result, 'ok');
  await new Promise((done) => { api.close(done); });
});

test('every schema was held against something real', () => {
  assert.deepEqual(validated(), [...schemaNames].sort());
});
