// What `cmake --install` leaves where: the list of files is a promise to packagers, and what is installed
// works as it lies there.
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { readFileSync, readdirSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { after, test } from 'node:test';
import { fileURLToPath } from 'node:url';

import { Workplace, binary } from './lib/daemon.mjs';

const build = join(dirname(binary), '..');
const place = new Workplace();
const root = place.path('root');
const source = fileURLToPath(new URL('../..', import.meta.url));
after(() => place.clean());

const prefix = /^CMAKE_INSTALL_PREFIX:PATH=(.*)$/m.exec(readFileSync(join(build, 'CMakeCache.txt'), 'utf8'))[1];
const etc = prefix === '/usr' ? '/etc' : `${prefix}/etc`;
execFileSync('cmake', ['--install', build], { env: { ...process.env, DESTDIR: root }, stdio: 'ignore' });

const files = (folder) => readdirSync(folder, { withFileTypes: true, recursive: false })
  .flatMap((entry) => (entry.isDirectory() ? files(join(folder, entry.name)) : [join(folder, entry.name)]));

test('every file is where a packager looks for it', () => {
  const found = files(root).map((file) => file.slice(root.length));
  const has = (file) => assert.ok(found.includes(file), `${file} is missing`);
  has(`${etc}/idpwatch/idpwatch.yaml`);
  for (const file of ['bin/idpwatch', 'lib/systemd/system/idpwatch.service', 'lib/sysusers.d/idpwatch.conf',
    'lib/tmpfiles.d/idpwatch.conf', 'share/doc/idpwatch/README.md', 'share/doc/idpwatch/systemd.md',
    'share/doc/idpwatch/schema/webhook.json', 'share/doc/idpwatch/examples/idpwatch.yaml',
    'share/doc/idpwatch/examples/drop-ins/credentials.conf', 'share/man/man1/idpwatch.1', 'share/man/man5/idpwatch.yaml.5',
    'share/bash-completion/completions/idpwatch', 'share/zsh/vendor-completions/_idpwatch',
    'share/fish/vendor_completions.d/idpwatch.fish']) has(`${prefix}/${file}`);
  const known = ['bin', 'lib/systemd/system', 'lib/sysusers.d', 'lib/tmpfiles.d', 'share/doc/idpwatch', 'share/man',
    'share/bash-completion', 'share/zsh', 'share/fish'].map((folder) => `${prefix}/${folder}/`);
  const strays = found.filter((file) => !file.startsWith(`${etc}/idpwatch/`) && !known.some((folder) => file.startsWith(folder)));
  assert.deepEqual(strays, []);
  assert.ok(statSync(join(root, etc, 'idpwatch/conf.d')).isDirectory());
});

test('the unit names the binary and the configuration where they were installed', () => {
  const unit = readFileSync(join(root, prefix, 'lib/systemd/system/idpwatch.service'), 'utf8');
  assert.ok(unit.includes(`ExecStart=${prefix}/bin/idpwatch serve --config ${etc}/idpwatch/idpwatch.yaml`), unit);
});

test('the installed configuration is valid, and watches nothing yet', () => {
  const out = execFileSync(join(root, prefix, 'bin/idpwatch'),
    ['config', 'check', '--config', join(root, etc, 'idpwatch/idpwatch.yaml')], { encoding: 'utf8' });
  assert.match(out, /0 authorities, 0 deployments, 0 receivers/);
});

// dpkg asks before it overwrites these, and CPack does not find them by itself.
test('what lies in /etc is a conffile of the package', () => {
  const conffiles = readFileSync(join(source, 'packaging/deb/conffiles'), 'utf8').trim().split('\n');
  const installed = files(join(root, etc)).map((file) => file.slice(join(root, etc).length));
  assert.deepEqual(installed.map((file) => `/etc${file}`), conffiles);
});

test('the package\'s scripts are shell that can be read, and executable', () => {
  for (const script of ['postinst', 'prerm', 'postrm']) {
    const file = join(source, 'packaging/deb', script);
    execFileSync('/bin/sh', ['-n', file]);
    assert.ok(statSync(file).mode & 0o100, `${script} is executable`);
  }
});

const share = (file) => join(root, prefix, 'share', file);
const there = (program) => spawnSync(program, ['--version'], { stdio: 'ignore' }).error === undefined;

test('the manual pages hold every command and every field, and man has nothing against them', (t) => {
  const page = readFileSync(share('man/man1/idpwatch.1'), 'utf8');
  const { stdout: help } = spawnSync(binary, ['--help'], { encoding: 'utf8' });
  const commands = help.slice(help.indexOf('Subcommands:'), help.indexOf('Examples:')).match(/^  [a-z]+/gm).map((line) => line.trim());
  assert.ok(commands.length > 10);
  for (const command of commands) assert.ok(page.includes(`.SS idpwatch ${command}\n`), command);
  const fields = readFileSync(share('man/man5/idpwatch.yaml.5'), 'utf8');
  for (const field of ['state_dir', 'confirm_span', 'environment_file']) assert.ok(fields.includes(`\\fB${field}\\fR (`), field);
  if (!there('groff')) return t.diagnostic('groff is not installed: the pages were not rendered');
  for (const file of ['man/man1/idpwatch.1', 'man/man5/idpwatch.yaml.5']) {
    const { stderr, status } = spawnSync('groff', ['-man', '-Tutf8', '-ww', share(file)], { encoding: 'utf8' });
    assert.equal(status, 0);
    assert.deepEqual(stderr.split('\n').filter((line) => line && !/can't break|adjust/.test(line)), []);
  }
  return undefined;
});

test('bash completes commands, those below them, options and their values', () => {
  const complete = (...words) => spawnSync('bash', ['-c',
    `source '${share('bash-completion/completions/idpwatch')}'; COMP_WORDS=("$@"); COMP_CWORD=$(($#-1)); _idpwatch; echo "\${COMPREPLY[@]}"`,
    'bash', 'idpwatch', ...words], { encoding: 'utf8' }).stdout.trim().split(' ');
  assert.deepEqual(complete('hist'), ['history']);
  assert.ok(complete('audit', '').includes('verify'));
  assert.ok(complete('history', '--').includes('--since'));
  assert.deepEqual(complete('-c', 'x.yaml', 'keys', '--format', ''), ['text', 'json']);
  assert.deepEqual(complete('completions', 'f'), ['fish']);
});

for (const [shell, file] of [['zsh', 'zsh/vendor-completions/_idpwatch'], ['fish', 'fish/vendor_completions.d/idpwatch.fish']]) {
  test(`${shell} can read its completion script`, { skip: !there(shell) && `${shell} is not installed` }, () => {
    const { status, stderr } = spawnSync(shell, ['-n', share(file)], { encoding: 'utf8' });
    assert.equal(status, 0, stderr);
  });
}
