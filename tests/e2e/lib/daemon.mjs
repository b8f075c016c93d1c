// The real binary as a child process, in a directory of its own.
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import http from 'node:http';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export const binary = process.env.IDPWATCH_BINARY;
// Sanitized binaries are several times slower; waiting longer costs nothing when all is well.
export const patience = Number(process.env.IDPWATCH_PATIENCE ?? 1);

export class Workplace {
  constructor() {
    this.dir = mkdtempSync(join(tmpdir(), 'idpwatch-e2e-'));
    this.config = join(this.dir, 'idpwatch.yaml');
    this.children = [];
  }

  path(name) { return join(this.dir, name); }

  write(name, text) {
    writeFileSync(this.path(name), text);
    return this.path(name);
  }

  // A configuration that looks every second and tells at once; `authorities` and whatever else the
  // test needs are YAML.
  configure({ instance, ca, receiver, secret, rest }) {
    this.write('hook.secret', `${secret}\n`);
    this.write('idpwatch.yaml', `
state_dir: ${this.path('state')}
listen: unix:${this.path('admin.sock')}
instance: ${instance}
defaults: {interval: 1s, timeout: 2s, ca_file: ${ca.caFile}}
limits: {private_addresses: true}
timeline: {confirm_observations: 3, confirm_span: 0s}
alerts: {group_wait: 0s, group_interval: 1s}
receivers:
  - {name: oncall, webhook: {url: "${receiver.url}", secret_file: ${this.path('hook.secret')}}}
routes:
  - {match: {kind: finding}, receivers: [oncall]}
  - {match: {kind: event}, receivers: [oncall]}
${rest}
`);
  }

  // Starts the daemon and does not wait for it.
  begin() {
    const child = spawn(binary, ['serve', '--config', this.config], { stdio: ['ignore', 'ignore', 'pipe'] });
    child.log = '';
    child.stderr.on('data', (part) => { child.log += part; });
    this.children.push(child);
    return child;
  }

  // With these limits of a shell (`ulimit -f 300`), and another stderr.
  beginIn(shell, stderr = 'pipe') {
    const child = spawn('/bin/sh', ['-c', `${shell}; exec "$0" serve --config "$1"`, binary, this.config],
      { stdio: ['ignore', 'ignore', stderr] });
    child.log = '';
    child.stderr?.on('data', (part) => { child.log += part; });
    this.children.push(child);
    return child;
  }

  // For kills at random instants: the instant is what is tested, nothing is waited for.
  pause(ms) { return new Promise((go) => { setTimeout(go, ms); }); }

  // Lives until SIGTERM; `serve` is up when /readyz answers.
  async serve() {
    const child = this.begin();
    await this.until('the daemon to be ready', async () => {
      if (child.exitCode !== null) throw new Error(`serve ended with ${child.exitCode}:\n${child.log}`);
      return (await this.run('health', '--config', this.config)).code === 0;
    });
    return child;
  }

  async end(child, signal = 'SIGTERM') {
    if (child.exitCode !== null || child.signalCode !== null) return child.exitCode;
    child.kill(signal);
    await once(child, 'exit');
    return child.exitCode;
  }

  // A one-shot command; resolves to { code, out, err, json }.
  run(...args) { return this.execute(binary, args); }

  // The same, killed when it uses more processor time than that: how busy the machine is does not matter.
  runWithin(cpuSeconds, ...args) {
    return this.execute('sh', ['-c', `ulimit -t ${Math.ceil(cpuSeconds)}; exec "$0" "$@"`, binary, ...args]);
  }

  execute(program, args) {
    return new Promise((done) => {
      execFile(program, args, { timeout: 60000 * patience, maxBuffer: 64 << 20 }, (error, out, err) => {
        const result = { code: error ? (error.code ?? -1) : 0, out, err };
        try { result.json = JSON.parse(out); } catch { /* text output */ }
        done(result);
      });
    });
  }

  // What the admin listener says.
  get(path) {
    return new Promise((done, fail) => {
      http.get({ socketPath: this.path('admin.sock'), path }, (response) => {
        const parts = [];
        response.on('data', (part) => parts.push(part));
        response.on('end', () => done(Buffer.concat(parts).toString('utf8')));
      }).on('error', fail);
    });
  }

  async until(what, holds, timeoutMs = 20000 * patience) {
    const end = Date.now() + timeoutMs;
    for (;;) {
      const result = await holds();
      if (result) return result;
      if (Date.now() > end) throw new Error(`waited ${timeoutMs} ms for ${what}`);
      await new Promise((go) => { setTimeout(go, 20); });
    }
  }

  async clean() {
    for (const child of this.children) await this.end(child, 'SIGKILL');
    rmSync(this.dir, { recursive: true, force: true });
  }
}
