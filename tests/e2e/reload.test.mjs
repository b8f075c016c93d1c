// What may change under a running daemon: its configuration (SIGHUP, good and bad), and the deployed
// files it judges. And what must never come out, whatever changes: secrets.
import assert from 'node:assert/strict';
import { readFileSync, readdirSync } from 'node:fs';
import http from 'node:http';
import { after, before, test } from 'node:test';

import { Authority } from './lib/certificates.mjs';
import { Workplace, patience } from './lib/daemon.mjs';
import { TestProvider, newKey } from './lib/provider.mjs';
import { Receiver } from './lib/receiver.mjs';

const secret = `whsec_${Buffer.from('canary-of-the-webhook-secret-32b').toString('base64')}`;
const token = 'canary-of-the-admin-token';
const deployedSecret = 'canary-in-the-deployed-file';
const place = new Workplace();
const receiver = new Receiver(secret);
let ca; let provider; let other; let daemon;
const timeoutMs = 30000 * patience;

const appsettings = (authority) => `{
  "ConnectionStrings": {"Main": "Password=${deployedSecret}"},
  "Authentication": {"Schemes": {"Bearer": {
    "Authority": "${authority}",
    "ValidAudiences": ["api://orders"]
  }}}
}
`;

const configuration = ({ listen = place.path('admin.sock'), extra = '', more = '' } = {}) => `
state_dir: ${place.path('state')}
listen: unix:${listen}
admin_token: ${token}
instance: reload
defaults: {interval: 1s, timeout: 2s, ca_file: ${ca.caFile}}
limits: {private_addresses: true}
timeline: {confirm_observations: 3, confirm_span: 0s}
alerts: {group_wait: 0s, group_interval: 1s}
authorities:
  - {name: shop, issuer: "${provider.issuer}"}
${extra}
deployments:
  - {name: orders, files: [${place.path('appsettings.json')}], framework: "7.0"}
receivers:
  - {name: oncall, webhook: {url: "${receiver.url}?canary-in-the-url", secret_file: ${place.path('hook.secret')}}}
routes:
  - {match: {kind: finding}, receivers: [oncall]}
  - {match: {kind: event, type: [deployment.changed]}, receivers: [oncall]}
${more}
`;

const get = (path) => new Promise((done, failed) => {
  http.get({ socketPath: place.path('admin.sock'), path, headers: { authorization: `Bearer ${token}` } },
    (response) => {
      let body = '';
      response.on('data', (part) => { body += part; });
      response.on('end', () => done({ status: response.statusCode, body }));
    }).on('error', failed);
});
const metric = async (name) => Number(new RegExp(`^${name} (.*)$`, 'm').exec((await get('/metrics')).body)[1]);
const authorities = async () => JSON.parse((await get('/api/v1/status')).body).authorities.map((a) => a.name);
const fired = (kind, rule, from) => receiver.alert(kind, rule, { from, timeoutMs });
// Tells the daemon to reload and waits until it has.
const reload = async (text) => {
  const before = await metric('idpwatch_config_reloads_total');
  place.write('idpwatch.yaml', text);
  daemon.kill('SIGHUP');
  await place.until('the reload', async () => await metric('idpwatch_config_reloads_total') > before);
};

before(async () => {
  ca = new Authority(place.dir);
  provider = new TestProvider(ca.leaf('good'));
  other = new TestProvider(ca.leaf('other'));
  await provider.start();
  await other.start();
  const keys = await Promise.all([newKey('k1', 'rsa'), newKey('k2', 'rsa')]);
  provider.serveKeys([keys[0]]);
  other.serveKeys([keys[1]]);
  await receiver.start();
  place.write('hook.secret', secret);
  place.write('appsettings.json', appsettings(provider.issuer));
  place.write('idpwatch.yaml', configuration());
  daemon = await place.serve();
});

after(async () => {
  if (daemon) await place.end(daemon);
  await provider.stop();
  await other.stop();
  await receiver.stop();
  await place.clean();
});

test('a bad reload keeps the old configuration and says so, a good one takes that back', async () => {
  const from = receiver.messages.length;
  await reload(configuration({ more: 'receivrs: []' }));
  const alarm = await fired('firing', 'self-reload', from);
  assert.match(JSON.stringify(alarm.data.findings[0].evidence), /did you mean receivers/);
  assert.equal(await metric('idpwatch_config_last_reload_successful'), 0);
  assert.deepEqual(await authorities(), ['shop']);
  await reload(configuration());
  await fired('resolved', 'self-reload', from);
  assert.equal(await metric('idpwatch_config_last_reload_successful'), 1);
});

test('authorities come and go by a reload, their history stays', async () => {
  await reload(configuration({ extra: `  - {name: extra, issuer: "${other.issuer}"}` }));
  await place.until('the new authority', async () => (await authorities()).includes('extra'));
  const keys = async () => (await place.run('keys', 'extra', '--config', place.config, '--format', 'json')).json;
  await place.until('its key', async () => (await keys())?.keys.length === 1);
  await reload(configuration());
  await place.until('its end', async () => !(await authorities()).includes('extra'));
  assert.equal((await keys()).keys[0].kid, 'k2');
});

test('what a reload cannot change is told', async () => {
  await reload(configuration({ listen: place.path('elsewhere.sock') }));
  await place.until('the line in the log',
    () => /listen takes effect at the next start; until then unix:.*admin\.sock holds/.test(daemon.log));
  await reload(configuration());
});

test('a changed deployed file is read again within ten seconds, and its settings named', async () => {
  const from = receiver.messages.length;
  place.write('appsettings.json', appsettings(other.issuer));
  const changed = await receiver.wait('deployment.changed',
    (m) => m.data.event?.type === 'deployment.changed', { from, timeoutMs: 11000 * patience });
  assert.match(changed.data.event.fields.join(), /authority/);
  await place.until('the authority that the file names now',
    async () => (await authorities()).includes(other.issuer));
});

test('a broken deployed file is a service that does not start again, until it is mended', async () => {
  const from = receiver.messages.length;
  place.write('appsettings.json', '{ "Authentication": {');
  const alarm = await fired('firing', 'refusal-start', from);
  const [finding] = alarm.data.findings;
  assert.equal(finding.if, 'restarted');
  assert.equal(finding.severity, 'warning');
  assert.equal(finding.source.file, place.path('appsettings.json'));
  place.write('appsettings.json', appsettings(provider.issuer));
  await fired('resolved', 'refusal-start', from);
});

test('no secret is in the log, in any answer, in a message or on the disk', async () => {
  const texts = [daemon.log, JSON.stringify(receiver.messages)];
  for (const args of [['status'], ['alerts', 'list', '--all'], ['history'], ['forecast'], ['config', 'show'],
    ['config', 'check'], ['audit', 'export'], ['alerts', 'test', '--dry-run'], ['health']]) {
    for (const format of ['text', 'json']) {
      const shown = await place.run(...args, '--config', place.config, '--format', format);
      assert.ok(shown.code === 0 || shown.code === 1, `${args.join(' ')}: ${shown.err}`);
      texts.push(shown.out + shown.err);
    }
  }
  for (const path of ['/metrics', '/api/v1/status', '/api/v1/findings', '/api/v1/alerts', '/api/v1/history']) {
    texts.push((await get(path)).body);
  }
  await place.end(daemon);
  for (const file of readdirSync(place.path('state'))) {
    texts.push(readFileSync(place.path(`state/${file}`), 'latin1'));
  }
  for (const canary of [secret.slice(6), token, deployedSecret, 'canary-in-the-url']) {
    assert.ok(!texts.some((text) => text.includes(canary)), canary);
  }
});
