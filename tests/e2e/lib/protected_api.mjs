// A real protected API on loopback: npm express, tokens checked by express-oauth2-jwt-bearer (or by
// jose itself), keys from a TestProvider. What runs before and behind the check is the test's.
import http from 'node:http';
import https from 'node:https';
import { createRequire } from 'node:module';

import { close, listen } from './server.mjs';

const require = createRequire(new URL('../provider/package.json', import.meta.url));
export const express = require('express');
export const cors = require('cors');
const { auth } = require('express-oauth2-jwt-bearer');
const jose = require('jose');

export class ProtectedApi {
  // `build`: puts its handlers into a fresh express app, given { auth, api }.
  constructor(provider, caPem, audience = 'orders') {
    this.provider = provider;
    this.agent = new https.Agent({ ca: caPem });
    this.audience = audience;
    this.port = 0;
    this.seen = [];  // the requests that came, as { method, url, authorization }
  }

  get url() { return `http://127.0.0.1:${this.port}/orders`; }

  // The check as express-oauth2-jwt-bearer makes it.
  auth() {
    return auth({ issuerBaseURL: this.provider.issuer, audience: this.audience, agent: this.agent });
  }

  // The same by jose alone, as in its documentation.
  joseAuth() {
    const keys = jose.createRemoteJWKSet(new URL(`${this.provider.issuer}/jwks`), { agent: this.agent });
    return async (request, response, next) => {
      const [, token] = (request.headers.authorization ?? '').split(' ');
      try {
        if (!token) throw new Error('no token');
        await jose.jwtVerify(token, keys, { issuer: this.provider.issuer, audience: this.audience });
        next();
      } catch (error) {
        const detail = token ? `, error="invalid_token", error_description="${error.code}"` : '';
        response.set('WWW-Authenticate', `Bearer realm="orders"${detail}`).status(401).end();
      }
    };
  }

  // From now on; the port stays.
  async serve(build) {
    const app = express();
    app.use((request, response, next) => {
      this.seen.push({ method: request.method, url: request.url, authorization: request.headers.authorization });
      next();
    });
    build(app);
    app.use((error, request, response, next) => {  // eslint-disable-line no-unused-vars
      response.set(error.headers ?? {}).status(error.status ?? 500).json({ error: error.message });
    });
    if (this.server) {
      this.app = app;
      return;
    }
    this.app = app;
    this.server = http.createServer((request, response) => this.app(request, response));
    this.port = await listen(this.server, this.port);
  }

  async stop() {
    const { server } = this;
    this.server = null;
    if (server) await close(server);
  }
}

// A token of the provider, signed with one of its keys (a private JWK).
export async function tokenOf(provider, key, claims = {}) {
  return new jose.SignJWT({ scope: 'read', ...claims })
    .setProtectedHeader({ alg: key.alg, kid: key.kid, typ: 'JWT' })
    .setIssuer(claims.iss ?? provider.issuer)
    .setAudience(claims.aud ?? 'orders')
    .setSubject('caller')
    .setIssuedAt()
    .setExpirationTime(claims.exp ?? '10m')
    .sign(await jose.importJWK(key, key.alg));
}
