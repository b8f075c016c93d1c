// `idpwatch demo`, as a newcomer runs it: the forecast, the verified webhook, then the 401.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { after, test } from 'node:test';

import { Workplace, binary, patience } from './lib/daemon.mjs';

const place = new Workplace();
after(() => place.clean());

test('the story goes as forecast, in under a minute', async () => {
  const began = Date.now();
  const told = await place.run('demo');
  assert.equal(told.code, 0, told.out + told.err);
  assert.ok(Date.now() - began < 60000);
  const order = ['publishes key-2', 'signature verified', 'IDX10501', 'The provider swaps',
    'answers 401', 'inside the window that was forecast', 'critical, certain', 'restarted', 'answers 200'];
  let at = 0;
  for (const text of order) {
    const found = told.out.indexOf(text, at);
    assert.ok(found >= 0, `"${text}" is not told after the part before it:\n${told.out}`);
    at = found;
  }
  assert.equal(/\u001b/.test(told.out), false, 'no colours where there is no terminal');
});

test('on a terminal it waits to be read, and is told in under a minute all the same', async () => {
  const began = Date.now();
  // Whatever the test itself runs on.
  const { NO_COLOR, ...environment } = { ...process.env, TERM: 'xterm' };
  const told = await new Promise((done, fail) => {
    // script (util-linux) gives it a terminal.
    execFile('script', ['-qec', `${binary} demo`, '/dev/null'],
      { timeout: 60000 * patience, env: environment },
      (error, out) => (error ? fail(error) : done(out)));
  });
  const seconds = (Date.now() - began) / 1000;
  assert.match(told, /\u001b\[32m/, 'colours');
  assert.ok(seconds > 10, `${seconds} s: nobody reads so fast`);
  assert.ok(seconds < 60 * patience, `${seconds} s`);
});

test('the record of it: what was forecast is what happened', async () => {
  const told = await place.run('demo', '--format', 'json');
  assert.equal(told.code, 0, told.out + told.err);
  const { forecast, refused, certain } = told.json;
  assert.equal(forecast.certainty, 'possible', 'when key-2 begins to sign is not known yet');
  assert.equal(certain.certainty, 'certain');
  assert.equal(certain.severity, 'critical');
  assert.equal(refused.status, 401);
  assert.equal(refused.error, forecast.error.id);
  assert.ok(Date.parse(forecast.window.earliest) <= Date.parse(refused.at));
  assert.ok(Date.parse(refused.at) <= Date.parse(certain.window.until));
  assert.equal(forecast.severity, 'warning');
  // The automatic refresh, twelve hours after the cache was filled: no unknown kid forces one.
  const left = (Date.parse(certain.window.until) - Date.parse(refused.at)) / 3600000;
  assert.ok(left > 11.9 && left < 12.1, `${left} h`);
});
