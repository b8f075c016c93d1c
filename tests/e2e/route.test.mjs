// The way of a service to its provider, as its own environment tells it: proxies and exemptions in
// the dialect of its stack, trust stores. Reports of real people, rebuilt on loopback.
import assert from 'node:assert/strict';
import { copyFileSync, mkdirSync } from 'node:fs';
import { after, before, test } from 'node:test';

import { Authority } from './lib/certificates.mjs';
import { Workplace, binary } from './lib/daemon.mjs';
import { ConnectProxy } from './lib/proxy.mjs';
import { startSite } from './lib/site.mjs';

const host = 'idp.example.localhost';  // libcurl takes it for loopback
const hidden = 'idp.internal.invalid'; // only the proxy knows where that is
const place = new Workplace();
const proxy = new ConnectProxy();
const none = { HTTPS_PROXY: '', https_proxy: '', ALL_PROXY: '', all_proxy: '', NO_PROXY: '', no_proxy: '',
  SSL_CERT_FILE: '', SSL_CERT_DIR: '' };
let ca; let site; let port; let requests = 0;

before(async () => {
  ca = new Authority(place.dir);
  site = await startSite(ca.leaf('good', `IP:127.0.0.1,DNS:${host},DNS:${hidden}`));
  site.server.on('request', () => { requests += 1; });
  port = site.server.address().port;
  await proxy.start();
  proxy.ports[hidden] = port;
});

after(async () => {
  await proxy.stop();
  await site.stop();
  await place.clean();
});

// One check of one service. `service`: lines of its environment file; `own`: variables of idpwatch.
async function check({ at = host, profile = 'dotnet', service = null, own = {}, caFile = ca.caFile, route = '',
  format = 'json' }) {
  const issuer = at === hidden ? `https://${at}` : `https://${at}:${port}`;
  site.issuer = issuer;
  site.members = { jwks_uri: `${issuer}/jwks` };
  const files = profile === 'dotnet'
    ? place.write('appsettings.json', JSON.stringify({ Authentication: { Schemes: {
      Bearer: { Authority: issuer, ValidAudiences: ['orders'] } } } }))
    : place.write('app.env', 'OIDC=told-in-our-configuration\n');
  if (service) place.write('service.env', `${Object.entries(service).map(([k, v]) => `${k}=${v}\n`).join('')}`);
  place.write('idpwatch.yaml', `
state_dir: ${place.path('state')}
listen: off
instance: vantage
defaults: {timeout: 2s${caFile ? `, ca_file: ${caFile}` : ''}}
limits: {private_addresses: true}
deployments:
  - name: orders
    files: [${files}]
${service ? `    environment_file: ${place.path('service.env')}\n` : ''}${route}
${profile === 'dotnet' ? '    framework: "8.0"' : `    profile: jose
    version: "6.2.18"
    settings: {authority: "${issuer}", jwks_url: "${issuer}/jwks", issuers: ["${issuer}"], audiences: [orders]}`}
`);
  requests = 0;
  const variables = Object.entries({ ...none, ...own }).map(([k, v]) => `${k}=${v}`);
  const ran = await place.execute('env', [...variables, binary, 'check', files, '--authority', issuer,
    '--config', place.config, '--format', format]);
  if (format !== 'json') return ran;
  assert.ok(ran.json, ran.out + ran.err);
  const { findings, checked } = ran.json;
  const service_ = checked.find((c) => c.file);
  const whole = (f) => [f.summary, f.remedy, ...(f.evidence ?? []).map((e) => `${e.fact}: ${e.value}`)].join('\n');
  return {
    code: ran.code, requests, err: ran.err,
    service: service_.result,
    why: service_.why ?? '',
    notes: (service_.notes ?? []).join('\n'),
    authority: checked.find((c) => c.authority),
    refusals: findings.filter((f) => f.subject.deployment).map((f) => ({ ...f, whole: whole(f) })),
    outages: findings.filter((f) => !f.subject.deployment && f.severity !== 'info')
      .map((f) => ({ ...f, whole: whole(f) })),
  };
}

function refused(result, rule, says, never = []) {
  assert.deepEqual(result.refusals.map((f) => f.rule), [rule], JSON.stringify(result, null, 1));
  const [finding] = result.refusals;
  assert.equal(finding.certainty, 'likely');
  for (const text of says) assert.ok(finding.whole.includes(text), `${text} is not in ${finding.whole}`);
  for (const text of ['bring back', 'status page', 'firewall between', 'renew', ...never]) {
    assert.ok(!finding.whole.toLowerCase().includes(text), `${text} is in ${finding.whole}`);
  }
}

function fine(result, note = '') {
  assert.deepEqual([result.service, result.refusals], ['ok', []], JSON.stringify(result, null, 1));
  assert.ok(result.notes.includes(note), `${note} is not in ${result.notes}`);
}

test('a route that is idpwatch\'s own costs no request more', async () => {
  const plain = await check({});
  assert.equal(plain.requests, 2);
  const told = await check({ service: { HTTPS_PROXY: proxy.url, NO_PROXY: '.example.localhost' } });
  assert.equal(told.requests, 2);
});

for (const list of ['example.localhost', '*.example.localhost', '*', '127.0.0.0/8', 'PORT']) {
  test(`NO_PROXY=${list} exempts nothing for .NET, whose proxy refuses`, async () => {
    proxy.refuses = 403;
    const exempt = list === 'PORT' ? `${host}:${port}` : list;
    const result = await check({ service: { HTTPS_PROXY: proxy.url, NO_PROXY: exempt } });
    refused(result, 'refusal-unreachable', [`NO_PROXY=${exempt} (${place.path('service.env')}:2)`,
      '.example.localhost', proxy.place, '403'], ['restart']);
    assert.deepEqual(result.outages, []);
    assert.equal(result.authority.result, 'ok');
  });
}

test('a network in NO_PROXY exempts nothing for .NET, for an address in the URL either', async () => {
  proxy.refuses = 403;
  const result = await check({ at: '127.0.0.1', service: { HTTPS_PROXY: proxy.url, NO_PROXY: '127.0.0.0/8' } });
  refused(result, 'refusal-unreachable', ['NO_PROXY=127.0.0.0/8', '127.0.0.1', '403'], ['restart']);
});

for (const list of ['.example.localhost', host]) {
  test(`NO_PROXY=${list} exempts the provider for .NET`, async () => {
    proxy.refuses = 403;
    fine(await check({ service: { HTTPS_PROXY: proxy.url, NO_PROXY: list } }));
  });
}

test('a proxy in idpwatch\'s environment alone, which is gone, decides nothing of the service', async () => {
  const gone = 'http://127.0.0.1:9';
  const result = await check({ service: { ASPNETCORE_URLS: 'http://+:80' }, own: { HTTPS_PROXY: gone } });
  assert.deepEqual([result.code, result.service, result.refusals], [result.code, 'undetermined', []]);
  assert.match(result.why, /through the proxy 127\.0\.0\.1:9/);
  assert.match(result.why, /idpwatch's own/);
});

test('where a proxy is the only way out, .NET goes by it and Node.js does not', async () => {
  proxy.refuses = 0;
  const own = { HTTPS_PROXY: proxy.url };
  fine(await check({ at: hidden, service: own, own }), `through the proxy ${proxy.place}`);
  const node = { at: hidden, profile: 'jose', own };
  refused(await check({ ...node, service: { ...own, NODE_VERSION: '20.11.0' } }), 'refusal-unreachable',
    [`does not read HTTPS_PROXY=${proxy.url}`, 'NODE_USE_ENV_PROXY'], ['restart']);
  fine(await check({ ...node, service: { ...own, NODE_VERSION: '24.5.0', NODE_USE_ENV_PROXY: '1' } }),
    `through the proxy ${proxy.place}`);
});

test('a provider that answers directly, too, is well for Node.js behind a proxy', async () => {
  proxy.refuses = 0;
  const own = { HTTPS_PROXY: proxy.url };
  fine(await check({ profile: 'jose', service: { ...own, NODE_VERSION: '20.11.0' }, own }));
});

test('route: of the configuration wins over the environment file', async () => {
  proxy.refuses = 403;
  const service = { HTTPS_PROXY: proxy.url };
  fine(await check({ service, route: '    route: {proxy: ""}\n' }));
  refused(await check({ route: `    route: {proxy: "${proxy.url}"}\n` }), 'refusal-unreachable',
    ['route.proxy', proxy.place, '403']);
});

test('trust by ca_file says nothing of a service whose store was not seen', async () => {
  const result = await check({});
  fine(result, `ca_file ${ca.caFile}`);
  assert.match(result.notes, /not seen/);
  assert.deepEqual(result.outages, []);
  for (const [format, shown] of [['text', /ca_file/], ['junit', /<system-out>.*ca_file/],
    ['sarif', /"level": "note"/], ['github', /::notice .*ca_file/]]) {
    assert.match((await check({ format })).out, shown, format);
  }
});

test('a service in the same place whose store lacks the root refuses', async () => {
  const result = await check({ service: { A: '1' }, route: '    route: {same_place: true}\n' });
  refused(result, 'refusal-tls', ['idpwatch throw-away test CA', 'SSL_CERT_FILE'], ['provider has to']);
});

test('a private CA in NODE_EXTRA_CA_CERTS is trusted by Node.js and by nobody else', async () => {
  const service = { NODE_EXTRA_CA_CERTS: ca.caFile };
  const node = await check({ profile: 'jose', service, caFile: null });
  fine(node, `NODE_EXTRA_CA_CERTS=${ca.caFile}`);
  const [untrusted] = node.outages;
  assert.equal(untrusted.rule, 'tls-invalid');
  assert.match(untrusted.whole, /store/);
  assert.match(untrusted.whole, /ca_file/);
  assert.doesNotMatch(untrusted.whole.toLowerCase(), /no service|every service|all services/);
  const dotnet = await check({ service, caFile: null });
  assert.deepEqual([dotnet.service, dotnet.refusals], ['undetermined', []], JSON.stringify(dotnet, null, 1));
  assert.match(dotnet.why, /store/);
});

test('SSL_CERT_DIR: what has no hash name is named, and counts for .NET', async () => {
  const corp = place.path('corp.d');
  mkdirSync(corp);
  copyFileSync(ca.caFile, `${corp}/corp.pem`);
  const own = { SSL_CERT_DIR: `${corp}:${place.path('nowhere')}` };
  const result = await check({ service: own, own, caFile: null });
  const [untrusted] = result.outages;
  assert.equal(untrusted.rule, 'tls-invalid');
  assert.ok(untrusted.whole.includes(`openssl rehash ${corp}`), untrusted.whole);
  assert.doesNotMatch(untrusted.whole.toLowerCase(), /renew/);
  fine(result, 'SSL_CERT_DIR');
  copyFileSync(ca.caFile, `${corp}/${(await place.execute('openssl', ['x509', '-hash', '-noout', '-in', ca.caFile]))
    .out.trim()}.0`);
  const rehashed = await check({ service: own, own, caFile: null });
  fine(rehashed);
  assert.deepEqual(rehashed.outages, []);
  const byFile = { SSL_CERT_FILE: ca.caFile };
  const file = await check({ service: byFile, own: byFile, caFile: null });
  fine(file);
  assert.deepEqual(file.outages, []);
  const shown = await place.execute('env', [`SSL_CERT_DIR=${own.SSL_CERT_DIR}`, binary, 'config', 'show', '--config',
    place.config]);
  assert.match(shown.out, /corp\.d \(1 certificate\)/);
  assert.match(shown.out, /nowhere \(0 certificates; does not exist\)/);
});

test('a container resolves by itself: that is told beside the address', async () => {
  const result = await check({ service: { DOTNET_RUNNING_IN_CONTAINER: 'true' } });
  fine(result, 'was resolved on vantage: 127.0.0.1');
});
