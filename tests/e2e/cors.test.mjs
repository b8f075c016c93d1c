// Calls across origins to a real protected API (express, cors, express-oauth2-jwt-bearer): for each
// way to answer them, `idpwatch endpoint` says what a browser did with that very call
// (tests/data/browser-verdicts), and quotes its console.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, test } from 'node:test';

import { Authority } from './lib/certificates.mjs';
import { corsCases } from './lib/cors_cases.mjs';
import { Workplace } from './lib/daemon.mjs';
import { ProtectedApi, tokenOf } from './lib/protected_api.mjs';
import { TestProvider, newKey } from './lib/provider.mjs';

const origin = 'http://127.0.0.1:9';
const { verdicts } = JSON.parse(readFileSync(new URL('../data/browser-verdicts/chromium.json', import.meta.url)));
const place = new Workplace();
let provider; let caPem; let token;

before(async () => {
  const ca = new Authority(place.dir);
  caPem = readFileSync(ca.caFile);
  provider = new TestProvider(ca.leaf('good'));
  await provider.start();
  const key = await newKey('k1');
  provider.serveKeys([key]);
  token = await tokenOf(provider, key);
  place.write('token', `${token}\n`);
  place.write('idpwatch.yaml', `state_dir: ${place.path('state')}\n`);
});

after(async () => {
  await provider.stop();
  await place.clean();
});

// The browser warns of a star that covers Authorization, and lets the call pass.
const expected = (recorded) => {
  if (recorded.with_token === 'blocked') return 'refused';
  const starred = recorded.name.startsWith('star for headers');
  return starred || recorded.with_refused === 'blocked' ? 'warning' : 'ok';
};

async function judged(one) {
  const api = new ProtectedApi(provider, caPem);
  await api.serve((app) => one.build(app, { auth: api.auth(), origin }));
  const asked = await place.run('endpoint', api.url, '--origin', origin, '--method', one.method ?? 'GET',
    ...(one.credentials ? ['--credentials'] : []), '--token-file', place.path('token'), '--format', 'json',
    '--config', place.config);
  await api.stop();
  assert.ok(asked.json, `${one.name}: ${asked.err}`);
  assert.ok(!(asked.out + asked.err).includes(token), `${one.name}: the token is shown`);
  return { ...asked, url: api.url, cors: asked.json.checks.find((check) => check.check === 'cors') };
}

test('each verdict on a browser is what the browser did', async () => {
  assert.deepEqual(corsCases.map((one) => one.name), verdicts.map((one) => one.name), 'record them again');
  assert.ok(verdicts.some((one) => one.with_token === 'blocked') && verdicts.some((one) => one.with_token === 200));
  const wrong = [];
  for (let i = 0; i < corsCases.length; i += 4) {
    const some = await Promise.all(corsCases.slice(i, i + 4).map(judged));
    some.forEach((seen, k) => {
      const recorded = verdicts[i + k];
      if (seen.cors.result !== expected(recorded)) {
        wrong.push(`${recorded.name}: ${seen.cors.result}, and the browser: ${JSON.stringify(recorded)}\n${seen.cors.found}`);
      }
      for (const line of recorded.console) {
        const said = line.replaceAll('URL', seen.url).replaceAll('ORIGIN', origin)
          .replaceAll('UPPERCASE', origin.toUpperCase());
        if (!seen.cors.browser_says?.includes(said)) {
          wrong.push(`${recorded.name}: it says\n${said}\nand not\n${seen.cors.browser_says}`);
        }
      }
      const severe = seen.json.findings.filter((finding) => finding.rule === 'endpoint-cors');
      assert.equal(severe[0]?.severity, { refused: 'error', warning: 'warning' }[seen.cors.result], recorded.name);
      assert.equal(seen.code, seen.cors.result === 'refused' ? 1 : 0, `${recorded.name}: ${seen.out}`);
    });
  }
  assert.deepEqual(wrong, []);
});
