// From three services on a host to a first true finding, with no line edited; and what a hostile or
// closed tree does to the search.
import assert from 'node:assert/strict';
import { chmodSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { after, before, test } from 'node:test';

import { Authority } from './lib/certificates.mjs';
import { Workplace } from './lib/daemon.mjs';
import { TestProvider, newKey } from './lib/provider.mjs';
import { faults } from './lib/schemas.mjs';

const place = new Workplace();
const root = place.path('host');
let provider; let ca;

function put(path, content) {
  const file = join(root, path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, typeof content === 'string' ? content : JSON.stringify(content));
  return file;
}
const bearer = (authority, audience) => (
  { Authentication: { Schemes: { Bearer: { Authority: authority, ValidAudiences: [audience] } } } });
const discover = async (...args) => {
  const ran = await place.run('discover', ...args);
  return { ...ran, found: (await place.run('discover', ...args, '--format', 'json')).json };
};

before(async () => {
  ca = new Authority(place.dir);
  provider = new TestProvider(ca.leaf('good'));
  await provider.start();
  provider.serveKeys([await newKey('k1', 'rsa')]);
});

after(async () => {
  await provider.stop();
  await place.clean();
});

test('three services: discover, config check, check, and the finding is true', async () => {
  const orders = put('srv/orders/appsettings.json', bearer(`${provider.issuer}/nowhere`, 'api://orders'));
  put('srv/orders/Orders.deps.json', { runtimeTarget: { name: '.NETCoreApp,Version=v8.0' }, targets: {}, libraries: {} });
  const billing = put('srv/billing/appsettings.json', bearer(provider.issuer, 'api://billing'));
  put('srv/shop/package.json', {});
  put('srv/shop/node_modules/jose/package.json', { name: 'jose', version: '5.9.6' });
  put('srv/shop/.env', `JWKS_URL=${provider.issuer}/jwks\nTOKEN_ISSUER=${provider.issuer}\n`);
  put('etc/orders/env', 'HTTPS_PROXY=http://user:hidden@proxy.test:3128\nNO_PROXY=127.0.0.1\n');
  const unit = put('etc/orders.service', `[Service]
WorkingDirectory=${join(root, 'srv/orders')}
ExecStart=/usr/bin/dotnet ${join(root, 'srv/orders/Orders.dll')}
EnvironmentFile=${join(root, 'etc/orders/env')}
`);

  const { code, out, found } = await discover(unit, join(root, 'srv'));
  assert.equal(code, 0);
  assert.deepEqual(faults('discover', found), []);
  assert.deepEqual(found.services.map((one) => one.name), ['orders', 'billing', 'shop']);
  assert.ok(out.includes('HTTPS_PROXY=http://proxy.test:3128') && !out.includes('hidden'), out);

  place.write('idpwatch.yaml', `
state_dir: ${place.path('state')}
listen: unix:${place.path('admin.sock')}
defaults: {ca_file: ${ca.caFile}}
limits: {private_addresses: true}
`);
  mkdirSync(place.path('conf.d'));
  place.write('conf.d/deployed.yaml', out);
  const checked = await place.run('config', 'check', '--config', place.config);
  assert.equal(checked.code, 0, checked.out);
  assert.match(checked.out, /3 deployments/);

  const bad = await place.run('check', orders, '--config', place.config, '--format', 'json');
  assert.equal(bad.code, 1, bad.err);
  assert.ok(bad.json.findings.some((one) => one.severity === 'critical' && one.subject.deployment.startsWith('orders')),
    JSON.stringify(bad.json.findings));
  const good = await place.run('check', billing, '--config', place.config);
  assert.equal(good.code, 0, good.out + good.err);
});

const accepts = (text) => {
  mkdirSync(place.path('alone'), { recursive: true });
  place.write('alone/found.yaml', text);
  return place.run('config', 'check', '--config', place.path('alone/found.yaml'));
};
const below = (...args) => discover('--root', root, ...args);

test('the usual places of a root: units with drop-ins, processes, folders, manifests', async () => {
  put('etc/systemd/system/pay.service', '[Service]\nWorkingDirectory=/opt/pay\nExecStart=/opt/pay/Pay\n');
  put('etc/systemd/system/pay.service.d/10.conf', '[Service]\nEnvironment=ASPNETCORE_ENVIRONMENT=Staging\n');
  put('usr/lib/systemd/system/pay.service', '[Service]\nWorkingDirectory=/wrong\nExecStart=/wrong/Pay\n');
  put('opt/pay/Pay', '');
  put('opt/pay/Pay.deps.json', {});
  put('opt/pay/appsettings.json', bearer('https://idp.test/prod', 'pay'));
  put('opt/pay/appsettings.Staging.json', bearer('https://idp.test/staging', 'pay'));
  put('var/www/site/appsettings.json', bearer('https://idp.test/site', 'site'));
  put('proc/77/cmdline', 'dotnet\0/app/Live.dll\0--key=hidden\0');
  put('proc/77/environ', 'ASPNETCORE_URLS=http://+:80\0Authentication__Schemes__Bearer__Authority=https://idp.test/env\0');
  put('proc/77/cgroup', '0::/user.slice\n');
  symlinkSync('/app', join(root, 'proc/77/cwd'));
  put('app/appsettings.json', bearer('https://idp.test/live', 'live'));
  put('proc/78/cmdline', 'dotnet\0/app/Contained.dll\0');
  put('proc/78/cgroup', '0::/system.slice/docker-12ab.scope\n');
  put('etc/kubernetes/manifests/catalog.yaml', `kind: Pod
apiVersion: v1
metadata: {name: catalog}
spec: {containers: [{name: c, env: [{name: Authentication__Schemes__Bearer__Authority, value: "https://idp.test/k8s"}]}]}
`);
  const { code, out, found } = await below();
  assert.equal(code, 0);
  assert.deepEqual(faults('discover', found), []);
  const named = Object.fromEntries(found.services.map((one) => [one.name, one]));
  assert.deepEqual(named.pay.files, ['/opt/pay/appsettings.json', '/opt/pay/appsettings.Staging.json']);
  assert.equal(named.pay.unit, 'pay.service');
  assert.equal(named.app.settings.authority, 'https://idp.test/env', 'the process overrides its file');
  assert.equal(named.catalog.settings.authority, 'https://idp.test/k8s');
  assert.equal(named.catalog.route.same_place, false);
  assert.ok(named.site);
  assert.ok(!out.includes('hidden'), 'arguments may be secrets');
  assert.ok(found.not_read.some((one) => one.path.includes('process 78') && /container/.test(one.why)));
  const checked = await accepts(out);
  assert.equal(checked.code, 0, checked.out);
});

test('what cannot be read is named with what to do; what the service may not read as well', async () => {
  put('srv/closed/appsettings.json', bearer('https://idp.test', 'x'));
  chmodSync(join(root, 'srv/closed/appsettings.json'), 0o600);
  put('etc/systemd/system/gone.service',
    '[Service]\nWorkingDirectory=/srv/gone\nExecStart=/usr/bin/dotnet G.dll\nEnvironmentFile=/etc/gone/env\nEnvironmentFile=-/etc/gone/maybe\n');
  const { found } = await below();
  const of = (path) => found.not_read.find((one) => one.path === path);
  assert.match(of('/srv/closed/appsettings.json').why, /mode 0600|denied/i);
  assert.ok(of('/srv/closed/appsettings.json').remedy);
  assert.ok(of('/etc/gone/env'));
  assert.equal(of('/etc/gone/maybe'), undefined, 'an optional file may be missing');
});

test('no link leads out of the root, and no loop or hostile file holds the search up', async () => {
  symlinkSync('/', join(root, 'srv/outside'));
  symlinkSync('..', join(root, 'srv/loop'));
  symlinkSync('self', join(root, 'srv/self'));
  put('srv/hostile\n  evil: [/appsettings.json', '{"a": "${HOME}"}');
  put('srv/broken/appsettings.json', '{"Authentication": ');
  put('srv/deep/appsettings.json', '['.repeat(100000));
  put('etc/kubernetes/manifests/bad.yaml', 'apiVersion: v1\nkind: Pod\nmetadata: &a {name: *a}\n');
  const { code, out } = await below();
  assert.equal(code, 0);
  assert.ok(!out.includes(readFileSync('/etc/hostname', 'utf8').trim() + '\n'));
  const checked = await accepts(out);
  assert.equal(checked.code, 0, checked.out + out);
});

test('a path that is not there is 3, and nothing found is fine', async () => {
  assert.equal((await place.run('discover', '/nowhere/at/all')).code, 3);
  const empty = await place.run('discover', '--root', ca.dir, '/conf.d');
  assert.equal(empty.code, 0);
  assert.match(empty.out, /deployments: \[\]/);
});
