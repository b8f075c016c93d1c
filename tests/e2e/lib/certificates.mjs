// Throw-away certificates for one test run, made with the openssl command: a CA and, signed by it,
// leaves for 127.0.0.1 that are good, expired, or of another name.
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const openssl = (args) => execFileSync('openssl', args, { stdio: ['ignore', 'pipe', 'pipe'] });

export class Authority {
  constructor(dir) {
    this.dir = dir;
    this.caFile = join(dir, 'ca.pem');
    this.caKey = join(dir, 'ca.key');
    openssl(['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes',
      '-keyout', this.caKey, '-out', this.caFile, '-days', '30',
      '-subj', '/CN=idpwatch throw-away test CA']);
  }

  // name: for the files; altName: subjectAltName; days < 0: expired that long ago.
  leaf(name, altName = 'IP:127.0.0.1,DNS:localhost', days = 30) {
    const key = join(this.dir, `${name}.key`);
    const csr = join(this.dir, `${name}.csr`);
    const cert = join(this.dir, `${name}.pem`);
    const ext = join(this.dir, `${name}.ext`);
    writeFileSync(ext, `subjectAltName=${altName}\n`);
    openssl(['req', '-new', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes',
      '-keyout', key, '-out', csr, '-subj', `/CN=${name}`]);
    // `openssl x509` of OpenSSL 3.0 takes no dates in the past; `openssl ca` does.
    if (days >= 0) {
      openssl(['x509', '-req', '-in', csr, '-CA', this.caFile, '-CAkey', this.caKey,
        '-CAcreateserial', '-out', cert, '-days', String(days), '-extfile', ext]);
    } else {
      this.signWithDates(csr, cert, altName);
    }
    return { key: readFileSync(key), cert: readFileSync(cert) };
  }

  signWithDates(csr, cert, altName) {
    const config = join(this.dir, 'ca.cnf');
    const database = join(this.dir, 'index.txt');
    writeFileSync(database, '');
    writeFileSync(`${database}.attr`, 'unique_subject = no\n');
    writeFileSync(config, `[ca]
default_ca = d
[d]
database = ${database}
new_certs_dir = ${this.dir}
default_md = sha256
policy = p
x509_extensions = e
rand_serial = yes
[p]
commonName = supplied
[e]
subjectAltName = ${altName}
`);
    openssl(['ca', '-batch', '-config', config, '-cert', this.caFile, '-keyfile', this.caKey,
      '-in', csr, '-out', cert, '-startdate', '20200101000000Z', '-enddate', '20200201000000Z']);
  }
}
