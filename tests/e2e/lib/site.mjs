// An authority whose documents are exactly what a test says, on TLS or plain HTTP, on loopback: its
// issuer, keys, clock, speed and faults are members that a test may change while it runs.
import http from 'node:http';
import https from 'node:https';

import { newKey } from './provider.mjs';
import { close, listen } from './server.mjs';

export class Site {
  constructor(leaf, path = '') {
    this.leaf = leaf;           // null: plain HTTP
    this.path = path;           // of the authority: https://127.0.0.1:PORT + path
    this.keys = [];             // public JWKs
    this.issuer = null;         // what the document says; null: the address itself
    this.members = {};          // of the document, over the usual ones
    this.clockOffMs = 0;        // of its Date
    this.delayMs = 0;
    this.discovery = null;      // (response) => {}: instead of the document
    this.jwks = null;           // the same, instead of the key set
  }

  get url() { return `http${this.leaf ? 's' : ''}://127.0.0.1:${this.server.address().port}${this.path}`; }

  async start() {
    const answer = (request, response) => setTimeout(() => this.answer(request, response), this.delayMs);
    this.server = this.leaf ? https.createServer(this.leaf, answer) : http.createServer(answer);
    this.server.on('clientError', () => {});
    await listen(this.server);
  }

  async stop() { await close(this.server); }

  answer(request, response) {
    response.on('error', () => {});
    if (!this.server.listening || response.destroyed) return;  // answered too late
    response.sendDate = false;
    response.setHeader('date', new Date(Date.now() + this.clockOffMs).toUTCString());
    if (!request.url.startsWith(`${this.path}/`)) { response.writeHead(404).end(); return; }
    if (request.url.endsWith('/jwks') && this.jwks) { this.jwks(response); return; }
    if (request.url.endsWith('/jwks')) { this.json(response, { keys: this.keys }); return; }
    if (this.discovery) { this.discovery(response); return; }
    this.json(response, { issuer: this.issuer ?? this.url, jwks_uri: `${this.url}/jwks`, ...this.members });
  }

  json(response, value) {
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify(value));
  }
}

// The public half of a key of lib/provider.mjs.
export function publicKey({ d, p, q, dp, dq, qi, ...jwk }) { return jwk; }

// A site that serves this key of lib/provider.mjs (null: a new one, k1).
export async function startSite(leaf, path = '', key = null) {
  const site = new Site(leaf, path);
  await site.start();
  site.keys = [publicKey(key ?? await newKey('k1'))];
  return site;
}
