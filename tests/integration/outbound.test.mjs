// Tokens for other services: a real OpenID provider gives them to the built
// service, and the command line shows them.
import assert from 'node:assert/strict';
import crypto from 'node:crypto';
import { copyFileSync, mkdtempSync, writeFileSync } from 'node:fs';
import http from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { createRemoteJWKSet, jwtVerify } from 'jose';
import { errors, Provider } from 'oidc-provider';
import { configText, Latchkeyd } from './latchkeyd.mjs';

// What raw joining and raw encoding would break.
const SECRET = 'p%41ss:w+rd&=%2F-0123456789abcdefghij';
const WRONG = 'wrong-0123456789abcdefghijklmnopqrst';
const API = 'https://api.example/';
// Okta's layout, where the preset looks for it.
const OKTA = '/oauth2/default';
let issuer;
let daemon;

function keyPair(type, options, alg) {
  const { privateKey, publicKey } = crypto.generateKeyPairSync(type, options);
  return {
    pem: privateKey.export({ type: 'pkcs8', format: 'pem' }),
    jwk: { ...publicKey.export({ format: 'jwk' }), kid: alg, alg, use: 'sig' },
  };
}

const rsa = keyPair('rsa', { modulusLength: 2048 }, 'RS256');
const ec = keyPair('ec', { namedCurve: 'P-256' }, 'ES256');

function client(id, method, more = {}) {
  return {
    client_id: id,
    token_endpoint_auth_method: method,
    grant_types: ['client_credentials'],
    response_types: [],
    redirect_uris: [],
    ...more,
  };
}

// Counts what comes to the token endpoint.
async function startIssuer() {
  const server = http.createServer();
  await new Promise((done) => server.listen(0, '127.0.0.1', done));
  const origin = `http://127.0.0.1:${server.address().port}`;
  const state = { tokenRequests: 0 };
  const provider = new Provider(origin + OKTA, {
    cookies: { keys: ['test'] },
    routes: { token: '/v1/token', jwks: '/v1/keys' },
    clients: [
      client('basic:id', 'client_secret_basic', { client_secret: SECRET }),
      client('post', 'client_secret_post', { client_secret: SECRET }),
      client('jwt', 'client_secret_jwt', { client_secret: SECRET }),
      client('rsa', 'private_key_jwt', { jwks: { keys: [rsa.jwk] } }),
      client('ec', 'private_key_jwt', { jwks: { keys: [ec.jwk] } }),
      client('denied', 'client_secret_basic', { client_secret: SECRET }),
    ],
    features: {
      devInteractions: { enabled: false },
      clientCredentials: { enabled: true },
      resourceIndicators: {
        enabled: true,
        defaultResource: () => API,
        getResourceServerInfo: (ctx, resource, { clientId }) => {
          if (clientId === 'denied') throw new errors.AccessDenied();
          return {
            scope: 'reports.read reports.write',
            accessTokenFormat: 'jwt',
            accessTokenTTL: 600,
            jwt: { sign: { alg: 'RS256' } },
          };
        },
      },
    },
  });
  const callback = provider.callback();
  server.on('request', (req, res) => {
    if (req.url.endsWith('/token')) state.tokenRequests += 1;
    req.originalUrl = req.url;
    req.url = req.url.slice(OKTA.length) || '/';
    return callback(req, res);
  });
  return {
    origin,
    state,
    keys: createRemoteJWKSet(new URL(`${origin}${OKTA}/v1/keys`)),
    stop: () => new Promise((done) => {
      server.closeAllConnections();
      server.close(done);
    }),
  };
}

function credential(name, fields) {
  return `  - {name: ${name}, scopes: [reports.read], ${fields}}\n`;
}

// `prefetch` is the default; without it, who asks for what can be counted.
function configFor({ basicSecret = 'secret', prefetch = false } = {}) {
  const okta = `okta_domain: "${issuer.origin}"`;
  const token = `token_url: "${issuer.origin}${OKTA}/v1/token"`;
  const text = configText({
    top: prefetch ? '' : 'outbound: {prefetch: false}',
    extra: `outbound_credentials:\n${[
      credential('okta', `${okta}, client_id: "basic:id", client_secret_file: ${basicSecret}`),
      credential('post', `${token}, client_id: post, client_secret: s,
     auth_method: client_secret_post, parameters: {resource: "${API}"}`),
      credential('jwt', `issuer: "${issuer.origin}${OKTA}", client_id: jwt, client_secret: s,
     auth_method: client_secret_jwt`),
      credential('rsa', `${token}, client_id: rsa, private_key_file: rsa.pem, key_id: RS256`),
      credential('ec', `${token}, client_id: ec, private_key_file: ec.pem, key_id: ES256`),
      credential('refused', `${token}, client_id: post, client_secret_file: wrong,
     auth_method: client_secret_post`),
      credential('denied', `${token}, client_id: denied, client_secret: s`),
      credential('scope', `${token}, client_id: post, client_secret: s,
     auth_method: client_secret_post, parameters: {resource: "urn:no-url#"}`),
      credential('nobody', `${okta}, client_id: "basic:id", client_secret: s,
     allowed_callers: ["uid:4294967294"]`),
    ].join('')}secrets:\n  - {name: s, file: secret}\n`,
  });
  return text.replace('services: [auth, admin]', 'services: [auth, admin, outbound]');
}

before(async () => {
  issuer = await startIssuer();
  const folder = mkdtempSync(join(tmpdir(), 'latchkey-it-'));
  writeFileSync(join(folder, 'secret'), `${SECRET}\n`);
  writeFileSync(join(folder, 'wrong'), WRONG);
  writeFileSync(join(folder, 'rsa.pem'), rsa.pem);
  writeFileSync(join(folder, 'ec.pem'), ec.pem);
  daemon = await Latchkeyd.start(configFor(), folder);
  for (const secret of [SECRET, WRONG, encodeURIComponent(SECRET)]) daemon.secrets.add(secret);
});

after(async () => {
  await daemon?.cleanUp();
  await issuer?.stop();
});

async function fetchToken(name) {
  const { code, stdout, stderr } = await daemon.cli(['outbound', 'fetch', name, '--output=json']);
  assert.equal(code, 0, `${stderr}${daemon.log}`);
  return JSON.parse(stdout);
}

async function refusal(name) {
  const { code, stderr } = await daemon.cli(['outbound', 'fetch', name]);
  assert.equal(code, 1, stderr);
  return stderr;
}

async function list() {
  const { code, stdout, stderr } = await daemon.cli(['outbound', 'list', '--output=json']);
  assert.equal(code, 0, stderr);
  return new Map(JSON.parse(stdout).credentials.map((one) => [one.name, one]));
}

test('every way to prove itself gets a token of the real provider', async () => {
  for (const [name, id] of [['okta', 'basic:id'], ['post', 'post'], ['jwt', 'jwt'],
    ['rsa', 'rsa'], ['ec', 'ec']]) {
    const before = issuer.state.tokenRequests;
    const answer = await fetchToken(name);
    assert.equal(answer.tokenType, 'Bearer');
    assert.equal(answer.scope, 'reports.read');
    const left = new Date(answer.expiresAt) - Date.now();
    assert.ok(left > 500_000 && left <= 600_000, answer.expiresAt);
    const { payload } = await jwtVerify(answer.accessToken, issuer.keys,
      { issuer: issuer.origin + OKTA, audience: API });
    assert.equal(payload.client_id, id);
    // And from memory.
    assert.equal((await fetchToken(name)).accessToken, answer.accessToken);
    assert.equal(issuer.state.tokenRequests, before + 1);
  }
});

test('refusals name their reason, and are not asked for again', async () => {
  for (const [name, reason] of [['refused', 'OUTBOUND_REJECTED'],
    ['scope', 'OUTBOUND_REJECTED'], ['denied', 'OUTBOUND_NOT_PERMITTED'],
    ['nobody', 'CALLER_NOT_ALLOWED'], ['unknown', 'RESOURCE_NOT_FOUND']]) {
    assert.match(await refusal(name), new RegExp(reason), name);
    const before = issuer.state.tokenRequests;
    assert.match(await refusal(name), new RegExp(reason));
    assert.equal(issuer.state.tokenRequests, before, name);
  }
});

test('the list shows what the caller may fetch, and no token', async () => {
  const { accessToken } = await fetchToken('okta');
  const all = await list();
  assert.equal(all.get('okta').endpoint, `${issuer.origin}${OKTA}/v1/token`);
  assert.deepEqual(all.get('okta').scopes, ['reports.read']);
  assert.ok(new Date(all.get('okta').refreshAt) < new Date(all.get('okta').expiresAt));
  assert.equal(all.get('refused').lastFailure, 'REASON_OUTBOUND_REJECTED');
  assert.equal(all.has('nobody'), false);
  const { stdout } = await daemon.cli(['outbound', 'list']);
  assert.match(stdout, /okta/);
  assert.ok(!stdout.includes(accessToken));
});

test('is served on listeners that name it only', async () => {
  const method = 'latchkey.v1.OutboundCredentialService/FetchAccessToken';
  const { stderr } = await daemon.bufCurl(method, { name: 'okta' });
  assert.notEqual(stderr, '');
  assert.ok(!stderr.includes('access_token'));
  assert.equal((await daemon.call('OutboundCredentialService/FetchAccessToken',
    { name: 'okta' })).status, 404);
});

test('a reload takes another secret and leaves the others their tokens', async () => {
  const old = await fetchToken('okta');
  const other = await fetchToken('rsa');
  daemon.writeConfig(configFor({ basicSecret: 'wrong' }));
  daemon.log = '';
  daemon.signal('SIGHUP');
  while (!daemon.log.includes('config_reload')) await new Promise(setImmediate);
  assert.match(daemon.log, /config_reloaded/);
  assert.match(await refusal('okta'), /OUTBOUND_REJECTED/);
  assert.equal((await fetchToken('rsa')).accessToken, other.accessToken);
  daemon.writeConfig(configFor());
  daemon.log = '';
  daemon.signal('SIGHUP');
  while (!daemon.log.includes('config_reloaded')) await new Promise(setImmediate);
  assert.notEqual((await fetchToken('okta')).accessToken, old.accessToken);
});

test('from the start on, nobody waits for a first token', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'latchkey-it-'));
  for (const name of ['secret', 'wrong', 'rsa.pem', 'ec.pem']) {
    copyFileSync(join(daemon.folder, name), join(folder, name));
  }
  const second = await Latchkeyd.start(configFor({ prefetch: true }), folder);
  try {
    const okta = async () => {
      const { stdout } = await second.cli(['outbound', 'list', '--output=json']);
      return JSON.parse(stdout).credentials.find(({ name }) => name === 'okta');
    };
    while (!(await okta()).expiresAt) await new Promise(setImmediate);
    const { code, stdout } = await second.cli(['outbound', 'fetch', 'okta', '--output=json']);
    assert.equal(code, 0, second.log);
    assert.equal(JSON.parse(stdout).tokenType, 'Bearer');
    assert.equal(Number((await okta()).requests), 1);
    // What is wrong shows before anybody asks.
    while (!second.log.includes('outbound_fetch_failed')) await new Promise(setImmediate);
  } finally {
    await second.cleanUp();
  }
});
