// The usual causes of a 401 of a deployed ASP.NET Core service, each as its owner would have it on
// disk (appsettings.json, App.deps.json beside it) and live: the watching daemon and a one-shot
// `check` name it, with the code that this very version of the library logs, and the line to change.
import assert from 'node:assert/strict';
import { mkdirSync, readFileSync } from 'node:fs';
import http from 'node:http';
import { after, before, test } from 'node:test';

import { Authority } from './lib/certificates.mjs';
import { Workplace, patience } from './lib/daemon.mjs';
import { newKey } from './lib/provider.mjs';
import { Receiver } from './lib/receiver.mjs';
import { publicKey, startSite } from './lib/site.mjs';

const secret = `whsec_${Buffer.alloc(32, 9).toString('base64')}`;
const place = new Workplace();
const receiver = new Receiver(secret);
const timeoutMs = 40000 * patience;
const sites = [];
let ca; let leaf; let expired; let k1; let k2; let daemon;

// JwtBearer, Microsoft.IdentityModel and .NET, as they are published together.
const releases = {
  core3: ['3.1.18', '5.5.0', 'v3.1'],
  net6: ['6.0.24', '6.10.0', 'v6.0'],
  net7: ['7.0.11', '6.15.1', 'v7.0'],
  net7late: ['7.0.20', '6.35.0', 'v7.0'],
  net8: ['8.0.11', '7.1.2', 'v8.0'],
  net9: ['9.0.23', '8.19.2', 'v9.0'],
};

function depsJson([bearer, model, target]) {
  const packages = {
    'Orders.Api/1.0.0': { type: 'project', serviceable: false, sha512: '' },
    [`Microsoft.AspNetCore.Authentication.JwtBearer/${bearer}`]: { type: 'package', serviceable: true, sha512: '' },
    [`Microsoft.IdentityModel.Tokens/${model}`]: { type: 'package', serviceable: true, sha512: '' },
  };
  return JSON.stringify({ runtimeTarget: { name: `.NETCoreApp,Version=${target}` }, libraries: packages }, null, 2);
}

// As people write it: with a comment, other sections, and a trailing comma. The authority stands in
// line 6, the audiences in line 7.
const settings = (authority, { audience = 'api://orders', more = '' } = {}) => `{
  "Logging": {"LogLevel": {"Default": "Information"}},
  "Authentication": {
    "Schemes": {
      "Bearer": {
        "Authority": "${authority}",
        "ValidAudiences": ["${audience}"], // what callers ask for
        ${more}
      },
    },
  },
}
`;

async function site(path = '', { plain = false, with: certificate = leaf } = {}) {
  const made = await startSite(plain ? null : certificate, path, k1);
  sites.push(made);
  return made;
}

// One deployed service: its folder, and its entry in our configuration.
const deployments = [];
function deploy(name, release, appsettings, entry = '') {
  mkdirSync(place.path(name));
  const file = place.write(`${name}/appsettings.json`, appsettings);
  place.write(`${name}/Orders.Api.deps.json`, depsJson(releases[release]));
  deployments.push(`  - {name: ${name}, files: [${file}]${entry ? `, ${entry}` : ''}}`);
}

const tenant = '11111111-2222-3333-4444-555555555555';
const v1 = `https://sts.windows.net/${tenant}/`;
const v2 = `https://login.microsoftonline.com/${tenant}/v2.0`;

// What is expected of the service NAME: [release, status, code]. Filled by the cases below.
const cases = [];
function expected(cause, rule, rows, { line, key, remedy, message, unreached } = {}) {
  for (const [name, status, code] of rows) cases.push({ cause, rule, name, status, code, line, key, remedy, message, unreached });
}
const fine = [];

async function entra() {
  const one = await site(`/${tenant}`);
  one.issuer = v1;
  const two = await site(`/${tenant}/v2.0`);
  two.issuer = v2;
  for (const release of ['net6', 'net9']) {
    deploy(`v1-${release}`, release, settings(one.url), `tokens: {issuer: "${v2}"}`);
    deploy(`v2-${release}`, release, settings(two.url), `tokens: {issuer: "${v1}"}`);
  }
  const at = { line: 6, key: 'Authentication:Schemes:Bearer:Authority', remedy: /name it in .*appsettings\.json:6/ };
  expected('authority of v1, tokens of v2', 'refusal-issuer',
    [['v1-net6', 401, 'IDX10205'], ['v1-net9', 401, 'IDX10205']], at);
  expected('authority of v2, tokens of v1', 'refusal-issuer',
    [['v2-net6', 401, 'IDX10205'], ['v2-net9', 401, 'IDX10205']], at);
}

async function staging() {
  const other = await site('/realms/staging');
  const tokens = 'tokens: {issuer: "https://id.example.com/realms/production"}';
  for (const release of ['core3', 'net6', 'net7late', 'net9']) deploy(`staging-${release}`, release, settings(other.url), tokens);
  expected('the authority of staging in production', 'refusal-issuer', [
    ['staging-core3', 401, 'IDX10501'], ['staging-net6', 401, 'IDX10516'],
    ['staging-net7late', 401, 'IDX10503'], ['staging-net9', 401, 'IDX10205'],
  ], { line: 6, key: 'Authentication:Schemes:Bearer:Authority', remedy: /realms\/production/ });
}

async function audiences() {
  const good = await site('/audiences');
  for (const release of ['net6', 'net9']) {
    deploy(`prefix-${release}`, release, settings(good.url, { audience: 'orders' }), 'tokens: {audience: "api://orders"}');
  }
  expected('audience off by api://', 'refusal-audience',
    [['prefix-net6', 401, 'IDX10214'], ['prefix-net9', 401, 'IDX10214']],
    { line: 7, key: 'Authentication:Schemes:Bearer:ValidAudiences:0', remedy: /api:\/\/orders.*appsettings\.json:7/ });
  for (const release of ['core3', 'net9']) {
    deploy(`slash-${release}`, release, settings(good.url), 'tokens: {audience: "api://orders/"}');
  }
  expected('audience off by a slash, before 6.5', 'refusal-audience', [['slash-core3', 401, 'IDX10214']],
    { line: 7, remedy: /api:\/\/orders\// });
  fine.push('slash-net9');
}

async function plainHttp() {
  const plain = await site('/plain', { plain: true });
  for (const release of ['net6', 'net9']) deploy(`http-${release}`, release, settings(plain.url));
  expected('http authority with RequireHttpsMetadata', 'refusal-https',
    [['http-net6', 500, 'metadata-not-https'], ['http-net9', 500, 'metadata-not-https']],
    { line: 6, key: 'Authentication:Schemes:Bearer:Authority', remedy: /https .*appsettings\.json:6/, message: /must use HTTPS/ });
  const half = await site('/half');
  half.members = { jwks_uri: `${plain.url}/jwks` };
  for (const release of ['net7', 'net9']) deploy(`jwks-http-${release}`, release, settings(half.url));
  expected('http in the document alone', 'refusal-https',
    [['jwks-http-net7', 500, 'IDX20803'], ['jwks-http-net9', 401, 'IDX10204']], { line: 6 });
}

async function clocks() {
  const ahead = await site('/ahead');
  ahead.clockOffMs = 6 * 60 * 1000;
  const behind = await site('/behind');
  behind.clockOffMs = -6 * 60 * 1000;
  for (const release of ['net6', 'net9']) {
    deploy(`clock-behind-${release}`, release, settings(ahead.url));
    deploy(`clock-ahead-${release}`, release, settings(behind.url));
  }
  const remedy = /clock/;
  expected('our clock 6 minutes behind', 'refusal-clock',
    [['clock-behind-net6', 401, 'IDX10222'], ['clock-behind-net9', 401, 'IDX10222']], { remedy });
  expected('our clock 6 minutes ahead', 'refusal-clock',
    [['clock-ahead-net6', 401, 'IDX10223'], ['clock-ahead-net9', 401, 'IDX10223']], { remedy });
}

async function fetching() {
  const unfetched = (name, line) => [[`${name}-net7`, 500, 'IDX20803'], [`${name}-net9`, 401, 'IDX10204']];
  const both = (name, url, options) => {
    for (const release of ['net7', 'net9']) deploy(`${name}-${release}`, release, settings(url, options));
  };
  const slow = await site('/slow');
  slow.delayMs = 1400;
  both('slow', slow.url, { more: '"BackchannelTimeout": "00:00:01"' });
  expected('metadata slower than BackchannelTimeout', 'refusal-slow', unfetched('slow'),
    { remedy: /BackchannelTimeout at .*appsettings\.json:8/ });
  const loop = await site('/loop');
  loop.discovery = (response) => response.writeHead(302, { location: `${loop.url}/.well-known/openid-configuration` }).end();
  both('loop', loop.url);
  expected('a redirect loop', 'refusal-redirect', unfetched('loop'), { line: 6 });
  const huge = await site('/huge');
  huge.discovery = (response) => huge.json(response, { issuer: huge.url, jwks_uri: `${huge.url}/jwks`, padding: 'x'.repeat(11 << 20) });
  both('huge', huge.url);
  expected('a document of 11 MiB', 'refusal-size', unfetched('huge'), { remedy: /10 MiB/ });
  const broken = await site('/broken');
  broken.discovery = (response) => response.end('<html><body>Maintenance</body></html>');
  both('broken', broken.url);
  expected('a login page instead of the document', 'refusal-document', unfetched('broken'), { line: 6 });
  const gone = await site('/expired', { with: expired });
  both('tls', gone.url);
  expected('an expired certificate', 'refusal-tls', unfetched('tls'), { remedy: /certificate/, unreached: /certificate/ });
}

const rotating = {};
async function rotations() {
  for (const name of ['swap', 'pinned']) rotating[name] = await site(`/${name}`);
  for (const release of ['net6', 'net9']) {
    deploy(`swap-${release}`, release, settings(rotating.swap.url));
    deploy(`norefresh-${release}`, release, settings(rotating.swap.url, { more: '"RefreshOnIssuerKeyNotFound": false' }));
    // All in code: no authority in the file, the key in the binary.
    deploy(`pinned-${release}`, release, '{\n  "Logging": {"LogLevel": {"Default": "Information"}}\n}\n',
      `settings: {issuers: ["${rotating.pinned.url}"], audiences: ["api://orders"], pinned_keys: [${JSON.stringify(publicKey(k1))}]}`);
  }
  fine.push('swap-net6', 'swap-net9', 'norefresh-net6', 'norefresh-net9', 'pinned-net6', 'pinned-net9');
}

before(async () => {
  ca = new Authority(place.dir);
  leaf = ca.leaf('good');
  expired = ca.leaf('expired', 'IP:127.0.0.1', -30);
  [k1, k2] = await Promise.all([newKey('k1'), newKey('k2')]);
  for (const prepare of [entra, staging, audiences, plainHttp, clocks, fetching, rotations]) await prepare();
  await receiver.start();
  place.configure({ instance: 'seed', ca, receiver, secret, rest: `
authorities:
  - {name: pinned, issuer: "${rotating.pinned.url}"}
deployments:
${deployments.join('\n')}` });
  // Larger than what the library takes, so that ours is not the first to give up.
  const text = readFileSync(place.config, 'utf8');
  place.write('idpwatch.yaml', text.replace('limits: {', 'limits: {body: 16MiB, ').replace('timeout: 2s', 'timeout: 8s'));
  daemon = await place.serve();
});

after(async () => {
  if (daemon) await place.end(daemon);
  for (const one of sites) await one.stop();
  await receiver.stop();
  await place.clean();
});

// The daemon's open findings, by the admin listener.
function openFindings() {
  return new Promise((done, fail) => {
    http.get({ socketPath: place.path('admin.sock'), path: '/api/v1/findings' }, (response) => {
      let text = '';
      response.on('data', (part) => { text += part; });
      response.on('end', () => done(JSON.parse(text).findings));
    }).on('error', fail);
  });
}

const of = (findings, name, rule) => findings.find((f) => f.rule === rule &&
  (f.subject.deployment === name || f.subject.deployment === `${name}#Bearer`));

function fits(finding, one) {
  const about = `${one.name}: ${JSON.stringify(finding)}`;
  assert.ok(finding, `${one.name}: no ${one.rule}`);
  assert.equal(finding.status, one.status, about);
  assert.equal(finding.error?.id, one.code, about);
  if (one.line) {
    assert.ok(finding.source.file.endsWith(`${one.name}/appsettings.json`), about);
    assert.equal(finding.source.line, one.line, about);
  }
  if (one.key) assert.equal(finding.source.key, one.key, about);
  if (one.remedy) assert.match(finding.remedy, one.remedy, about);
  if (one.message) assert.match(finding.error?.message ?? finding.summary, one.message, about);
  assert.equal(finding.validator.version, releases[one.name.split('-').at(-1)][1], about);
}

const check = (name, ...more) => place.run('check', place.path(`${name}/appsettings.json`),
  '--config', place.config, '--format', 'json', ...more);

test('the daemon sees every cause, with the code of each version', async (t) => {
  for (const one of cases) {
    await t.test(`${one.cause}: ${one.name}`, async () => {
      let finding;
      await place.until(`${one.rule} of ${one.name}`, async () => {
        finding = of(await openFindings(), one.name, one.rule);
        return finding;
      }, timeoutMs).catch(async (error) => {
        throw new Error(`${error.message}; open: ${JSON.stringify((await openFindings())
          .filter((f) => f.subject.deployment?.startsWith(one.name)))}`);
      });
      fits(finding, one);
    });
  }
});

test('check sees every cause, and exits with 1', async (t) => {
  for (const one of cases) {
    await t.test(`${one.cause}: ${one.name}`, async () => {
      const checked = await check(one.name);
      if (one.unreached) {
        // Seen from here alone: the service may trust what we do not.
        assert.equal(checked.code, 3, checked.out + checked.err);
        assert.match(checked.json.checked[0].why, one.unreached);
        return;
      }
      assert.equal(checked.code, 1, checked.out + checked.err);
      fits(of(checked.json.findings, one.name, one.rule), one);
      assert.equal(checked.json.checked[0].result, 'refuses');
    });
  }
});

test('what is right is let alone', async () => {
  const findings = await openFindings();
  for (const name of fine) {
    const about = findings.filter((f) => f.subject.deployment?.split('#')[0] === name);
    assert.deepEqual(about, [], name);
    const checked = await check(name);
    assert.equal(checked.code, 0, `${name}: ${checked.out}${checked.err}`);
  }
});

// A finding that was sent, as the daemon has it once it fits: the least severe of a message are cut short where it
// would grow too long.
async function told(name, rule, holds = () => true) {
  await receiver.wait(`${rule} of ${name}`, (m) => m.type !== 'alert.resolved' &&
    of(m.data.findings ?? [], name, rule), { timeoutMs });
  let found;
  await place.until(`${rule} of ${name}`, async () => {
    found = of(await openFindings(), name, rule);
    return found !== undefined && holds(found);
  }, timeoutMs);
  return found;
}

const codes = { net6: 'IDX10501', net9: 'IDX10503' };

test('a key pinned in code is told before and after the swap', async (t) => {
  rotating.pinned.keys = [publicKey(k1), publicKey(k2)];
  for (const release of ['net6', 'net9']) {
    await t.test(`before: pinned-${release}`, async () => {
      const finding = await told(`pinned-${release}`, 'refusal-pinned-key', (f) => f.status === 401);
      assert.equal(finding.certainty, 'possible');
      assert.equal(finding.error.id, codes[release]);
      assert.equal(finding.source.file, place.config);
      assert.match(finding.remedy, /pinned_keys/);
    });
  }
  rotating.pinned.keys = [publicKey(k2)];
  for (const release of ['net6', 'net9']) {
    await t.test(`after: pinned-${release}`, async () => {
      const finding = await told(`pinned-${release}`, 'refusal-pinned-key', (f) => f.certainty === 'certain');
      assert.equal(finding.severity, 'critical');
      assert.equal(finding.error.id, codes[release]);
      const checked = await check(`pinned-${release}`);
      assert.equal(checked.code, 1, checked.out + checked.err);
      assert.equal(of(checked.json.findings, `pinned-${release}`, 'refusal-pinned-key').error.id, codes[release]);
    });
  }
});

test('keys swapped at once, with and without RefreshOnIssuerKeyNotFound', async (t) => {
  rotating.swap.keys = [publicKey(k2)];
  const hours = (f) => (f.window?.longest_s ?? 0) / 3600;
  const rows = [
    // At most the 5 minutes between two forced refreshes.
    ['swap-net6', 'IDX10501', (f) => hours(f) <= 0.1],
    ['swap-net9', 'IDX10503', (f) => hours(f) <= 0.1],
    // Until the next regular refresh: 12 hours. The token handler of .NET 8 on asks all the same.
    ['norefresh-net6', 'IDX10501', (f) => hours(f) > 11 && f.certainty === 'likely' && ['error', 'critical'].includes(f.severity)],
    ['norefresh-net9', 'IDX10503', (f) => hours(f) <= 0.1],
  ];
  for (const [name, code, holds] of rows) {
    await t.test(name, async () => {
      const finding = await told(name, 'refusal-rotation', (f) => f.status === 401);
      assert.equal(finding.error.id, code);
      assert.match(finding.error.message, /k2|kid/);
      assert.ok(holds(finding), JSON.stringify(finding));
      // The line to change: RefreshOnIssuerKeyNotFound where it is what makes it last.
      assert.equal(finding.source.line, name === 'norefresh-net6' ? 8 : 6);
      assert.equal(/RefreshOnIssuerKeyNotFound/.test(finding.remedy), name === 'norefresh-net6');
      if (name === 'norefresh-net6') assert.match(finding.remedy, /RefreshOnIssuerKeyNotFound to true at .*appsettings\.json:8/);
      // What starts now is served: check has nothing to say.
      assert.equal((await check(name)).code, 0);
    });
  }
});
