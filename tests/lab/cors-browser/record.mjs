// Asks a real browser about every case of tests/e2e/lib/cors_cases.mjs, and writes what it did to
// tests/data/browser-verdicts/chromium.json. By hand, where a browser is installed:
//
//   apt-get install chromium && tests/e2e/provider/install && node tests/lab/cors-browser/record.mjs
//
// Each case is one API and one page, both on loopback, of different origins. The page makes the call
// twice, with a token that the API accepts and with one that it refuses, and sends what it saw to its own server.
import { execFileSync, spawn } from 'node:child_process';
import { readFileSync, mkdtempSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import http from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { Authority } from '../../e2e/lib/certificates.mjs';
import { corsCases } from '../../e2e/lib/cors_cases.mjs';
import { ProtectedApi, tokenOf } from '../../e2e/lib/protected_api.mjs';
import { TestProvider, newKey } from '../../e2e/lib/provider.mjs';
import { close, listen } from '../../e2e/lib/server.mjs';

const browser = process.env.BROWSER ?? 'chromium';
const dir = mkdtempSync(join(tmpdir(), 'idpwatch-browser-'));
const ca = new Authority(dir);
const provider = new TestProvider(ca.leaf('good'));
await provider.start();
const key = await newKey('k1');
provider.serveKeys([key]);
const token = await tokenOf(provider, key);
const caPem = readFileSync(ca.caFile);

const calls = [];  // for the page: { name, url, method, credentials }
let report;
const reported = new Promise((done) => { report = done; });
const pages = http.createServer((request, response) => {
  if (request.method === 'POST') {
    const parts = [];
    request.on('data', (part) => parts.push(part));
    request.on('end', () => { response.end(); report(JSON.parse(Buffer.concat(parts).toString())); });
    return;
  }
  response.setHeader('content-type', 'text/html');
  response.end(`<script>
const call = async ({ url, method, credentials }, token) => {
  const headers = token ? { Authorization: 'Bearer ' + token } : { Authorization: 'Bearer none' };
  const init = { method, headers, credentials: credentials ? 'include' : 'same-origin' };
  if (!['GET', 'HEAD', 'DELETE'].includes(method)) {
    headers['Content-Type'] = 'application/json';
    init.body = '{}';
  }
  try { return (await fetch(url, init)).status; } catch (error) { return 'blocked'; }
};
(async () => {
  const seen = {};
  for (const one of ${JSON.stringify(calls)}) {
    seen[one.name] = { with_token: await call(one, ${JSON.stringify(token)}), with_refused: await call(one, '') };
  }
  await fetch('/seen', { method: 'POST', body: JSON.stringify(seen) });
})();
</script>`);
});
const origin = `http://127.0.0.1:${await listen(pages)}`;

const apis = [];
for (const one of corsCases) {
  const api = new ProtectedApi(provider, caPem);
  await api.serve((app) => one.build(app, { auth: api.auth(), origin }));
  apis.push(api);
  calls.push({ name: one.name, url: api.url, method: one.method ?? 'GET', credentials: one.credentials ?? false });
}

const child = spawn(browser, ['--headless', '--no-sandbox', '--disable-gpu', '--enable-logging=stderr',
  `--user-data-dir=${join(dir, 'profile')}`, '--no-first-run', origin], { stdio: ['ignore', 'ignore', 'pipe'] });
let log = '';
child.stderr.on('data', (part) => { log += part; });
const seen = await reported;
await new Promise((go) => { setTimeout(go, 500); });  // for the last lines of its console
child.kill('SIGTERM');
await new Promise((go) => { child.on('exit', go); });

const versions = execFileSync(browser, ['--version'], { stdio: ['ignore', 'pipe', 'ignore'] }).toString().trim();
const lines = log.split('\n').filter((line) => line.includes(':CONSOLE'));
const verdicts = calls.map((one) => {
  // What its console said of that API, addresses replaced.
  const said = [...new Set(lines.filter((line) => line.includes(one.url))
    .map((line) => /"(.*)", source/.exec(line)?.[1] ?? line)
    .map((text) => text.replaceAll(one.url, 'URL').replaceAll(origin, 'ORIGIN')
      .replaceAll(origin.toUpperCase(), 'UPPERCASE')))];
  return { name: one.name, method: one.method, credentials: one.credentials, ...seen[one.name], console: said };
});
const warnings = [...new Set(lines.filter((line) => /wildcard/i.test(line)).map((line) => /"(.*)", source/.exec(line)?.[1] ?? line))];
const out = new URL('../../data/browser-verdicts/', import.meta.url);
mkdirSync(out, { recursive: true });
writeFileSync(new URL('chromium.json', out), `${JSON.stringify({ browser: versions.split(' built')[0], wildcard_warnings: warnings.length > 0, verdicts }, null, 1)}\n`);
if (process.env.BROWSER_LOG) writeFileSync(process.env.BROWSER_LOG, log);

for (const api of apis) await api.stop();
await close(pages);
await provider.stop();
rmSync(dir, { recursive: true, force: true });
