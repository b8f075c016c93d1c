// `idpwatch demo`, as a newcomer runs it: the forecast, the verified webhook, then the 401.
import assert from 'node:assert/strict';
import { after, test } from 'node:test';

import { Workplace } from './lib/daemon.mjs';

const place = new Workplace();
after(() => place.clean());

test('the story goes as forecast, in under a minute', async () => {
  const began = Date.now();
  const told = await place.run('demo');
  assert.equal(told.code, 0, told.out + told.err);
  assert.ok(Date.now() - began < 60000);
  const order = ['publishes key-2', 'signature verified', 'IDX10501', 'The provider swaps',
    'answers 401', 'inside the window that was forecast'];
  let at = 0;
  for (const text of order) {
    const found = told.out.indexOf(text, at);
    assert.ok(found >= 0, `"${text}" is not told after the part before it:\n${told.out}`);
    at = found;
  }
  assert.equal(/\u001b/.test(told.out), false, 'no colours where there is no terminal');
});
