// A deployed ASP.NET Core service (its appsettings.json) beside a real provider: the forecast comes
// before the swap, and is taken back when the new key is taken back before it ever signed.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { Authority } from './lib/certificates.mjs';
import { Workplace, patience } from './lib/daemon.mjs';
import { TestProvider, newKey } from './lib/provider.mjs';
import { Receiver } from './lib/receiver.mjs';

const secret = `whsec_${Buffer.alloc(32, 3).toString('base64')}`;
const place = new Workplace();
const receiver = new Receiver(secret);
let provider; let daemon; let k1; let k2;
const timeoutMs = 30000 * patience;
const rotation = (kind, from, fits = () => true) => receiver.wait(`alert.${kind} of refusal-rotation`,
  (m) => m.type === `alert.${kind}` && m.data.group?.rule === 'refusal-rotation' && fits(m),
  { from, timeoutMs });

before(async () => {
  const ca = new Authority(place.dir);
  provider = new TestProvider(ca.leaf('good'));
  await provider.start();
  [k1, k2] = await Promise.all([newKey('k1'), newKey('k2')]);
  provider.serveKeys([k1]);
  await receiver.start();
  place.write('appsettings.json', `{
  // The framework's own section.
  "Authentication": {
    "Schemes": {
      "Bearer": {
        "Authority": "${provider.issuer}",
        "ValidAudiences": ["api://orders"],
      },
      "Portal": {"Authority": "${provider.issuer}", "ClientSecret": "not-a-secret"},
    },
  },
}
`);
  place.configure({ instance: 'forecast', ca, receiver, secret, rest: `
deployments:
  - name: orders-api
    files: [${place.path('appsettings.json')}]
    framework: "7.0"
    settings: {refresh_on_unknown_kid: false}` });
  daemon = await place.serve();
});

after(async () => {
  if (daemon) await place.end(daemon);
  await provider.stop();
  await receiver.stop();
  await place.clean();
});

test('the authority that only the deployed file names is watched', async () => {
  const status = await place.until('the first look', async () => {
    const shown = await place.run('status', '--config', place.config, '--format', 'json');
    return shown.json?.authorities?.[0]?.last_probe ? shown.json : null;
  });
  assert.equal(status.authorities[0].issuer, provider.issuer);
  assert.match(status.validators[0].name, /^orders-api/);
  assert.equal(status.validators[0].profile, 'aspnetcore-jwtbearer');
  assert.equal(status.validators.length, 1);
  assert.match(daemon.log, /deployment orders-api: scheme Portal is not judged: by ClientSecret/);
});

test('a key published too late is forecast before it signs, and taken back with the key', async () => {
  const from = receiver.messages.length;
  provider.serveKeys([k1, k2]);
  const alarm = await rotation('firing', from);
  const finding = alarm.data.findings[0];
  assert.match(finding.subject.deployment, /^orders-api/);
  assert.equal(finding.status, 401);
  assert.match(finding.error.id, /^IDX1050[013]$/);
  assert.ok(finding.window.earliest);
  assert.ok(finding.remedy.length > 20);
  assert.equal(finding.if, 'running');
  provider.serveKeys([k1]);
  const resolved = await receiver.wait('the forecast to be taken back',
    (m) => m.data.findings?.some((f) => f.id === finding.id && f.state === 'resolved'),
    { from, timeoutMs });
  assert.ok(resolved);
});

test('a swap at once is an alarm of the highest severity that can be proven', async () => {
  const from = receiver.messages.length;
  provider.serveKeys([k2]);
  const alarm = await receiver.wait('refusal-rotation', (m) => m.data.group?.rule === 'refusal-rotation'
    && m.type !== 'alert.resolved', { from, timeoutMs });
  assert.ok(['error', 'critical', 'warning'].includes(alarm.data.findings[0].severity));
  const forecast = await place.run('forecast', '--config', place.config, '--format', 'json');
  assert.ok(forecast.json.findings.some((f) => f.rule === 'refusal-rotation'), forecast.out);
});

test('check judges the file as if the service started now', async () => {
  const checked = await place.run('check', place.path('appsettings.json'), '--config', place.config,
    '--framework', '7.0', '--format', 'json');
  assert.equal(checked.code, 0, checked.out + checked.err);
  assert.equal(checked.json.schema, 'idpwatch.check/v1');
  const other = await place.run('check', place.path('appsettings.json'), '--config', place.config,
    '--framework', '7.0', '--audience', 'api://orders/', '--format', 'json');
  assert.equal(other.code, 0, 'a single trailing slash is forgiven by the library');
  const wrong = await place.run('check', place.path('appsettings.json'), '--config', place.config,
    '--framework', '7.0', '--audience', 'orders', '--format', 'json');
  assert.equal(wrong.code, 1, wrong.out);
  const finding = wrong.json.findings.find((f) => f.rule === 'refusal-audience');
  assert.equal(finding.error.id, 'IDX10214');
  assert.ok(finding.source.line > 0);
  assert.equal(finding.subject.deployment, 'orders-api#Bearer', 'the deployment that names the file');
  assert.ok(wrong.json.notes.some((note) => note.startsWith('judged as deployment orders-api of ')));
  const brought = finding.evidence.find((e) => e.fact === 'the token brings');
  assert.deepEqual([brought.value, brought.source], ['orders', '--audience of the command line']);
  assert.match(finding.first_seen, /^20[2-9]/);
});

test('keys that are pinned in code need an authority to be compared with', async () => {
  const { kty, crv, x, y } = k2;
  place.write('pinned.json', '{"Logging": {}}');
  const entry = (issuer) => place.write('pinned.yaml', `
defaults: {ca_file: ${place.path('ca.pem')}}
limits: {private_addresses: true}
deployments:
  - name: pinned
    files: [${place.path('pinned.json')}]
    framework: "8.0"
    settings: {issuers: ["${issuer}"], audiences: [a], pinned_keys: [${JSON.stringify({ kty, crv, x, y })}]}
`);
  const check = (...more) => place.run('check', place.path('pinned.json'), '--config', place.path('pinned.yaml'),
    '--format', 'json', ...more);
  entry(provider.issuer);
  const alone = await check();
  assert.equal(alone.code, 3, alone.out + alone.err);
  assert.match(alone.json.checked[0].why, /keys of pinned are in its settings; name the authority they belong to/);
  const found = await check('--authority', provider.issuer);
  assert.equal(found.code, 0, found.out + found.err);
  provider.serveKeys([k1]);
  const swapped = await check('--authority', provider.issuer);
  assert.equal(swapped.code, 1, swapped.out + swapped.err);
  assert.equal(swapped.json.findings[0].rule, 'refusal-pinned-key');
  entry('https://other.example.com');
  assert.equal((await check('--authority', provider.issuer)).code, 3);
});
