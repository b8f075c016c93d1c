// The examples that --help teaches by, each run as it stands there.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { symlinkSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';

import { Authority } from './lib/certificates.mjs';
import { Workplace, binary, patience } from './lib/daemon.mjs';
import { startSite } from './lib/site.mjs';

const place = new Workplace();
let site;

before(async () => {
  const ca = new Authority(place.dir);
  site = await startSite(ca.leaf('good'), '/a');
  const file = place.write('appsettings.json', `{"Authentication": {"Schemes": {"Bearer":
  {"Authority": "${site.url}", "ValidAudience": "api://orders"}}}}`);
  place.write('appsettings.Production.json', '{}');
  place.write('idpwatch.yaml', `
state_dir: ${place.path('state')}
listen: unix:${place.path('admin.sock')}
defaults: {ca_file: ${ca.caFile}, interval: 1s}
limits: {private_addresses: true}
deployments: [{name: orders-api, files: [${file}], framework: "8.0"}]
`);
  symlinkSync(fileURLToPath(new URL('..', import.meta.url)), place.path('tests'));
  const daemon = await place.serve();
  await place.until('the first look', async () => (await place.run('status', '--config', place.config,
    '--format', 'json')).json?.authorities?.[0]?.last_probe);
  await place.end(daemon);
  symlinkSync(place.path('state'), place.path('copy-of'));
});

after(async () => {
  await site.stop();
  await place.clean();
});

function run(line, cwd = place.dir) {
  // Words, without the explanation that stands two blanks behind some.
  const [, ...args] = line.trim().split(/ {2,}/)[0].split(' ');
  return new Promise((done) => {
    execFile(binary, args, { cwd, timeout: 120000 * patience, maxBuffer: 256 << 20 },
      (error, out, err) => done({ code: error ? (error.code ?? -1) : 0, out, err }));
  });
}

// Where a command's examples are at home.
const folder = { simulate: 'tests/data/scenarios' };

async function examples(command) {
  const { out } = await run(`idpwatch ${command} --help`);
  const lines = out.slice(out.indexOf('Examples:')).split('\n').filter((line) => /^ +idpwatch /.test(line));
  assert.ok(lines.length >= 2, out);
  assert.ok(out.split('\n').every((line) => line.length <= 120), 'lines fit a terminal');
  return lines;
}

// Without internet and without a configuration in /etc: not determined, or a finding; never a wrong
// command line.
for (const command of ['check', 'forecast', 'simulate', 'profiles', 'demo']) {
  test(`the examples of ${command}`, async (t) => {
    for (const line of await examples(command)) {
      await t.test(line.trim(), async () => {
        const ran = await run(line, place.path(folder[command] ?? '.'));
        assert.ok(!/--help$/m.test(ran.err), ran.err);
        const local = !line.includes('https://') && (command !== 'forecast' || line.includes('--config'));
        const trusted = command !== 'check' || line.includes('--config');
        if (local && trusted) assert.equal(ran.code, 0, ran.out.slice(0, 2000) + ran.err);
        else assert.ok([1, 3].includes(ran.code), `${ran.code}: ${ran.err}`);
      });
    }
  });
}
