// Federation with MongoDB's own client code against real OpenID providers: the
// principal step tells the client whom to ask, the token step logs it in.
import assert from 'node:assert/strict';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, afterEach, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { configText, Latchkeyd } from './latchkeyd.mjs';
import { newPerson } from './person.mjs';
import { AUTHORITY, startPrivateIssuer } from './private_issuer.mjs';
import { CLIENT, startWorkforceIssuer } from './workforce_issuer.mjs';

const APP = 'myapp-abcde';
const ANN = 'ann@corp.example';
const BOB = 'bob@guests.example';
let okta; // in Okta's layout, by `providers`
let plain; // in its own layout, by MongoDB's array
let daemon;

before(async () => {
  okta = await startWorkforceIssuer({ audience: 'api://default', okta: true });
  plain = await startWorkforceIssuer({ audience: 'api://guests' });
  plain.state.user = BOB;
  plain.state.groups[BOB] = '/visitors';
  const identityProviders = [{
    issuer: plain.issuer,
    audience: 'api://guests',
    authNamePrefix: 'guests',
    matchPattern: '@guests\\.example$',
    clientId: CLIENT,
    requestScopes: ['groups'],
    authorizationClaim: 'groups',
    JWKSPollSecs: 86400,
  }, {
    issuer: plain.issuer,
    audience: 'api://machines',
    authNamePrefix: 'ci',
    authorizationClaim: 'groups',
    supportsHumanFlows: false,
    JWKSPollSecs: 86400,
  }];
  daemon = await Latchkeyd.start(configText({
    jwt: `
      - oidc:
          issuer: ${okta.issuer}
          audience: api://default
          auth_name_prefix: okta
          match_pattern: '@corp\\.example$'
          client_id: ${CLIENT}
          request_scopes: [groups]
          authorization_claim: groups`,
    extra: `    oidc_identity_providers: ${JSON.stringify(identityProviders)}`,
  }));
});

after(async () => {
  await daemon?.cleanUp();
  await okta?.stop();
  await plain?.stop();
});

afterEach(() => {
  for (const issuer of [okta, plain]) {
    Object.assign(issuer.state, { mutate: null, ttl: 600, down: false });
  }
  plain.state.audience = 'api://guests';
});

const describe = (hint) => daemon.ok('AuthService/DescribeLogin',
  { app: APP, principalHint: hint });
const withToken = (token, provider = '') => (
  { app: APP, credential: { oidc: { provider, token } } });
const logIn = async (token) => (
  await daemon.ok('AuthService/Login', withToken(token))).session;
const verify = (session) => daemon.ok('AuthService/Verify',
  { token: session.accessToken });

test('two steps: authorization code with PKCE at the loopback redirect', async () => {
  const { oidc } = await describe(ANN);
  assert.deepEqual(oidc, {
    provider: 'okta', issuer: okta.issuer, clientId: CLIENT, requestScopes: ['groups'],
  });
  const person = newPerson();
  const { accessToken } = await person.ask(oidc, { username: ANN });
  assert.match(person.opened[0], /^http:\/\/localhost:27097\/redirect\//);
  const session = await logIn(accessToken);
  assert.deepEqual(session.user.identities.map(({ provider, subject }) => [provider, subject]),
    [['okta', `okta/${ANN}`]]);
  const { active, principal } = await verify(session);
  assert.equal(active, true);
  assert.equal(principal.subject, `okta/${ANN}`);
  assert.deepEqual(principal.roles, ['okta/dba', 'okta/Everyone']);
  const payload = JSON.parse(
    Buffer.from(session.accessToken.split('.')[1], 'base64url'));
  assert.deepEqual(payload.roles, ['okta/dba', 'okta/Everyone']);
});

test('two steps: device authorization, at another issuer', async () => {
  const { oidc } = await describe(BOB);
  assert.equal(oidc.issuer, plain.issuer);
  const person = newPerson({ allowedFlows: ['device-auth'] });
  const { accessToken } = await person.ask(oidc, { username: BOB });
  const { principal } = await verify(await logIn(accessToken));
  assert.equal(principal.provider, 'guests');
  assert.equal(principal.subject, `guests/${BOB}`);
  assert.deepEqual(principal.roles, ['guests/visitors']);
});

test('a hint is needed among several, and a stranger has no issuer', async () => {
  const open = await describe('');
  assert.equal(open.oidc, undefined);
  assert.equal(open.oidcReason, 'REASON_INVALID_REQUEST');
  const stranger = await describe('eve@elsewhere.example');
  assert.equal(stranger.oidcReason, 'REASON_PROVIDER_NOT_ENABLED');
  const federated = open.providers.filter(({ kind }) => kind === 'oidc');
  assert.deepEqual(federated.map(({ name }) => name), ['okta', 'guests', 'ci']);
});

test('many connections at once open one browser', async () => {
  const { oidc } = await describe(ANN);
  const person = newPerson();
  const tokens = await Promise.all(Array.from({ length: 5 },
    () => person.ask(oidc, { username: ANN })));
  assert.equal(person.opened.length, 1);
  const sessions = await Promise.all(tokens.map(({ accessToken }) => logIn(accessToken)));
  assert.equal(new Set(sessions.map(({ user }) => user.id)).size, 1);
});

test('a refreshed token logs the same user in, and nobody is asked again', async () => {
  const { oidc } = await describe(ANN);
  const person = newPerson();
  const first = await person.ask(oidc, { username: ANN });
  const second = await person.ask(oidc, { username: ANN, refreshToken: first.refreshToken });
  assert.notEqual(second.accessToken, first.accessToken);
  assert.equal(person.opened.length, 1);
  const before = await logIn(first.accessToken);
  const after = await logIn(second.accessToken);
  assert.equal(after.user.id, before.user.id);
  assert.notEqual(after.sessionId, before.sessionId);
});

test('reauthentication: the session ends with the token, a new token begins one', async () => {
  okta.state.ttl = 3;
  const { oidc } = await describe(ANN);
  const person = newPerson();
  const first = await person.ask(oidc, { username: ANN });
  const session = await logIn(first.accessToken);
  assert.equal((await verify(session)).active, true);
  const end = new Date(session.refreshExpiresAt).getTime();
  assert.ok(end <= Date.now() + 3000);
  await sleep(end - Date.now() + 20);
  assert.deepEqual(await verify(session), { reason: 'REASON_TOKEN_EXPIRED' });
  assert.equal(await daemon.reason('AuthService/RefreshSession',
    { refreshToken: session.refreshToken }), 'SESSION_EXPIRED');
  assert.equal(await daemon.reason('AuthService/Login', withToken(first.accessToken)),
    'CREDENTIAL_REJECTED');
  okta.state.ttl = 600;
  const second = await person.ask(oidc, { username: ANN, refreshToken: first.refreshToken });
  assert.equal(person.opened.length, 1);
  const renewed = await logIn(second.accessToken);
  assert.equal(renewed.user.id, session.user.id);
  assert.equal((await verify(renewed)).active, true);
});

test('wrong audience, wrong issuer, expired, ID token: one answer', async () => {
  const { oidc } = await describe(ANN);
  const refusals = [
    (jwt) => { jwt.payload.aud = 'api://other'; },
    (jwt) => { jwt.payload.iss = okta.origin; }, // the organisation's own server
    (jwt) => { jwt.payload.iss = plain.issuer; },
    (jwt) => { jwt.payload.exp = jwt.payload.iat; },
    (jwt) => { jwt.header = { ...jwt.header, typ: 'logout+jwt' }; },
  ];
  const texts = new Set();
  const refuse = async (token) => {
    for (const provider of ['', 'okta']) {
      const { status, body } = await daemon.call('AuthService/Login',
        withToken(token, provider));
      assert.equal(status, 401, JSON.stringify(body));
      assert.equal(body.details[0].debug.reason, 'CREDENTIAL_REJECTED');
      texts.add(body.message);
    }
  };
  for (const mutate of refusals) {
    okta.state.mutate = mutate;
    await refuse((await newPerson().ask(oidc, { username: ANN })).accessToken);
  }
  okta.state.mutate = null;
  const idToken = await newPerson({ passIdTokenAsAccessToken: true })
    .ask(oidc, { username: ANN });
  await refuse(idToken.accessToken);
  assert.equal(texts.size, 1);
  // The operator learns more.
  for (const cause of [/TOKEN_AUDIENCE_MISMATCH/, /own authorization server/,
    /TOKEN_EXPIRED/, /TOKEN_TYPE_MISMATCH/]) {
    assert.match(daemon.log, cause);
  }
});

test('a good token that tells no groups, or too many: a reason of its own', async () => {
  const { oidc } = await describe(ANN);
  const many = Array.from({ length: 200 }, (_, i) => (
    `00000000-0000-4000-8000-${String(i).padStart(12, '0')}`));
  for (const [mutate, reason, cause] of [
    [(jwt) => { delete jwt.payload.groups; }, 'AUTHORIZATION_CLAIM_INVALID',
      /claim groups is missing/],
    [(jwt) => { jwt.payload.groups = { dba: true }; }, 'AUTHORIZATION_CLAIM_INVALID',
      /neither a text nor a list/],
    [(jwt) => {
      delete jwt.payload.groups;
      jwt.payload.hasgroups = true;
    }, 'AUTHORIZATION_CLAIM_INVALID', /overage/],
    // More than a bearer of this service's listeners may hold.
    [(jwt) => { jwt.payload.groups = many; }, 'TOO_MANY_ROLES', /makes 200 roles/],
  ]) {
    okta.state.mutate = mutate;
    const { accessToken } = await newPerson().ask(oidc, { username: ANN });
    const { status, body } = await daemon.call('AuthService/Login', withToken(accessToken));
    assert.equal(status, 403);
    assert.equal(body.details[0].debug.reason, reason);
    assert.match(daemon.log, cause);
  }
  // As many as fit come back in by the listeners that gave the token out.
  okta.state.mutate = (jwt) => { jwt.payload.groups = many.slice(0, 95); };
  const { accessToken } = await newPerson().ask(oidc, { username: ANN });
  const session = await logIn(accessToken);
  const { user } = await daemon.ok('AuthService/GetUser', {}, session.accessToken);
  assert.equal(user.id, session.user.id);
  const answer = await daemon.bufCurl('latchkey.v1.AuthService/GetUser', {},
    [`authorization: Bearer ${session.accessToken}`]);
  assert.equal(answer.code, 0, answer.stderr);
});

test('machines log in in one step, and are never offered to people', async () => {
  plain.state.audience = 'api://machines';
  const { principal } = await verify(await logIn(await plain.machineToken()));
  assert.equal(principal.provider, 'ci');
  assert.equal(principal.subject, 'ci/svc');
  assert.deepEqual(principal.roles, ['ci/robots']);
});

test('keys rotate, an issuer goes down, the others go on', async () => {
  await sleep(1100); // the cooldown of this configuration
  plain.rotate();
  plain.state.audience = 'api://machines';
  const token = await plain.machineToken();
  await logIn(token);
  plain.rotate();
  const next = await plain.machineToken();
  plain.state.down = true;
  await sleep(1100);
  assert.equal(await daemon.reason('AuthService/Login', withToken(next)),
    'ISSUER_UNAVAILABLE');
  const { accessToken } = await newPerson().ask((await describe(ANN)).oidc,
    { username: ANN });
  await logIn(accessToken);
  await logIn(token); // its key is known
});

test('import-oidc gives providers that this service loads', async () => {
  const array = [{
    issuer: plain.issuer,
    audience: 'api://guests',
    authNamePrefix: 'guests',
    clientId: CLIENT,
    authorizationClaim: 'groups',
  }];
  writeFileSync(join(daemon.folder, 'idp.json'), JSON.stringify(array));
  const imported = await daemon.cli(['config', 'import-oidc', 'idp.json', '--output=table']);
  assert.equal(imported.code, 0, imported.stderr);
  const [, ...entries] = imported.stdout.split('\n');
  writeFileSync(join(daemon.folder, 'imported.yaml'), configText({
    jwt: entries.map((line) => `    ${line}`).join('\n'),
  }));
  const checked = await daemon.cli(['config', 'check', 'imported.yaml']);
  assert.equal(checked.code, 0, checked.stdout);
});

test('an issuer of a company\'s own authority is trusted by that one alone', async () => {
  const trusted = await startPrivateIssuer();
  const unknown = await startPrivateIssuer();
  const folder = mkdtempSync(join(tmpdir(), 'latchkey-it-'));
  writeFileSync(join(folder, 'ca.pem'), AUTHORITY);
  const entry = (issuer, prefix) => `
      - oidc:
          issuer: ${issuer}
          audience: api://jobs
          auth_name_prefix: ${prefix}
          supports_human_flows: false
          authorization_claim: groups`;
  const second = await Latchkeyd.start(configText({
    jwt: `${entry(trusted.issuer, 'trusted')}
          server_ca_file: ca.pem${entry(unknown.issuer, 'unknown')}`,
  }), folder);
  try {
    const { session } = await second.ok('AuthService/Login',
      withToken(await trusted.token('nightly', 'api://jobs')));
    assert.equal(session.user.identities[0].subject, 'trusted/nightly');
    // Somebody should look at that issuer's keys.
    const metrics = await (await fetch(`${second.http}/metrics`)).text();
    const alarms = (alarm) => Number(metrics.match(new RegExp(
      `^latchkey_jwks_alarms_total\\{issuer="${trusted.issuer}",alarm="${alarm}"\\} (\\d+)$`,
      'm'))[1]);
    assert.ok(alarms('leaked_key') >= 1);
    assert.equal(alarms('shared_kid'), 0);
    assert.equal(alarms('replaced_kid'), 0);
    // The same authority, but nobody said that it may vouch for this one.
    assert.equal(await second.reason('AuthService/Login',
      withToken(await unknown.token('nightly', 'api://jobs'))), 'ISSUER_UNAVAILABLE');
    assert.match(second.log, /certificate/);
  } finally {
    await second.cleanUp();
    await trusted.stop();
    await unknown.stop();
  }
});
