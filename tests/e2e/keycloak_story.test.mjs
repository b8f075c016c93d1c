// A quarter of an hour of an ordinary realm (recorded from Keycloak), played to the daemon step by step: what
// people are told, in the seconds of the step, and that signals are answered while it judges.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import http from 'node:http';
import { after, before, test } from 'node:test';

import { Workplace, patience } from './lib/daemon.mjs';
import { Receiver } from './lib/receiver.mjs';
import { close, listen } from './lib/server.mjs';

const recorded = JSON.parse(readFileSync(new URL('../data/keycloak-quarter-hour/looks.json', import.meta.url)));
const recordedAt = 'https://localhost:18443';
const secret = `whsec_${Buffer.alloc(32, 17).toString('base64')}`;
const place = new Workplace();
const receiver = new Receiver(secret);
const timeoutMs = 10000 * patience;
let server; let daemon; let origin;
let step = 0;

const answer = (request, response) => {
  const look = recorded.looks[step];
  const part = [look.discovery, look.jwks].find((each) => each.url === recordedAt + request.url);
  if (!part?.document) { response.writeHead(404).end(); return; }
  response.setHeader('content-type', 'application/json');
  response.end(JSON.stringify(recorded.documents[part.document]).replaceAll(recordedAt, origin));
};

before(async () => {
  server = http.createServer(answer);
  origin = `http://127.0.0.1:${await listen(server)}`;
  await receiver.start();
  place.write('hook.secret', secret);
  place.write('appsettings.json', JSON.stringify({ Authentication: { Schemes: { Bearer: {
    Authority: `${origin}/realms/shop`, ValidAudience: 'orders-api', RequireHttpsMetadata: false,
  } } } }));
  place.write('idpwatch.yaml', `
state_dir: ${place.path('state')}
listen: unix:${place.path('admin.sock')}
defaults: {interval: 1s, timeout: 2s}
limits: {private_addresses: true}
timeline: {confirm_observations: 3, confirm_span: 0s}
alerts: {group_wait: 0s, group_interval: 1s}
authorities:
  - {name: keycloak, issuer: "${origin}/realms/shop"}
deployments:
  - {name: orders-api, files: [${place.path('appsettings.json')}], framework: "8.0"}
receivers:
  - {name: oncall, webhook: {url: "${receiver.url}", secret_file: ${place.path('hook.secret')}}}
routes:
  - {match: {kind: finding}, receivers: [oncall]}
  - {match: {kind: event}, receivers: [oncall]}
`);
  daemon = await place.serve();
});

after(async () => {
  await place.clean();
  await close(server);
  await receiver.stop();
});

const kid = (start) => Object.values(recorded.documents).flatMap((each) => each.keys ?? [])
  .map((key) => key.kid).find((each) => each.startsWith(start));
const finding = (rule, from, fits = () => true) => receiver.wait(rule,
  (m) => m.data.findings?.some((each) => each.rule === rule && fits(each)), { from, timeoutMs });
const event = (type, from, key = null) => receiver.wait(`${type} ${key ?? ''}`,
  (m) => m.data.event?.type === type && (key === null || m.data.event.kid === key), { from, timeoutMs });
const next = (to) => { step = to; return receiver.messages.length; };

test('a key is added: it is told with the tokens that it concerns', async () => {
  await event('key.published', 0, kid('qqLM'));
  const from = next(1);
  await event('key.published', from, kid('etB_'));
  const told = await finding('refusal-rotation', from, (each) => each.summary.includes(kid('etB_')));
  const [one] = told.data.findings;
  assert.equal(one.certainty, 'possible');
  assert.match(one.summary, /for at most 5 min per instance/);
});

test('the old key leaves: its tokens are still valid, and are refused', async () => {
  const from = next(3);
  await finding('refusal-withdrawn-key', from, (each) => each.summary.includes(kid('qqLM')));
  await event('key.withdrawn', from, kid('qqLM'));
});

test('SIGHUP is answered while the services are judged, and no alert comes of it', async () => {
  const from = next(5);
  daemon.kill('SIGHUP');
  await place.until('the reload', () => daemon.log.includes('"reloaded"'));
  await event('key.published', from, kid('e2fU'));
  await finding('refusal-rotation', from, (each) => each.summary.includes(kid('e2fU')));
});

test('the frontend URL moves: the issuer first, and what a restart would meet', async () => {
  const from = next(recorded.looks.length - 1);
  await event('issuer.changed', from);
  // One look may be of a node that is to follow or to go back: what it shows is possible until the next confirms it.
  const told = await finding('refusal-issuer', from, (each) => each.severity === 'critical');
  const worst = told.data.findings.find((each) => each.rule === 'refusal-issuer');
  assert.match(worst.summary, /IDX10205/);
  await finding('authority-unreachable', from);
});

test('nothing was told of ourselves, and SIGTERM ends it', async () => {
  const rules = receiver.messages.flatMap((m) => m.data.findings ?? []).map((each) => each.rule);
  assert.ok(rules.length > 0);
  assert.deepEqual(rules.filter((rule) => rule.startsWith('self-')), []);
  assert.equal(await place.end(daemon), 0);
});
