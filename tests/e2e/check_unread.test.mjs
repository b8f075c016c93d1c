// `check FILE` where what the authority serves is cut short or cannot be read: what the service
// refuses is told, and what only we could not read is undetermined, never fine.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { Authority } from './lib/certificates.mjs';
import { Workplace } from './lib/daemon.mjs';
import { startSite } from './lib/site.mjs';

const place = new Workplace();
let site; let file;

before(async () => {
  const ca = new Authority(place.dir);
  site = await startSite(ca.leaf('good'));
  place.configure({ instance: 'unread', ca, receiver: { url: 'http://127.0.0.1:9/' },
    secret: `whsec_${Buffer.alloc(32, 9).toString('base64')}`, rest: '' });
  file = place.write('appsettings.json', JSON.stringify({
    Authentication: { Schemes: { Bearer: { Authority: site.url, ValidAudiences: ['api://orders'] } } },
  }));
});

after(async () => {
  await site.stop();
  await place.clean();
});

const cut = (text) => (response) => response.end(text.slice(0, text.length / 2));
// It says how long it is, and ends before.
const broken = (text) => (response) => {
  response.writeHead(200, { 'content-length': text.length });
  response.write(text.slice(0, text.length / 2), () => response.destroy());
};
const larger = (text) => (response) => response.end(text + ' '.repeat(17 << 20));

const document = () => JSON.stringify({ issuer: site.url, jwks_uri: `${site.url}/jwks` });
const keys = () => JSON.stringify({ keys: site.keys });

async function check(part, serve) {
  site.discovery = null;
  site.jwks = null;
  if (part) site[part] = serve;
  const { code, json, out, err } = await place.run('check', file, '--config', place.config,
    '--framework', '8.0', '--format', 'json');
  const text = await place.run('check', file, '--config', place.config, '--framework', '8.0');
  assert.equal(text.code, code, 'both formats end alike');
  assert.ok(json, out + err);
  return { code, result: json.checked[0].result, why: json.checked[0].why ?? '', text: text.out,
    rules: json.findings.filter((f) => f.subject.deployment).map((f) => f.rule) };
}

test('what can be read is fine', async () => {
  const { code, result, rules } = await check();
  assert.deepEqual([code, result, rules], [0, 'ok', []]);
});

for (const [what, part, text, rule] of [
  ['a document', 'discovery', document, 'refusal-document'],
  ['a key set', 'jwks', keys, 'refusal-keys'],
]) {
  test(`${what} that is cut short is refused by the service`, async () => {
    const { code, result, rules, text: shown } = await check(part, cut(text()));
    assert.deepEqual([code, result], [1, 'refuses'], shown);
    assert.ok(rules.includes(rule), rules.join());
    assert.match(shown, new RegExp(rule));
  });

  test(`${what} that breaks off does not come`, async () => {
    const { code, result, why, text: shown } = await check(part, broken(text()));
    assert.notEqual(code, 0, shown);
    assert.notEqual(result, 'ok', why);
  });

  test(`${what} that is larger than what we read is undetermined`, async () => {
    const { code, result, why, rules } = await check(part, larger(text()));
    assert.deepEqual([code, result, rules], [3, 'undetermined', []]);
    assert.match(why, /larger than what is read of it; limits\.body of the configuration raises that/);
  });
}

test('a clock that nobody can compare is told beside an ok', async () => {
  const dateless = (text) => (response) => { response.removeHeader('date'); response.end(text()); };
  site.discovery = dateless(document);
  site.jwks = dateless(keys);
  const { code, json, out, err } = await place.run('check', file, '--config', place.config,
    '--framework', '8.0', '--clock', '--format', 'json');
  assert.equal(code, 0, out + err);
  assert.deepEqual(json.clock, []);
  assert.match(json.checked[0].notes.join(), /its clock cannot be compared: no Date header/);
});
