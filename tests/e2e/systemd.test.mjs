// The unit that is shipped, by systemd's own judgement, and the real daemon's part of its protocol.
// What needs systemd-analyze (Debian: systemd) is skipped where it is missing, and says so.
import assert from 'node:assert/strict';
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';

import { Workplace, binary } from './lib/daemon.mjs';

const shipped = fileURLToPath(new URL('../../systemd', import.meta.url));
const place = new Workplace();
const analyzed = spawnSync('systemd-analyze', ['--version'], { encoding: 'utf8' });
const version = Number(/^systemd (\d+)/.exec(analyzed.stdout ?? '')?.[1] ?? 0);
// Ratings of a unit file: since 250.
const skip = version >= 250 ? false : `systemd-analyze 250 or newer is needed, here is ${version || 'none'}`;

// As installed, with the binary under test, and what a drop-in adds.
function installed(dropIn) {
  const folder = place.path(`unit-${dropIn ?? 'plain'}`);
  mkdirSync(join(folder, 'idpwatch.service.d'), { recursive: true });
  const unit = join(folder, 'idpwatch.service');
  writeFileSync(unit, readFileSync(join(shipped, 'idpwatch.service'), 'utf8').replaceAll('/usr/bin/idpwatch', binary));
  if (dropIn) copyFileSync(join(shipped, 'drop-ins', dropIn), join(folder, 'idpwatch.service.d', dropIn));
  return unit;
}

const dropIns = readdirSync(join(shipped, 'drop-ins'));

after(() => place.clean());

test('the unit is exposed by 1.5 at most', { skip }, () => {
  const { status, stdout } = spawnSync('systemd-analyze',
    ['security', '--offline=true', '--threshold=15', '--no-pager', installed()], { encoding: 'utf8' });
  assert.equal(status, 0, stdout.split('\n').filter((line) => line.startsWith('✗') || line.startsWith('→')).join('\n'));
});

for (const dropIn of [undefined, ...dropIns]) {
  const tooNew = dropIn === 'notify-reload.conf' && version < 253 && 'a type that systemd knows since 253';
  test(`systemd takes every line of the unit ${dropIn ? `with ${dropIn}` : 'as it is'}`, { skip: skip || tooNew }, () => {
    const { status, stderr } = spawnSync('systemd-analyze', ['verify', '--man=no', installed(dropIn)], { encoding: 'utf8' });
    const ours = stderr.split('\n').filter((line) => line.includes('idpwatch'));
    assert.deepEqual(ours, []);
    assert.equal(status, 0, stderr);
  });
}

test('the unit keeps the exit codes and the times of the daemon', () => {
  const unit = readFileSync(join(shipped, 'idpwatch.service'), 'utf8');
  const lines = unit.split('\n').filter((line) => line && !line.startsWith('#'));
  assert.ok(lines.includes('RestartPreventExitStatus=2'));
  assert.ok(lines.includes('WatchdogSec=60'));
  assert.ok(!lines.some((line) => /time-sync|time-set/.test(line)), 'a wrong clock is what we look for');
  // systemd asks RestartPreventExitStatus= of the main process alone.
  assert.ok(!lines.some((line) => line.startsWith('ExecStartPre=')));
});

test('every drop-in is described in the guide', () => {
  const guide = readFileSync(join(shipped, '../docs/systemd.md'), 'utf8');
  assert.ok(dropIns.length >= 5);
  for (const name of dropIns) assert.ok(guide.includes(name), name);
});

// node has no datagram sockets of the file system: python3 stands in for systemd.
const manager = `
import os, socket, sys
s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
s.bind(sys.argv[1]); print("bound", flush=True)
while True: print(s.recv(4096).decode().replace("\\n", " "), flush=True)
`;

async function listen() {
  const child = spawn('python3', ['-c', manager, place.path('notify.sock')], { stdio: ['ignore', 'pipe', 'inherit'] });
  const heard = [];
  child.stdout.on('data', (part) => heard.push(...String(part).split('\n').filter(Boolean)));
  await place.until('the socket', () => heard.includes('bound'));
  return { heard, end: () => child.kill(), has: (pattern) => heard.find((line) => pattern.test(line)) };
}

const asService = (extra = {}) => ({ ...process.env, NOTIFY_SOCKET: place.path('notify.sock'), ...extra });

before(() => place.write('idpwatch.yaml', `
state_dir: ${place.path('state')}
listen: unix:${place.path('admin.sock')}
`));

test('systemd hears of the start, of life, of a reload that is taken and one that is refused, and of the end', async () => {
  const systemd = await listen();
  const child = spawn(binary, ['serve', '--config', place.config],
    { stdio: 'ignore', env: asService({ WATCHDOG_USEC: '400000' }) });
  try {
    await place.until('READY', () => systemd.has(/^READY=1 STATUS=0 authorities/));
    await place.until('two signs of life', () => systemd.heard.filter((line) => line === 'WATCHDOG=1').length >= 2);
    child.kill('SIGHUP');
    await place.until('the reload', () => systemd.has(/^RELOADING=1 MONOTONIC_USEC=\d+$/));
    await place.until('its end', () => systemd.heard.filter((line) => line.startsWith('READY=1')).length === 2);
    const uptime = Number(readFileSync('/proc/uptime', 'utf8').split(' ')[0]) * 1e6;
    const told = Number(/MONOTONIC_USEC=(\d+)/.exec(systemd.has(/^RELOADING/))[1]);
    assert.ok(told > uptime - 60e6 && told <= uptime + 1e6, 'CLOCK_MONOTONIC, in microseconds');
    place.write('idpwatch.yaml', 'authoritys: []\n');
    child.kill('SIGHUP');
    await place.until('the refusal', () => systemd.has(/^READY=1 STATUS=.*reload was rejected/));
    child.kill('SIGTERM');
    await place.until('the end', () => systemd.has(/^STOPPING=1$/));
  } finally {
    child.kill('SIGKILL');
    systemd.end();
  }
});

test('a start that fails says why, and ends with 2 where no restart mends it', async () => {
  execFileSync('rm', ['-f', place.path('notify.sock')]);
  const systemd = await listen();
  place.write('idpwatch.yaml', 'authoritys: []\n');
  const { status } = spawnSync(binary, ['serve', '--config', place.config], { env: asService(), stdio: 'ignore' });
  assert.equal(status, 2);
  await place.until('the reason', () => systemd.has(/^STATUS=.*authoritys/));
  systemd.end();
});
