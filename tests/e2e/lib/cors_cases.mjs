// Ways in which a protected API answers calls of another origin, each with the call that a page
// makes. `build` gets the app, the check of tokens and the page's origin. Browsers were asked about
// every one of them (tests/lab/cors-browser, tests/data/browser-verdicts).
import { cors } from './protected_api.mjs';

const orders = (app) => app.all(['/orders', '/orders/'], (request, response) => response.json({ orders: [] }));
// Answers preflights with these fields, and calls with Access-Control-Allow-Origin alone.
const answers = (fields, { status = 204, origin: own } = {}) => (app, { auth, origin }) => {
  const of = (value) => (typeof value === 'function' ? value(origin) : value);
  app.use((request, response, next) => {
    if (request.method === 'OPTIONS') {
      for (const [name, value] of Object.entries(fields)) response.setHeader(name, of(value));
      response.status(status).end();
      return;
    }
    const allowed = of(own ?? fields['Access-Control-Allow-Origin']);
    if (allowed !== undefined) response.setHeader('Access-Control-Allow-Origin', allowed);
    if (fields['Access-Control-Allow-Credentials']) {
      response.setHeader('Access-Control-Allow-Credentials', fields['Access-Control-Allow-Credentials']);
    }
    next();
  });
  app.use(auth);
  orders(app);
};
const withCors = (options) => (app, { auth, origin }) => {
  app.use(cors(typeof options === 'function' ? options(origin) : options));
  app.use(auth);
  orders(app);
};
const page = (origin) => origin;
const allow = (more) => ({
  'Access-Control-Allow-Origin': page, 'Access-Control-Allow-Headers': 'Authorization, Content-Type',
  'Access-Control-Allow-Methods': 'GET, PUT, DELETE', ...more,
});

export const corsCases = [
  { name: 'no CORS at all', build: (app, { auth }) => { app.use(auth); orders(app); } },
  { name: 'cors behind auth',
    build: (app, { auth, origin }) => { app.use(auth); app.use(cors({ origin })); orders(app); } },
  { name: 'cors before auth', build: withCors((origin) => ({ origin })) },
  { name: 'cors before auth, PUT', method: 'PUT', build: withCors((origin) => ({ origin })) },
  { name: 'cors before auth, POST', method: 'POST', build: withCors((origin) => ({ origin })) },
  { name: 'cors with its defaults', build: withCors({}) },
  { name: 'cors with its defaults, credentials', credentials: true, build: withCors({}) },
  { name: 'cors for credentials, credentials', credentials: true,
    build: withCors((origin) => ({ origin, credentials: true })) },
  { name: 'cors for an origin without credentials, credentials', credentials: true,
    build: withCors((origin) => ({ origin })) },
  { name: 'cors of another origin', build: withCors({ origin: 'https://other.example.com' }) },
  { name: 'cors without Authorization', build: withCors({ allowedHeaders: ['Content-Type'] }) },
  { name: 'star for headers', build: withCors({ allowedHeaders: '*' }) },
  { name: 'star for headers, PUT with a body', method: 'PUT', build: withCors({ allowedHeaders: '*' }) },
  { name: 'star for headers, credentials', credentials: true,
    build: withCors((origin) => ({ origin, credentials: true, allowedHeaders: '*' })) },
  { name: 'upper-case header name',
    build: answers(allow({ 'Access-Control-Allow-Headers': 'AUTHORIZATION' })) },
  { name: 'GET alone allowed, PUT', method: 'PUT', build: withCors({ methods: ['GET'] }) },
  { name: 'PUT alone listed, GET', build: answers(allow({ 'Access-Control-Allow-Methods': 'PUT' })) },
  { name: 'star for methods, PUT', method: 'PUT',
    build: answers(allow({ 'Access-Control-Allow-Methods': '*' })) },
  { name: 'star for methods, PUT with credentials', method: 'PUT', credentials: true,
    build: answers(allow({ 'Access-Control-Allow-Methods': '*', 'Access-Control-Allow-Credentials': 'true' })) },
  { name: 'lower-case method, PUT', method: 'PUT',
    build: answers(allow({ 'Access-Control-Allow-Methods': 'put' })) },
  { name: 'PATCH not listed', method: 'PATCH', build: answers(allow({})) },
  { name: 'DELETE listed', method: 'DELETE', build: answers(allow({})) },
  { name: 'origin and star, two layers',
    build: answers(allow({ 'Access-Control-Allow-Origin': (origin) => [origin, '*'] })) },
  { name: 'the same origin twice',
    build: answers(allow({ 'Access-Control-Allow-Origin': (origin) => [origin, origin] })) },
  { name: 'origin with a slash',
    build: answers(allow({ 'Access-Control-Allow-Origin': (origin) => `${origin}/` })) },
  { name: 'origin in upper case',
    build: answers(allow({ 'Access-Control-Allow-Origin': (origin) => origin.toUpperCase() })) },
  { name: 'origin null', build: answers(allow({ 'Access-Control-Allow-Origin': 'null' })) },
  { name: 'credentials allowed as TRUE, credentials', credentials: true,
    build: answers(allow({ 'Access-Control-Allow-Credentials': 'TRUE' })) },
  { name: 'preflight answered 200', build: answers(allow({}), { status: 200 }) },
  { name: 'preflight answered 404', build: answers(allow({}), { status: 404 }) },
  { name: 'preflight answered 405', build: answers(allow({}), { status: 405 }) },
  { name: 'preflight answered 403', build: answers(allow({}), { status: 403 }) },
  { name: 'preflight answered 500', build: answers(allow({}), { status: 500 }) },
  { name: 'preflight redirected', build: answers(allow({ Location: '/orders/' }), { status: 307 }) },
  { name: 'preflight redirected, no CORS', build: (app, { auth }) => {
    app.options(/.*/, (request, response) => response.redirect(302, '/login'));
    app.use(auth);
    orders(app);
  } },
  { name: 'preflight answered 404, no CORS', build: (app, { auth }) => {
    app.options(/.*/, (request, response) => response.status(404).end());
    app.use(auth);
    orders(app);
  } },
  { name: 'answers without CORS headers', build: (app, { auth, origin }) => {
    app.options(/.*/, cors({ origin }));
    app.use(auth);
    orders(app);
  } },
  { name: 'error answers without CORS headers', build: (app, { auth, origin }) => {
    app.options(/.*/, cors({ origin }));
    app.use(auth);
    app.use(cors({ origin }));
    orders(app);
  } },
  { name: 'redirect to a slash', build: (app, { auth, origin }) => {
    app.use(cors({ origin }));
    app.use((request, response, next) => {
      if (request.path === '/orders') response.redirect(307, '/orders/');
      else next();
    });
    app.use(auth);
    orders(app);
  } },
];
