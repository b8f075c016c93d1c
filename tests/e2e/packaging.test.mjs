// What is shipped for containers: every configuration in it is accepted, every container is restricted, and the
// image says so in numbers. The schemas of Kubernetes hold it in packaging/kubernetes/check.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { fileURLToPath } from 'node:url';

import { Workplace, binary } from './lib/daemon.mjs';

const packaging = fileURLToPath(new URL('../../packaging', import.meta.url));
const read = (file) => readFileSync(join(packaging, file), 'utf8');
const plain = readdirSync(join(packaging, 'kubernetes/plain')).map((file) => `kubernetes/plain/${file}`);
const place = new Workplace();
after(() => place.clean());

// Secrets are mounted there; here they are files of the test.
function accepted(name, text) {
  const secrets = ['admin-token', 'hook'].map((secret) => place.write(secret, `whsec_${Buffer.alloc(32, 7).toString('base64')}\n`));
  const config = place.write(`${name.replaceAll('/', '-')}`, text
    .replaceAll(/\/run\/secrets\/(idpwatch\/)?admin-token/g, secrets[0]).replaceAll(/\/run\/secrets\/(idpwatch\/)?hook/g, secrets[1]));
  const { status, stdout } = spawnSync(binary, ['config', 'check', '--config', config],
    { encoding: 'utf8', env: { PATH: process.env.PATH, HOME: place.dir, IDPWATCH_INSTANCE: 'node-1' } });
  assert.equal(status, 0, `${name}: ${stdout}`);
}

// The literal blocks `idpwatch.yaml: |` of ConfigMaps.
function configs(text) {
  return [...text.matchAll(/^( *)idpwatch\.yaml: \|\n((?:\1 +.*\n|\n)+)/gm)].map(([, indent, block]) => (
    block.split('\n').map((line) => line.slice(indent.length + 2)).join('\n')));
}

test('every configuration in a manifest is accepted', () => {
  let seen = 0;
  for (const file of plain) {
    for (const text of configs(read(file))) {
      accepted(`${file}-${seen += 1}.yaml`, text);
    }
  }
  assert.equal(seen, 3);
  accepted('compose.yaml', read('oci/idpwatch.yaml'));
});

test('every container of idpwatch runs restricted, with a name that stays', () => {
  for (const file of [...plain, 'kubernetes/chart/templates/_helpers.tpl']) {
    const containers = read(file).split('- name: idpwatch\n').slice(1).filter((part) => /^ +image: /m.test(part));
    for (const container of containers) {
      for (const line of ['allowPrivilegeEscalation: false', 'readOnlyRootFilesystem: true', 'capabilities: {drop: [ALL]}',
        'name: IDPWATCH_INSTANCE', 'mountPath: /var/lib/idpwatch']) assert.ok(container.includes(line), `${file}: ${line}`);
    }
  }
});

test('the image runs as a number, without a shell, and knows how it is', () => {
  const recipe = read('oci/Containerfile');
  assert.match(recipe, /^USER \d+:\d+$/m);
  assert.match(recipe, /^ENTRYPOINT \["\/usr\/bin\/idpwatch"\]$/m);
  assert.match(recipe, /^HEALTHCHECK .*CMD \["\/usr\/bin\/idpwatch", "health"\]$/m);
  assert.match(recipe, /^STOPSIGNAL SIGTERM$/m);
  for (const label of ['version', 'revision', 'licenses']) assert.ok(recipe.includes(`org.opencontainers.image.${label}=`));
});

test('the scripts are shell that can be read', () => {
  for (const script of ['make-deb', 'prove-image', 'prove-package', 'kubernetes/check']) {
    const { status, stderr } = spawnSync('/bin/sh', ['-n', join(packaging, script)], { encoding: 'utf8' });
    assert.equal(status, 0, stderr);
  }
});
