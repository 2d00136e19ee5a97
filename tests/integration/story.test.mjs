// The story of the first release: a token of a real issuer, from login to
// logout, through a key rotation and a link.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { createRemoteJWKSet, jwtVerify } from 'jose';
import { configText, Latchkeyd } from './latchkeyd.mjs';
import { startOktaIssuer } from './okta_issuer.mjs';

const APP = 'myapp-abcde';
let issuer;
let daemon;

before(async () => {
  issuer = await startOktaIssuer({ audience: APP });
  daemon = await Latchkeyd.start(configText({
    top: 'log: {level: debug}', // so that the last test reads everything
    jwt: `
      - custom_jwt:
          name: okta
          jwks_uri: ${issuer.jwksUri}
          expected_issuer: ${issuer.issuer}
          metadata: [{path: user_data.name, field: name}, {path: user_data.aliases, field: aliases}]`,
  }));
});

after(async () => {
  await daemon?.cleanUp();
  await issuer?.stop();
});

const jwtLogin = (token) => ({ app: APP, credential: { customJwt: { token } } });
const anonymous = { app: APP, credential: { anonymous: {} } };

test('a token of the issuer logs in, and its metadata is kept exactly', async () => {
  const token = await issuer.token({
    sub: '24601',
    user_data: {
      name: 'Jean Valjean',
      aliases: ['Monsieur Madeleine', 'Ultime Fauchelevent', 'Urbain Fabre'],
    },
  });
  const { session } = await daemon.ok('AuthService/Login', jwtLogin(token));
  const expected = {
    name: 'Jean Valjean',
    aliases: ['Monsieur Madeleine', 'Ultime Fauchelevent', 'Urbain Fabre'],
  };
  assert.deepEqual(session.user.data, expected);
  assert.deepEqual(session.user.identities,
    [{ provider: 'okta', subject: '24601', data: expected }]);
  assert.match(session.user.id, /^[0-9a-f]{24}$/);

  const verified = await daemon.ok('AuthService/Verify', { token: session.accessToken });
  assert.equal(verified.active, true);
  assert.equal(verified.principal.userId, session.user.id);
  assert.equal(verified.principal.provider, 'okta');
  assert.equal(verified.principal.subject, '24601');
});

test('jose verifies our access token from our published keys', async () => {
  const { session } = await daemon.ok('AuthService/Login', anonymous);
  const keys = createRemoteJWKSet(new URL(`${daemon.http}/.well-known/jwks.json`));
  const { payload, protectedHeader } = await jwtVerify(session.accessToken, keys, {
    issuer: 'http://127.0.0.1:8080',
    audience: APP,
    typ: 'at+jwt',
    algorithms: ['ES256'],
    requiredClaims: ['sub', 'aud', 'iss', 'iat', 'exp', 'jti', 'sid', 'app'],
  });
  assert.equal(payload.sub, session.user.id);
  assert.equal(payload.sid, session.sessionId);
  assert.equal(payload.app, APP);
  assert.equal(payload.exp - payload.iat, 1800);
  assert.equal(protectedHeader.typ, 'at+jwt');
});

test('a refresh token is no access token', async () => {
  const { session } = await daemon.ok('AuthService/Login', anonymous);
  const verified = await daemon.ok('AuthService/Verify', { token: session.refreshToken });
  assert.notEqual(verified.active, true);
});

test('after a rotation a new token logs in with one fetch and no restart', async () => {
  const old = await issuer.token({ sub: 'rotating' });
  const before = (await daemon.ok('AuthService/Login', jwtLogin(old))).session;
  issuer.rotate();
  const fetches = issuer.jwksFetches();
  const token = await issuer.token({ sub: 'rotating' });
  // The cooldown counts from the last attempt that a token asked for.
  const deadline = Date.now() + 10_000;
  let answer;
  do {
    answer = await daemon.call('AuthService/Login', jwtLogin(token));
  } while (answer.status !== 200 && Date.now() < deadline);
  assert.equal(answer.status, 200, JSON.stringify(answer.body));
  assert.equal(answer.body.session.user.id, before.user.id);
  assert.equal(issuer.jwksFetches() - fetches, 1);
  // Twenty more at once, and one with the key that is gone: no more fetches.
  const more = await Promise.all(Array.from({ length: 20 },
    () => daemon.call('AuthService/Login', jwtLogin(token))));
  assert.ok(more.every(({ status }) => status === 200));
  assert.equal(await daemon.reason('AuthService/Login', jwtLogin(old)),
    'CREDENTIAL_REJECTED');
  assert.equal(issuer.jwksFetches() - fetches, 1);
});

test('bad tokens of the issuer are refused with one text', async () => {
  const bad = [
    await issuer.token({ sub: 'x', aud: 'another-app' }),
    await issuer.token({ sub: 'x', iss: 'http://127.0.0.1:1/oauth2/default' }),
    await issuer.token({ sub: 'x', exp: 1_000_000_000 }),
    await issuer.token({ sub: 'x' }, { typ: 'logout+jwt' }),
    `${(await issuer.token({ sub: 'x' })).slice(0, -4)}AAAA`,
    'not.a.token',
  ];
  const texts = new Set();
  for (const token of bad) {
    const { status, body } = await daemon.call('AuthService/Login', jwtLogin(token));
    assert.equal(status, 401);
    assert.equal(body.details[0].debug.reason, 'CREDENTIAL_REJECTED');
    texts.add(body.message);
  }
  assert.equal(texts.size, 1);
});

test('an anonymous user links an unused identity and keeps the user id', async () => {
  const { session } = await daemon.ok('AuthService/Login', anonymous);
  const unused = await issuer.token({ sub: 'second-identity' });
  const linked = await daemon.ok('AuthService/LinkIdentity',
    { credential: { customJwt: { token: unused } } }, session.accessToken);
  assert.equal(linked.user.id, session.user.id);
  assert.equal(linked.user.identities.length, 2);
  // The identity now logs the same user in.
  const again = await daemon.ok('AuthService/Login', jwtLogin(unused));
  assert.equal(again.session.user.id, session.user.id);

  const used = await issuer.token({ sub: '24601' });
  assert.equal(await daemon.reason('AuthService/LinkIdentity',
    { credential: { customJwt: { token: used } } }, session.accessToken),
  'IDENTITY_IN_USE');
  assert.equal(await daemon.reason('AuthService/LinkIdentity',
    { credential: { anonymous: {} } }, session.accessToken), 'IDENTITY_NOT_LINKABLE');
});

test('refresh, then logout ends verification at once', async () => {
  const token = await issuer.token({ sub: 'leaving' });
  const first = (await daemon.ok('AuthService/Login', jwtLogin(token))).session;
  const { session } = await daemon.ok('AuthService/RefreshSession',
    { refreshToken: first.refreshToken });
  assert.equal(session.sessionId, first.sessionId);
  assert.notEqual(session.refreshToken, first.refreshToken);
  await daemon.ok('AuthService/Logout', {}, session.accessToken);
  for (const accessToken of [first.accessToken, session.accessToken]) {
    const verified = await daemon.ok('AuthService/Verify', { token: accessToken });
    assert.deepEqual(verified, { reason: 'REASON_SESSION_REVOKED' });
  }
  assert.equal(await daemon.reason('AuthService/RefreshSession',
    { refreshToken: session.refreshToken }), 'SESSION_REVOKED');
});

test('a hundred refreshes at once have one successor', async () => {
  const { session } = await daemon.ok('AuthService/Login', anonymous);
  const answers = await Promise.all(Array.from({ length: 100 },
    () => daemon.ok('AuthService/RefreshSession', { refreshToken: session.refreshToken })));
  const successors = new Set(answers.map((answer) => answer.session.refreshToken));
  assert.equal(successors.size, 1);
});

test('a second e-mail address cannot be linked; the last identity stays', async () => {
  for (const email of ['first@example.com', 'second@example.com']) {
    await daemon.ok('EmailPasswordService/Register',
      { app: APP, email, password: 'correct horse battery' });
  }
  const credential = (email) => (
    { credential: { emailPassword: { email, password: 'correct horse battery' } } });
  const { session } = await daemon.ok('AuthService/Login', anonymous);
  const linked = await daemon.ok('AuthService/LinkIdentity',
    credential('first@example.com'), session.accessToken);
  assert.equal(linked.user.id, session.user.id);
  assert.equal(await daemon.reason('AuthService/LinkIdentity',
    credential('second@example.com'), session.accessToken), 'IDENTITY_NOT_LINKABLE');
  for (const [index, { provider, subject }] of linked.user.identities.entries()) {
    const unlink = () => daemon.call('AuthService/UnlinkIdentity',
      { provider, subject }, session.accessToken);
    const { status, body } = await unlink();
    if (index === 0) assert.equal(status, 200);
    else assert.equal(body.details[0].debug.reason, 'LAST_IDENTITY');
  }
});

test('nothing secret is in the log', async () => {
  const password = 'a very secret passphrase';
  await daemon.ok('EmailPasswordService/Register',
    { app: APP, email: 'log@example.com', password });
  const login = (text) => daemon.call('AuthService/Login', {
    app: APP,
    credential: { emailPassword: { email: 'log@example.com', password: text } },
  });
  assert.equal((await login('wrong secret')).status, 401);
  const { body } = await login(password);
  const key = await daemon.ok('UserApiKeyService/CreateApiKey', { name: 'k' },
    body.session.accessToken);
  const foreign = await issuer.token({ sub: 'log' });
  await daemon.ok('AuthService/Login', jwtLogin(foreign));
  for (const secret of [password, 'wrong secret', key.key, foreign,
    body.session.accessToken, body.session.refreshToken, 'svc-secret']) {
    assert.ok(!daemon.log.includes(secret), `the log holds ${secret.slice(0, 4)}…`);
  }
});
