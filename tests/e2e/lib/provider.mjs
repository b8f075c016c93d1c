// A real OpenID provider (npm oidc-provider) on TLS, on loopback, whose keys, speed, redirects,
// certificate and very existence a test can change while it runs. With `replicas` it answers from
// several providers in turn, as a load balancer over nodes that disagree would.
import { generateKeyPair, randomUUID } from 'node:crypto';
import https from 'node:https';
import { createRequire } from 'node:module';
import { promisify } from 'node:util';

import { close, endConnections, listen } from './server.mjs';

const require = createRequire(new URL('../provider/package.json', import.meta.url));
const { default: Provider } = await import(require.resolve('oidc-provider'));
const makePair = promisify(generateKeyPair);

export async function newKey(kid = randomUUID(), type = 'ec') {
  const { privateKey } = type === 'rsa'
    ? await makePair('rsa', { modulusLength: 2048 })
    : await makePair('ec', { namedCurve: 'P-256' });
  const alg = type === 'rsa' ? 'RS256' : 'ES256';
  return { ...privateKey.export({ format: 'jwk' }), kid, use: 'sig', alg };
}

export class TestProvider {
  constructor(leaf) {
    this.leaf = leaf;
    this.replicas = [];
    this.turn = 0;
    this.delayMs = 0;
    this.redirect = null;   // (request) => Location, or null
    this.requests = 0;
    this.tune = (configuration) => configuration;  // of the provider, before it serves keys
    this.port = 0;
  }

  get issuer() { return `https://127.0.0.1:${this.port}`; }

  async start() {
    this.server = https.createServer(this.leaf, (request, response) => this.answer(request, response));
    this.server.keepAliveTimeout = 30000;
    this.port = await listen(this.server, this.port);
  }

  // Refuses connections from here on; start() brings the same port back.
  async stop() { await close(this.server); }

  // New handshakes see this certificate; kept connections are ended.
  useLeaf(leaf) {
    this.leaf = leaf;
    this.server.setSecureContext(leaf);
    endConnections(this.server);
  }

  // One list of keys per replica.
  serveKeys(...sets) {
    this.replicas = sets.map((keys) => new Provider(this.issuer, this.tune({
      jwks: { keys },
      cookies: { keys: ['throw-away-cookie-key-of-a-test'] },
      clients: [{
        client_id: 'caller', client_secret: 'throw-away-secret-of-a-test',
        grant_types: ['client_credentials'], redirect_uris: [], response_types: [],
      }],
      features: { clientCredentials: { enabled: true }, devInteractions: { enabled: false } },
      clientBasedCORS: () => true,
    })));
    for (const replica of this.replicas) replica.proxy = false;
    this.handlers = this.replicas.map((replica) => replica.callback());
  }

  answer(request, response) {
    this.requests += 1;
    if (this.redirect) {
      response.writeHead(302, { location: this.redirect(request) });
      response.end();
      return;
    }
    // One look (discovery, then keys) goes to one replica: the next look to the next.
    if (request.url.includes('openid-configuration')) this.turn += 1;
    const handler = this.handlers[this.turn % this.handlers.length];
    if (this.delayMs > 0) {
      setTimeout(() => handler(request, response), this.delayMs);
    } else {
      handler(request, response);
    }
  }
}
