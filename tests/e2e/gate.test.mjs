// `check` as a gate of a build: the formats that build servers read, baselines and exit codes, as docs/ci.md
// gives them.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, test } from 'node:test';

import { Authority } from './lib/certificates.mjs';
import { Workplace } from './lib/daemon.mjs';
import { startSite } from './lib/site.mjs';

const place = new Workplace();
let site; let file;

before(async () => {
  const ca = new Authority(place.dir);
  site = await startSite(ca.leaf('good'));
  place.configure({ instance: 'gate', ca, receiver: { url: 'http://127.0.0.1:9/' },
    secret: `whsec_${Buffer.alloc(32, 9).toString('base64')}`, rest: '' });
  // Two audiences of callers, none of which the service takes.
  file = place.write('appsettings.json', JSON.stringify({
    Authentication: { Schemes: { Bearer: { Authority: site.url, ValidAudiences: ['api://orders'] } } },
  }, null, 1));
});

after(async () => {
  await site.stop();
  await place.clean();
});

const check = (...args) => place.run('check', file, '--config', place.config, '--framework', '8.0',
  '--audience', 'api://billing', ...args);

test('SARIF has a rule, a position and a fingerprint for each finding', async () => {
  const { code, out } = await check('--format', 'sarif');
  assert.equal(code, 1);
  const sarif = JSON.parse(out);
  assert.equal(sarif.version, '2.1.0');
  const [run] = sarif.runs;
  assert.ok(run.results.length);
  for (const result of run.results) {
    assert.equal(run.tool.driver.rules[result.ruleIndex].id, result.ruleId);
    assert.match(result.partialFingerprints['idpwatchFinding/v1'], /^[0-9a-f]{32}$/);
    const [{ physicalLocation }] = result.locations;
    assert.match(physicalLocation.artifactLocation.uri, /appsettings\.json$/);
    assert.ok(physicalLocation.region.startLine >= 1);
  }
});

test('GitHub is told the file and the line', async () => {
  const { code, out } = await check('--format', 'github');
  assert.equal(code, 1);
  assert.match(out, /^::error file=[^:]*appsettings\.json,line=\d+,title=refusal-audience[^:]*::\S/m);
});

test('JUnit counts what failed', async () => {
  const { code, out } = await check('--format', 'junit');
  assert.equal(code, 1);
  assert.match(out, /^<\?xml version="1\.0" encoding="UTF-8"\?>\n<testsuites name="idpwatch" tests="\d+" failures="[1-9]/);
  assert.match(out, /<failure type="(critical|error)" message="[^"]+">/);
});

test('a baseline accepts what is there, and nothing that comes later', async () => {
  const baseline = place.path('baseline.json');
  const written = await check('--write-baseline', baseline);
  assert.equal(written.code, 0, written.err);
  const again = await check('--baseline', baseline, '--format', 'json');
  assert.equal(again.code, 0, again.out);
  assert.ok(again.json.findings.every((finding) => finding.in_baseline));
  const empty = place.write('empty.json', JSON.stringify({ schema: 'idpwatch.baseline/v1', findings: [] }));
  assert.equal((await check('--baseline', empty)).code, 1);
  const missing = await check('--baseline', place.path('nothing.json'));
  assert.equal(missing.code, 3, missing.err);
  assert.equal((await check('--baseline', file)).code, 2);
});

test('the severity to fail for can be chosen, and to fail for none', async () => {
  assert.equal((await check('--exit-zero')).code, 0);
  assert.equal((await check('--fail-on', 'warning')).code, 1);
  assert.equal((await check('--fail-on', 'nonsense')).code, 2);
});

// Every command of the examples is one that this binary takes.
test('the examples of docs/ci.md run', async () => {
  const text = readFileSync(new URL('../../docs/ci.md', import.meta.url), 'utf8');
  const commands = [...text.matchAll(/idpwatch (check src\/appsettings\.json[^\n>]*)/g)].map((m) => m[1].trim());
  assert.ok(commands.length >= 4);
  place.write('idpwatch-baseline.json', JSON.stringify({ schema: 'idpwatch.baseline/v1', findings: [] }));
  for (const command of commands) {
    const args = command.split(' ').map((word) => word.replace('src/appsettings.json', file)
      .replace('idpwatch-baseline.json', place.path('idpwatch-baseline.json')));
    const { code, err } = await place.run(...args, '--config', place.config, '--framework', '8.0');
    assert.ok([0, 1].includes(code), `${command}: ${code} ${err}`);
  }
});
