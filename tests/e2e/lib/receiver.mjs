// A webhook receiver that believes nothing: each message's signature is verified by the public
// library of Standard Webhooks before it counts.
import { EventEmitter, once } from 'node:events';
import http from 'node:http';
import { createRequire } from 'node:module';

import { close, listen } from './server.mjs';

const require = createRequire(new URL('../provider/package.json', import.meta.url));
const { Webhook } = require('standardwebhooks');

export class Receiver extends EventEmitter {
  constructor(secret) {
    super();
    this.webhook = new Webhook(secret);
    this.messages = [];  // verified ones, in order of arrival
    this.refused = [];   // what did not verify
    this.status = 204;   // what to answer
    this.port = 0;
  }

  get url() { return `http://127.0.0.1:${this.port}/hook`; }

  async start() {
    this.server = http.createServer((request, response) => {
      const parts = [];
      request.on('data', (part) => parts.push(part));
      request.on('end', () => {
        this.take(request.headers, Buffer.concat(parts).toString('utf8'));
        response.writeHead(this.status);
        response.end();
      });
    });
    this.port = await listen(this.server, this.port);
  }

  async stop() { await close(this.server); }

  take(headers, body) {
    try {
      const message = this.webhook.verify(body, headers);
      this.messages.push({ id: headers['webhook-id'], at: Date.now(), status: this.status, ...message });
    } catch (error) {
      this.refused.push({ headers, body, error: String(error) });
    }
    this.emit('message');
  }

  // The first message, from `from` on, that fits; waits for it.
  async wait(what, fits, { from = 0, timeoutMs = 20000 } = {}) {
    const end = Date.now() + timeoutMs;
    for (;;) {
      const found = this.messages.slice(from).find(fits);
      if (found) return found;
      if (this.refused.length) throw new Error(`a message did not verify: ${this.refused[0].error}`);
      const left = end - Date.now();
      if (left <= 0) {
        throw new Error(`waited ${timeoutMs} ms for ${what}; there came: ` +
          JSON.stringify(this.messages.slice(from).map((m) => [m.type, m.data.group, m.data.event?.type])));
      }
      await Promise.race([once(this, 'message'), new Promise((go) => { setTimeout(go, left).unref(); })]);
    }
  }

  // A finding of that rule: "firing" (it opened), "updated" or "resolved", in whatever message of its group.
  alert(kind, rule, options) {
    const state = kind === 'firing' ? 'opened' : kind;
    return this.wait(`alert.${kind} of ${rule}`,
      (m) => m.data.findings?.some((finding) => finding.rule === rule && finding.state === state), options);
  }
}
