// A Node.js service that uses jose, told in our configuration alone, beside a real provider: its keys
// are swapped at once, then the provider is gone.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { Authority } from './lib/certificates.mjs';
import { Workplace, patience } from './lib/daemon.mjs';
import { TestProvider, newKey } from './lib/provider.mjs';
import { Receiver } from './lib/receiver.mjs';

const secret = `whsec_${Buffer.alloc(32, 5).toString('base64')}`;
const place = new Workplace();
const receiver = new Receiver(secret);
let provider; let daemon; let k1; let k2;
const timeoutMs = 30000 * patience;
const ofOrders = (rule) => (f) => f.rule === rule && f.subject.deployment === 'orders-node';
const alarm = async (rule, from) => {
  const told = await receiver.wait(`an alarm of ${rule}`,
    (m) => m.type !== 'alert.resolved' && m.data.findings?.some(ofOrders(rule)), { from, timeoutMs });
  return told.data.findings.find(ofOrders(rule));
};

before(async () => {
  const ca = new Authority(place.dir);
  provider = new TestProvider(ca.leaf('good'));
  await provider.start();
  [k1, k2] = await Promise.all([newKey('k1'), newKey('k2')]);
  provider.serveKeys([k1]);
  await receiver.start();
  place.write('.env', 'OIDC_ISSUER=told-in-our-configuration\n');
  place.configure({ instance: 'node', ca, receiver, secret, rest: `
deployments:
  - name: orders-node
    profile: jose
    version: "6.2.18"
    settings: {authority: "${provider.issuer}", issuers: ["${provider.issuer}"], audiences: [orders]}
  - name: billing-node
    profile: jose
    version: "4.15.9"
    files: [${place.path('.env')}]
    settings: {authority: "${provider.issuer}", issuers: ["${provider.issuer}/"], audiences: [billing]}` });
  daemon = await place.serve();
});

after(async () => {
  if (daemon) await place.end(daemon);
  await provider.stop();
  await receiver.stop();
  await place.clean();
});

test('a deployment without files is judged by its settings', async () => {
  const status = await place.until('the first judgement', async () => {
    const shown = await place.run('status', '--config', place.config, '--format', 'json');
    return shown.json?.validators?.some((v) => v.name === 'orders-node' && v.state === 'ok')
      ? shown.json : null;
  });
  assert.equal(status.validators.find((v) => v.name === 'orders-node').profile, 'jose');
});

test('check tells what the options of jwtVerify do not fit', async () => {
  const checked = await place.run('check', place.path('.env'), '--config', place.config, '--format', 'json');
  assert.equal(checked.code, 1, checked.out + checked.err);
  const finding = checked.json.findings.find((f) => f.rule === 'refusal-issuer');
  assert.equal(finding.error.id, 'ERR_JWT_CLAIM_VALIDATION_FAILED');
  assert.match(finding.remedy, /name it in the option issuer of jwtVerify at/);
});

test('keys that are swapped at once are refused for half a minute at most', async () => {
  const from = receiver.messages.length;
  provider.serveKeys([k2]);
  const finding = await alarm('refusal-rotation', from);
  assert.equal(finding.error.id, 'ERR_JWKS_NO_MATCHING_KEY');
  assert.ok(finding.window.longest_s <= 30, JSON.stringify(finding.window));
  const forecast = await place.run('forecast', '--config', place.config, '--format', 'json');
  assert.ok(forecast.json.findings.some((f) => f.subject.deployment === 'orders-node'), forecast.out);
});

test('running instances are refused once their key set is too old', async () => {
  const from = receiver.messages.length;
  await provider.stop();
  const finding = await alarm('refusal-unreachable', from);
  assert.equal(finding.error.id, 'ECONNREFUSED');
  assert.equal(finding.if, 'running');
  await provider.start();
});
