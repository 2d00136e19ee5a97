// Google, Apple and Facebook, each with a stand-in that is as strict as the
// real one, from the login to the user's data.
import assert from 'node:assert/strict';
import crypto from 'node:crypto';
import http from 'node:http';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { tmpdir } from 'node:os';
import { after, before, test } from 'node:test';
import { SignJWT, exportJWK, jwtVerify } from 'jose';
import { configText, Latchkeyd } from './latchkeyd.mjs';

const APP = 'myapp-abcde';
const REDIRECT = 'https://app.example/callback';
const GOOGLE = { client: 'web.apps.googleusercontent.com', secret: 'GOCSPX-a+b&c%' };
const APPLE = { client: 'org.example.web', team: 'TEAM123456', key: 'KEY9876543' };
const FACEBOOK = { app: '1234567890', secret: '0f1e2d3c4b5a69788796a5b4c3d2e1f0' };

const rsa = crypto.generateKeyPairSync('rsa', { modulusLength: 2048 });
const p8 = crypto.generateKeyPairSync('ec', { namedCurve: 'P-256' });
const codes = new Map();
const accessTokens = new Map();
let standIn;
let base;
let daemon;

const idToken = (issuer, audience, claims) => new SignJWT(claims)
  .setProtectedHeader({ alg: 'RS256', kid: 'k1' })
  .setIssuer(issuer).setAudience(audience)
  .setIssuedAt().setExpirationTime('5m')
  .sign(rsa.privateKey);
const googleToken = (claims) => idToken('https://accounts.google.com', GOOGLE.client,
  { azp: GOOGLE.client, ...claims });
const appleToken = (claims) => idToken('https://appleid.apple.com', APPLE.client, claims);

// A code for what the token endpoint will answer with.
function newCode(token) {
  const code = `4/${crypto.randomBytes(9).toString('base64')}`;
  codes.set(code, { token, redirect: REDIRECT });
  return code;
}

const fields = (params) => [...params.keys()].sort().join();

async function isAppleSecret(jwt) {
  try {
    const { payload, protectedHeader } = await jwtVerify(jwt, p8.publicKey, {
      algorithms: ['ES256'],
      issuer: APPLE.team,
      subject: APPLE.client,
      audience: 'https://appleid.apple.com',
      requiredClaims: ['iat', 'exp'],
    });
    return protectedHeader.kid === APPLE.key && payload.exp - payload.iat <= 15_777_000;
  } catch {
    return false;
  }
}

async function exchange(form, clientIsGood) {
  if (fields(form) !== 'client_id,client_secret,code,grant_type,redirect_uri') {
    return [400, { error: 'invalid_request' }];
  }
  if (form.get('grant_type') !== 'authorization_code') {
    return [400, { error: 'unsupported_grant_type' }];
  }
  if (!await clientIsGood()) return [401, { error: 'invalid_client' }];
  const code = codes.get(form.get('code'));
  codes.delete(form.get('code'));
  if (!code) return [400, { error: 'invalid_grant' }];
  if (code.redirect !== form.get('redirect_uri')) {
    return [400, { error: 'redirect_uri_mismatch' }];
  }
  return [200, {
    access_token: 'ya29.x', token_type: 'Bearer', expires_in: 3599, id_token: code.token,
  }];
}

const graphError = (code) => [400, { error: { message: 'No.', type: 'OAuthException', code } }];

function debugToken(query) {
  if (fields(query) !== 'access_token,input_token') return graphError(100);
  if (query.get('access_token') !== `${FACEBOOK.app}|${FACEBOOK.secret}`) return graphError(190);
  const user = accessTokens.get(query.get('input_token'));
  if (!user) return [200, { data: { is_valid: false, scopes: [] } }];
  return [200, {
    data: {
      app_id: user.app, type: 'USER', is_valid: true, expires_at: 0,
      data_access_expires_at: 0, scopes: ['public_profile'], user_id: user.id,
    },
  }];
}

function me(query) {
  if (fields(query) !== 'access_token,appsecret_proof,fields') return graphError(100);
  const token = query.get('access_token');
  const proof = crypto.createHmac('sha256', FACEBOOK.secret).update(token).digest('hex');
  if (query.get('appsecret_proof') !== proof) return graphError(100);
  const user = accessTokens.get(token);
  if (!user) return graphError(190);
  const wanted = query.get('fields').split(',');
  return [200, Object.fromEntries(Object.entries(user.profile)
    .filter(([name]) => wanted.includes(name)))];
}

async function answer(request, body) {
  const url = new URL(request.url, base);
  if (url.pathname === '/keys') {
    const jwk = await exportJWK(rsa.publicKey);
    return [200, { keys: [{ ...jwk, kid: 'k1', use: 'sig', alg: 'RS256' }] }];
  }
  if (request.method === 'GET') {
    if (url.pathname === '/graph/debug_token') return debugToken(url.searchParams);
    if (url.pathname === '/graph/me') return me(url.searchParams);
    return [404, {}];
  }
  const form = new URLSearchParams(body);
  if (request.headers['content-type'] !== 'application/x-www-form-urlencoded') {
    return [400, { error: 'invalid_request' }];
  }
  if (url.pathname === '/google/token') {
    return exchange(form, () => form.get('client_id') === GOOGLE.client
      && form.get('client_secret') === GOOGLE.secret);
  }
  return exchange(form, () => form.get('client_id') === APPLE.client
    && isAppleSecret(form.get('client_secret')));
}

before(async () => {
  standIn = http.createServer(async (request, response) => {
    let body = '';
    for await (const chunk of request) body += chunk;
    const [status, document] = await answer(request, body);
    response.writeHead(status, { 'content-type': 'application/json' });
    response.end(JSON.stringify(document));
  });
  await new Promise((done) => standIn.listen(0, '127.0.0.1', done));
  base = `http://127.0.0.1:${standIn.address().port}`;
  const folder = mkdtempSync(join(tmpdir(), 'latchkey-it-'));
  writeFileSync(join(folder, 'google'), GOOGLE.secret);
  writeFileSync(join(folder, 'facebook'), FACEBOOK.secret);
  writeFileSync(join(folder, 'apple.p8'),
    p8.privateKey.export({ type: 'pkcs8', format: 'pem' }));
  daemon = await Latchkeyd.start(configText({
    top: `secrets:
  - {name: google, file: google}
  - {name: facebook, file: facebook}
  - {name: apple, file: apple.p8}`,
    jwt: `
      - google:
          client_ids: [${GOOGLE.client}]
          client_secret: google
          redirect_uris: ["${REDIRECT}"]
          metadata: [{path: name}, {path: email}]
          domain_restrictions: [example.org]
          endpoints: {jwks_uri: "${base}/keys", token_uri: "${base}/google/token"}
      - apple:
          client_ids: [${APPLE.client}]
          team_id: ${APPLE.team}
          key_id: ${APPLE.key}
          private_key: apple
          redirect_uris: ["${REDIRECT}"]
          metadata: [{path: name, required: true}, {path: email}]
          endpoints: {jwks_uri: "${base}/keys", token_uri: "${base}/apple/token"}
      - facebook:
          app_id: "${FACEBOOK.app}"
          app_secret: facebook
          metadata: [{path: name}]
          endpoints: {issuers: ["${base}/limited"], jwks_uri: "${base}/keys", api: "${base}/graph"}`,
  }), folder);
});

after(async () => {
  await daemon?.cleanUp();
  standIn?.closeAllConnections();
  standIn?.close();
});

const login = (credential) => ({ app: APP, credential });
const ann = {
  sub: '110248495921238986420',
  name: 'Ann Example',
  email: 'ann@example.org',
  email_verified: true,
};

test('google: a token and a code of one person are one user', async () => {
  const byToken = await daemon.ok('AuthService/Login',
    login({ google: { idToken: await googleToken(ann) } }));
  assert.deepEqual(byToken.session.user.data,
    { name: 'Ann Example', email: 'ann@example.org' });
  const code = newCode(await googleToken({ ...ann, nonce: 'n-1' }));
  const proof = { google: { authCode: code, redirectUri: REDIRECT, nonce: 'n-1' } };
  const byCode = await daemon.ok('AuthService/Login', login(proof));
  assert.equal(byCode.session.user.id, byToken.session.user.id);
  assert.equal(await daemon.reason('AuthService/Login', login(proof)),
    'CREDENTIAL_REJECTED');
  const verified = await daemon.ok('AuthService/Verify',
    { token: byCode.session.accessToken });
  assert.equal(verified.principal.provider, 'google');
  assert.equal(verified.principal.subject, ann.sub);
});

test('google: who may not come in', async () => {
  for (const token of [
    await googleToken({ ...ann, email: 'eve@other.example' }),
    await googleToken({ ...ann, email_verified: false }),
    await googleToken({ ...ann, azp: 'other' }),
    await idToken('https://evil.example', GOOGLE.client, ann),
  ]) {
    assert.equal(await daemon.reason('AuthService/Login',
      login({ google: { idToken: token } })), 'CREDENTIAL_REJECTED');
  }
  assert.equal(await daemon.reason('AuthService/Login', login({
    google: { authCode: newCode(await googleToken(ann)), redirectUri: 'https://evil.example/' },
  })), 'INVALID_REQUEST');
});

test('apple: the name of the first login is kept', async () => {
  const claims = { sub: '001234.5e6f', email: 'a@privaterelay.appleid.com', email_verified: 'true' };
  const user = JSON.stringify({ name: { firstName: 'Ann', lastName: 'Example' } });
  const first = await daemon.ok('AuthService/Login', login({
    apple: { authCode: newCode(await appleToken(claims)), redirectUri: REDIRECT, user },
  }));
  const expected = { name: 'Ann Example', email: 'a@privaterelay.appleid.com' };
  assert.deepEqual(first.session.user.data, expected);
  const again = await daemon.ok('AuthService/Login',
    login({ apple: { idToken: await appleToken(claims) } }));
  assert.equal(again.session.user.id, first.session.user.id);
  assert.deepEqual(again.session.user.data, expected);
  assert.deepEqual(again.session.user.identities,
    [{ provider: 'apple', subject: '001234.5e6f', data: expected }]);
  // Nobody has told this one's name.
  assert.equal(await daemon.reason('AuthService/Login',
    login({ apple: { idToken: await appleToken({ sub: '002' }) } })),
  'CREDENTIAL_REJECTED');
});

test('facebook: classic and limited logins of one person are one user', async () => {
  accessTokens.set('EAAB-ann', {
    app: FACEBOOK.app, id: '1022', profile: { id: '1022', name: 'Ann', email: 'no' },
  });
  accessTokens.set('EAAB-other-app', {
    app: '999', id: '1022', profile: { id: '1022', name: 'Ann' },
  });
  const classic = await daemon.ok('AuthService/Login',
    login({ facebook: { accessToken: 'EAAB-ann' } }));
  assert.deepEqual(classic.session.user.data, { name: 'Ann' });
  const limited = await daemon.ok('AuthService/Login', login({
    facebook: { idToken: await idToken(`${base}/limited`, FACEBOOK.app, { sub: '1022' }) },
  }));
  assert.equal(limited.session.user.id, classic.session.user.id);
  for (const token of ['EAAB-other-app', 'EAAB-nobody']) {
    assert.equal(await daemon.reason('AuthService/Login',
      login({ facebook: { accessToken: token } })), 'CREDENTIAL_REJECTED');
  }
});

test('an anonymous user becomes one of google', async () => {
  const { session } = await daemon.ok('AuthService/Login', login({ anonymous: {} }));
  const token = await googleToken({ ...ann, sub: '77' });
  const { user } = await daemon.ok('AuthService/LinkIdentity',
    { credential: { google: { idToken: token } } }, session.accessToken);
  assert.equal(user.id, session.user.id);
  const later = await daemon.ok('AuthService/Login', login({ google: { idToken: token } }));
  assert.equal(later.session.user.id, session.user.id);
});

test('the command line logs in with a code', async () => {
  const code = newCode(await googleToken(ann));
  const answered = await daemon.cli(['login', '--provider=google', '--code-stdin',
    `--redirect-uri=${REDIRECT}`], { input: code });
  assert.equal(answered.code, 0, answered.stderr);
  assert.match(answered.stdout, /Ann Example/);
});

test('while the services are gone, the others log in', async () => {
  standIn.closeAllConnections();
  await new Promise((done) => standIn.close(done));
  assert.equal(await daemon.reason('AuthService/Login',
    login({ google: { authCode: 'x', redirectUri: REDIRECT } })), 'ISSUER_UNAVAILABLE');
  assert.equal(await daemon.reason('AuthService/Login',
    login({ facebook: { accessToken: 'EAAB-ann' } })), 'ISSUER_UNAVAILABLE');
  // The keys are known already.
  await daemon.ok('AuthService/Login', login({ google: { idToken: await googleToken(ann) } }));
  await daemon.ok('AuthService/Login', login({ anonymous: {} }));
});
