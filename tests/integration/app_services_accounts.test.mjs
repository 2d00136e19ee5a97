// realm-web 2.0.1, unmodified, under Node.js: registering, linking, API keys,
// deleting. The numbers are those of app_services.test.mjs.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import {
  PASSWORD, hs256Token, newEmail, startAppServices,
} from './app_services.mjs';
import { startAuthFunctions } from './auth_functions.mjs';
import { Credentials, newApp, refused, typesOf } from './realm.mjs';

const KEYS = '/api/client/v2.0/auth/api_keys';
const RANGE = 'password must be between 6 and 128 characters';
const NOBODY_ID = '0123456789abcdef01234567';
let functions;
let services;
let wire;

before(async () => {
  functions = await startAuthFunctions();
  services = await startAppServices({ functionTarget: functions.target });
  wire = services.wire;
});

after(async () => {
  await services?.stop();
  await functions?.stop();
});

const logIn = (credentials, app = newApp(wire.url)) => app.logIn(credentials);

async function register(email = newEmail(), app = newApp(wire.url)) {
  await app.emailPasswordAuth.registerUser({ email, password: PASSWORD });
  return { email, credentials: Credentials.emailPassword(email, PASSWORD) };
}

async function newUser() {
  const app = newApp(wire.url);
  const registered = await register(undefined, app);
  return { app, ...registered, user: await app.logIn(registered.credentials) };
}

const jwt = async (sub) => Credentials.jwt(await hs256Token({ sub, mySecretField: 's' }));
const byFunction = (id) => Credentials.function({ realmCustomAuthFuncUserId: id });

test('W10, L14: an anonymous user links e-mail and stays who it is', async () => {
  const app = newApp(wire.url);
  const user = await app.logIn(Credentials.anonymous());
  // Another user is current meanwhile: the linking user's token must be sent.
  const other = await app.logIn(Credentials.anonymous(false));
  const { email, credentials } = await register();
  assert.deepEqual(await wire.during(() => user.linkCredentials(credentials)), [
    'POST app/auth/providers/local-userpass/login?link=true access 200',
    'GET auth/profile access 200',
  ]);
  assert.deepEqual(typesOf(user), ['anon-user', 'local-userpass']);
  assert.deepEqual(user.profile, { email });
  assert.notEqual(other.id, user.id);
  assert.equal((await logIn(credentials)).id, user.id);
  await user.refreshAccessToken();
});

test('W11, L9, L12: the life of an API key', async () => {
  const { user } = await newUser();
  let key;
  const lines = await wire.during(async () => {
    key = await user.apiKeys.create('my-key_1');
    await user.apiKeys.fetchAll();
    await user.apiKeys.fetch(key._id);
    await user.apiKeys.disable(key._id);
    await user.apiKeys.enable(key._id);
    await user.apiKeys.delete(key._id);
  });
  assert.deepEqual(lines, [
    'POST auth/api_keys refresh 201',
    'GET auth/api_keys refresh 200',
    `GET auth/api_keys/${key._id} refresh 200`,
    `PUT auth/api_keys/${key._id}/disable refresh 204`,
    `PUT auth/api_keys/${key._id}/enable refresh 204`,
    `DELETE auth/api_keys/${key._id} refresh 204`,
  ]);
  const { _id } = key;
  assert.match(_id, /^[0-9a-f]{24}$/);
  assert.ok(key.key.length >= 32);
  assert.deepEqual({ ...key, key: '' }, { _id, key: '', name: 'my-key_1', disabled: false });
  assert.deepEqual(wire.exchanges[1].answer, [{ _id, name: 'my-key_1', disabled: false }]);
  assert.deepEqual(wire.exchanges[2].answer, { _id, name: 'my-key_1', disabled: false });
  await assert.rejects(user.apiKeys.fetch(_id),
    refused(404, 'APIKeyNotFound', 'API key not found'));
  assert.equal(user.isLoggedIn, true);
});

test('L12, L26, L31: logging in with a key, a disabled and a deleted one', async () => {
  const { user } = await newUser();
  const { _id, key } = await user.apiKeys.create('laptop');
  const credential = Credentials.apiKey(key);
  const byKey = await logIn(credential);
  assert.equal(byKey.id, user.id);
  assert.ok(typesOf(byKey).includes('api-key'), typesOf(byKey).join());
  // The key that a session began with stays.
  await assert.rejects(byKey.apiKeys.delete(_id), (thrown) => thrown.statusCode === 403);
  assert.equal(byKey.isLoggedIn, true);
  const isRefused = (thrown) => {
    assert.match(thrown.link, /logs\?co_id=/);
    return refused(401, 'AuthError', 'unauthorized')(thrown);
  };
  await user.apiKeys.disable(_id);
  assert.equal((await user.apiKeys.fetch(_id)).disabled, true);
  await assert.rejects(logIn(credential), isRefused);
  await user.apiKeys.enable(_id);
  assert.equal((await logIn(credential)).id, user.id);
  await user.apiKeys.delete(_id);
  await assert.rejects(logIn(credential), isRefused);
});

test('L10: without a user no call about keys is answered', async () => {
  // The client's own fetcher, as it is before anybody has logged in.
  const { fetcher } = newApp(wire.url);
  const calls = [
    ['POST', KEYS, { name: 'k' }], ['GET', KEYS], ['GET', `${KEYS}/${NOBODY_ID}`],
    ['PUT', `${KEYS}/${NOBODY_ID}/enable`], ['PUT', `${KEYS}/${NOBODY_ID}/disable`],
    ['DELETE', `${KEYS}/${NOBODY_ID}`],
  ];
  for (const [method, path, body] of calls) {
    await assert.rejects(fetcher.fetchJSON({ method, path, body, tokenType: 'refresh' }),
      refused(401, undefined, 'must authenticate first'));
  }
});

test("L11, L27: another user's key is none, and its owner does not notice", async () => {
  const { user: owner } = await newUser();
  const { user } = await newUser();
  const { _id, key } = await owner.apiKeys.create('mine');
  for (const action of ['fetch', 'enable', 'disable', 'delete']) {
    for (const id of [_id, NOBODY_ID]) {
      await assert.rejects(user.apiKeys[action](id),
        refused(404, 'APIKeyNotFound', 'API key not found'), action);
    }
  }
  assert.deepEqual(await user.apiKeys.fetchAll(), []);
  assert.equal(user.isLoggedIn, true);
  assert.deepEqual(await owner.apiKeys.fetchAll(), [{ _id, name: 'mine', disabled: false }]);
  assert.equal((await logIn(Credentials.apiKey(key))).id, owner.id);
});

test('L27: keys are listed as they were made; enabling twice is enabling once', async () => {
  const { user } = await newUser();
  const names = ['zeta', 'alpha', 'mid'];
  for (const name of names) await user.apiKeys.create(name);
  const keys = await user.apiKeys.fetchAll();
  assert.deepEqual(keys.map(({ name }) => name), names);
  const [{ _id }] = keys;
  await user.apiKeys.enable(_id);
  assert.equal((await user.apiKeys.fetch(_id)).disabled, false);
  await user.apiKeys.disable(_id);
  await user.apiKeys.disable(_id);
  assert.equal((await user.apiKeys.fetch(_id)).disabled, true);
});

test('L36: what a key may be called, and a bearer that is empty', async () => {
  const { user } = await newUser();
  await assert.rejects(user.apiKeys.create('name with spaces'), refused(400, 'InvalidParameter',
    'can only contain ASCII letters, numbers, underscores, and hyphens'));
  await assert.rejects(user.apiKeys.create(''),
    refused(400, undefined, "'name' is a required string"));
  await user.apiKeys.create('twice');
  await assert.rejects(user.apiKeys.create('twice'),
    refused(409, 'APIKeyAlreadyExists', 'API key with name already exists'));
  await assert.rejects(newApp(wire.url).fetcher.fetchJSON({
    method: 'GET', path: '/api/client/v2.0/auth/profile', tokenType: 'none',
    headers: { Authorization: 'Bearer ' },
  }), refused(401, undefined, 'expected Authorization header with JWT (Bearer schema)'));
});

test('an anonymous user has no API keys', async () => {
  const user = await logIn(Credentials.anonymous());
  await assert.rejects(user.apiKeys.create('k'), (thrown) => {
    assert.ok(thrown.statusCode >= 400 && thrown.statusCode < 500 && thrown.statusCode !== 401);
    return true;
  });
  assert.equal(user.isLoggedIn, true);
});

test('W12, L2: registering, and registering again', async () => {
  const app = newApp(wire.url);
  const email = newEmail();
  const details = { email, password: PASSWORD };
  await wire.during(() => app.emailPasswordAuth.registerUser(details));
  const { body, status, path } = wire.exchanges.at(-1);
  assert.equal(path, 'app/auth/providers/local-userpass/register');
  assert.deepEqual(body, details);
  assert.ok(status >= 200 && status < 300);
  await assert.rejects(app.emailPasswordAuth.registerUser(details), (thrown) => {
    assert.ok(thrown.link.includes(wire.url));
    return refused(409, 'AccountNameInUse', 'name already in use')(thrown);
  });
  const user = await app.logIn(Credentials.emailPassword(email, PASSWORD));
  assert.deepEqual(user.profile, { email });
  // With a user logged in its token comes along, even a broken one.
  user.accessToken = 'garbled';
  assert.deepEqual(await wire.during(() => app.emailPasswordAuth.registerUser(
    { email: newEmail(), password: PASSWORD })),
  ['POST app/auth/providers/local-userpass/register garbled 201']);
});

test('L4: a wrong password and an unknown user look the same', async () => {
  const { email } = await register();
  for (const credential of [Credentials.emailPassword(email, 'wrong-password'),
    Credentials.emailPassword('nobody@example.com', PASSWORD)]) {
    const lines = await wire.during(() => assert.rejects(logIn(credential),
      refused(401, 'InvalidPassword', 'unauthorized')));
    assert.equal(lines.length, 2); // location and login, once
  }
});

test('L29: which addresses and passwords can be registered', async () => {
  const { emailPasswordAuth } = newApp(wire.url);
  for (const password of ['', '12345', 'x'.repeat(129)]) {
    await assert.rejects(emailPasswordAuth.registerUser({ email: newEmail(), password }),
      refused(400, 'BadRequest', RANGE));
  }
  await assert.rejects(emailPasswordAuth.registerUser({ email: '', password: PASSWORD }),
    refused(400, 'BadRequest', 'email invalid'));
  const email = newEmail();
  await emailPasswordAuth.registerUser({ email, password: '123456' });
  await logIn(Credentials.emailPassword(email, '123456'));
});

test('L15: a deleted user is gone, and its address is free', async () => {
  const { app, user, email, credentials } = await newUser();
  await app.deleteUser(user);
  await assert.rejects(app.logIn(credentials), refused(401, 'InvalidPassword', 'unauthorized'));
  await assert.rejects(app.deleteUser(user));
  await register(email);
  assert.notEqual((await app.logIn(credentials)).id, user.id);
  const anonymous = await app.logIn(Credentials.anonymous());
  await app.deleteUser(anonymous);
  assert.equal(anonymous.state, 'removed');
});

test('L28: e-mail and a function join an anonymous user, in this order', async () => {
  const user = await logIn(Credentials.anonymous());
  const { credentials } = await register();
  await user.linkCredentials(credentials);
  await user.linkCredentials(byFunction('l28'));
  assert.deepEqual(typesOf(user), ['anon-user', 'local-userpass', 'custom-function']);
  assert.equal(user.identities[2].id, 'l28');
  for (const credential of [credentials, byFunction('l28')]) {
    assert.equal((await logIn(credential)).id, user.id);
  }
  // Once more changes nothing.
  await user.linkCredentials(byFunction('l28'));
  assert.equal(user.identities.length, 3);
});

// A link that must fail: with one request, and the user still logged in.
async function failsToLink(user, credential, statusCode, text) {
  const lines = await wire.during(() => assert.rejects(user.linkCredentials(credential),
    (thrown) => {
      assert.equal(thrown.statusCode, statusCode, thrown.stack);
      assert.match(thrown.error, text);
      return true;
    }));
  assert.equal(lines.length, 1, lines.join('\n'));
  assert.equal(user.isLoggedIn, true);
  await user.refreshProfile();
}

test('L28: what cannot be linked, told once and without logging anybody out', async () => {
  const { user } = await newUser();
  await failsToLink(user, (await register()).credentials, 400, /unauthorized/);
  await logIn(byFunction('taken'));
  await failsToLink(user, byFunction('taken'), 409, /unauthorized/);
  await logIn(await jwt('taken'));
  await failsToLink(user, await jwt('taken'), 409, /unauthorized/);
  const { user: other } = await newUser();
  const { key } = await other.apiKeys.create('theirs');
  await failsToLink(user, Credentials.apiKey(key), 400, /invalid user link request/);
  assert.deepEqual(typesOf(user), ['local-userpass']);
});

test('a wrong password while linking does not make realm-web loop', async () => {
  const user = await logIn(Credentials.anonymous());
  const { email } = await register();
  const lines = await wire.during(() => assert.rejects(
    user.linkCredentials(Credentials.emailPassword(email, 'wrong-password'))));
  assert.equal(lines.length, 1, lines.join('\n'));
  assert.deepEqual(typesOf(user), ['anon-user']);
  const used = await newUser();
  await failsToLink(user, used.credentials, 409, /unauthorized/);
});

test('a link with a broken access token is made after one renewal', async () => {
  const user = await logIn(Credentials.anonymous());
  user.accessToken = 'garbled';
  const { credentials } = await register();
  assert.deepEqual(await wire.during(() => user.linkCredentials(credentials)), [
    'POST app/auth/providers/local-userpass/login?link=true garbled 401',
    'POST auth/session refresh 201',
    'POST app/auth/providers/local-userpass/login?link=true access 200',
    'GET auth/profile access 200',
  ]);
});

test('L5: tokens of no shape are told from unknown ones', async () => {
  const { emailPasswordAuth } = newApp(wire.url);
  const nonsense = { token: 'nonsense', tokenId: 'nonsense' };
  await assert.rejects(emailPasswordAuth.confirmUser(nonsense),
    refused(400, 'BadRequest', 'invalid token data'));
  await assert.rejects(emailPasswordAuth.resetPassword({ ...nonsense, password: PASSWORD }),
    refused(400, 'BadRequest', 'invalid token data'));
});

test('L38: a token pair that nobody was given; an address that nobody has', async () => {
  const { emailPasswordAuth } = newApp(wire.url);
  const unknown = { token: 'ab'.repeat(64), tokenId: NOBODY_ID };
  const isUnknown = refused(400, 'UserpassTokenInvalid',
    'userpass token is expired or invalid');
  await assert.rejects(emailPasswordAuth.confirmUser(unknown), isUnknown);
  await assert.rejects(emailPasswordAuth.resetPassword({ ...unknown, password: PASSWORD }),
    isUnknown);
  await assert.rejects(emailPasswordAuth.sendResetPasswordEmail({ email: 'nobody@example.com' }),
    refused(404, 'UserNotFound', 'user not found'));
});

test('L6: confirming again, and confirming nobody', async () => {
  const { emailPasswordAuth } = newApp(wire.url);
  const { email } = await register();
  for (const call of ['resendConfirmationEmail', 'retryCustomConfirmation']) {
    await assert.rejects(emailPasswordAuth[call]({ email }), (thrown) => {
      assert.equal(thrown.statusCode, 400);
      return true;
    });
    await assert.rejects(emailPasswordAuth[call]({ email: 'nobody@example.com' }),
      refused(404, 'UserNotFound', 'user not found'));
  }
});
