// realm-web 2.0.1, unmodified, under Node.js: logins, sessions and profiles.
//
// The tests with a number show the behaviour of that number in the list of what
// MongoDB's own suites of its clients checked (W: on the wire, L: against a
// live service). Where they are:
//
// | file | shows |
// | --- | --- |
// | app_services.test.mjs | W1-W9, W13, W14, W16, W18, L1, L8, L13, L16-L26, L30, L32, L33, L35, L37, L39 |
// | app_services_accounts.test.mjs | W10-W12, L2, L4-L6, L9-L12, L14, L15, L26-L29, L31, L36, L38 |
// | app_services_functions.test.mjs | L3, L6, L7, L34 |
// | app_services_browser.test.mjs | W1, W4, W6, W9-W11, W18, L1, L9, L14, L16, across origins |
// | app_services_stitch.test.mjs | W3, W4, W6, W7, W10, W11, W13, L1, L4, L8, L9, L14, with an older client |
//
// Not shown by these clients:
//
// | number | why |
// | --- | --- |
// | W15 | how the fragment of an OAuth redirect is read: latchkey does not serve that flow |
// | W17 | how realm-core names a token that it cannot parse; these clients send it all the same (W6) |
// | W19 | latchkey has no maintenance switch, and these clients know no such answer |
// | W20 | location changes and the renewal before a websocket belong to realm-core's sync |
// | L17, in part | growing delays after 500s are realm-core's; these clients hand 500s up |
// | L19, in part | an access token that outlives the revocation: latchkey ends it at once |
// | L20, in part | the state "removed" of a revoked anonymous user is realm-core's; here it is logged out |
// | L21, in part | a document that appears between two refreshes: latchkey's custom data is set when a user is made |
// | L29, in part | an address without "@", which latchkey refuses |
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import {
  APP, NESTED, PASSWORD, PEM, appleToken, googleToken, hs256Token, newEmail,
  pemToken, startAppServices,
} from './app_services.mjs';
import { startAuthFunctions } from './auth_functions.mjs';
import { Credentials, claimsOf, newApp, refused, sameDevice, typesOf } from './realm.mjs';

const LOGGED_OUT = ['POST auth/session refresh 401'];
let functions;
let services;
let wire;
let expiring;

before(async () => {
  functions = await startAuthFunctions();
  services = await startAppServices({ functionTarget: functions.target, accessTtl: '1m' });
  wire = services.wire;
  const app = newApp(wire.url);
  expiring = { app, user: await app.logIn(Credentials.anonymous()) };
});

after(async () => {
  await services?.stop();
  await functions?.stop();
});

const anonymous = () => Credentials.anonymous();

// A registered user that has logged in.
async function newUser(app = newApp(wire.url), email = newEmail()) {
  const credentials = Credentials.emailPassword(email, PASSWORD);
  await app.emailPasswordAuth.registerUser({ email, password: PASSWORD });
  return { app, email, credentials, user: await app.logIn(credentials) };
}

test('W1: the location comes first, then everything goes to its hostname', async () => {
  const app = newApp(services.daemon.http);
  assert.deepEqual(await wire.during(() => app.logIn(anonymous())), [
    'POST app/auth/providers/anon-user/login - 200',
    'GET auth/profile access 200',
  ]);
  const asked = newApp(wire.url);
  const lines = await wire.during(() => asked.logIn(anonymous()));
  assert.equal(lines[0], 'GET app/location - 200');
  const { answer } = wire.exchanges[0];
  assert.equal(answer.hostname, wire.url);
  for (const name of ['ws_hostname', 'deployment_model', 'location']) {
    assert.equal(typeof answer[name], 'string', name);
  }
});

test('W2: without the location everything goes to the base URL', async () => {
  const app = newApp(wire.url, APP, { skipLocationRequest: true });
  assert.deepEqual(await wire.during(() => app.logIn(anonymous())), [
    'POST app/auth/providers/anon-user/login - 200',
    'GET auth/profile access 200',
  ]);
});

test('W3: a login is the payload and the device; the answer has what clients need', async () => {
  const { app, email, user } = await newUser();
  await wire.during(() => app.logIn(Credentials.emailPassword(email, PASSWORD)));
  const [{ body, headers, answer, type }] = wire.exchanges;
  assert.deepEqual(Object.keys(body).sort(), ['options', 'password', 'username']);
  assert.equal(body.username, email);
  assert.equal(body.options.device.platform, 'node');
  assert.equal(headers.accept, 'application/json');
  assert.equal(type, 'application/json');
  assert.deepEqual(Object.keys(answer).sort(),
    ['access_token', 'device_id', 'refresh_token', 'user_id']);
  assert.equal(answer.user_id, user.id);
  for (const token of [answer.access_token, answer.refresh_token]) {
    const claims = claimsOf(token);
    assert.equal(claims.sub, user.id);
    assert.ok(Number.isInteger(claims.iat) && Number.isInteger(claims.exp));
  }
  assert.equal(claimsOf(answer.access_token).baas_device_id, answer.device_id);
});

test('W4: logging out ends the session; nothing is left of one that is gone', async () => {
  const { app, user, credentials } = await newUser();
  const { refreshToken } = user;
  assert.deepEqual(await wire.during(() => user.logOut()),
    ['DELETE auth/session refresh 204']);
  assert.equal(user.accessToken, null);
  assert.equal(user.refreshToken, null);
  assert.equal(user.isLoggedIn, false);
  user.refreshToken = refreshToken;
  await assert.rejects(user.refreshAccessToken(), refused(401, 'InvalidSession',
    'invalid session: failed to find refresh token'));
  await app.logIn(credentials);
  await services.admin('RevokeSessions', { userId: user.id });
  await user.logOut();
  assert.equal(user.state, 'logged-out');
  // Not even one of ours: the client forgets it all the same.
  await app.logIn(credentials);
  user.refreshToken = 'garbled';
  await user.logOut();
  assert.equal(user.state, 'logged-out');
});

test('W5: deleting the user is followed by the end of a session that is gone', async () => {
  const { app, user } = await newUser();
  assert.deepEqual(await wire.during(() => app.deleteUser(user)), [
    'DELETE auth/delete access 204',
    'DELETE auth/session refresh 204',
  ]);
  assert.equal(user.state, 'removed');
  assert.deepEqual(app.allUsers, {});
});

test('W6, L16: a garbled access token is renewed and the call made again', async () => {
  const { user } = await newUser();
  for (const broken of ['garbled', 'e30.e30.e30', `${user.accessToken.slice(0, -8)}AAAAAAAA`]) {
    user.accessToken = broken;
    const lines = await wire.during(() => user.refreshProfile());
    assert.deepEqual(lines.map((line) => line.replace(/ \S+ (\d+)$/, ' $1')), [
      'GET auth/profile 401',
      'POST auth/session 201',
      'GET auth/profile 200',
    ]);
    assert.notEqual(user.accessToken, broken);
  }
});

test('W7, L19: after a revocation one renewal is tried, then the user is logged out', async () => {
  const { app, user, credentials } = await newUser();
  const { id, refreshToken } = user;
  await services.admin('RevokeSessions', { userId: id });
  user.accessToken = 'garbled';
  let lines = await wire.during(() => assert.rejects(user.refreshProfile(),
    refused(401, 'InvalidSession', /^invalid session/)));
  assert.deepEqual(lines.slice(1), LOGGED_OUT);
  assert.equal(user.isLoggedIn, false);
  lines = await wire.during(() => app.logIn(credentials));
  assert.equal(user.id, id);
  assert.equal(user.isLoggedIn, true);
  // L30
  assert.notEqual(user.refreshToken, refreshToken);
});

test('W8, L8: a user who logs in again is the same object with new tokens', async () => {
  const { app, user, credentials } = await newUser();
  const { accessToken, refreshToken, id } = user;
  assert.equal(await app.logIn(credentials), user);
  assert.notEqual(user.accessToken, accessToken);
  assert.notEqual(user.refreshToken, refreshToken);
  await app.removeUser(user);
  assert.equal(user.state, 'removed');
  assert.equal((await app.logIn(credentials)).id, id);
});

test('W9: the anonymous user is reused, or another one made when asked', async () => {
  const app = newApp(wire.url);
  const user = await app.logIn(Credentials.anonymous());
  assert.equal(await app.logIn(Credentials.anonymous()), user);
  const other = await app.logIn(Credentials.anonymous(false));
  assert.notEqual(other.id, user.id);
  assert.equal(Object.keys(app.allUsers).length, 2);
});

test('W13: every provider logs in with its payload', async () => {
  const app = newApp(wire.url);
  const { user: owner, credentials } = await newUser(app);
  const { key } = await owner.apiKeys.create('laptop');
  services.facebookUsers.set('EAAB-ann', { id: '1022', name: 'Ann' });
  const cases = [
    ['anon-user', anonymous()],
    ['local-userpass', credentials],
    ['api-key', Credentials.apiKey(key)],
    ['custom-token', Credentials.jwt(await hs256Token({ sub: 'w13', mySecretField: 's' }))],
    ['custom-function', Credentials.function({ realmCustomAuthFuncUserId: 'w13' })],
    ['oauth2-google', Credentials.google(
      { idToken: await googleToken({ sub: '77', name: 'Ann' }) })],
    ['oauth2-apple', Credentials.apple(await appleToken({ sub: '001.2' }))],
    ['oauth2-facebook', Credentials.facebook('EAAB-ann')],
  ];
  for (const [type, credential] of cases) {
    const user = await newApp(wire.url).logIn(credential);
    assert.match(user.id, /^[0-9a-f]{24}$/);
    assert.equal(user.providerType, type);
    assert.ok(typesOf(user).includes(type), `${type}: ${typesOf(user)}`);
  }
});

test('W14: a device gets its id at the first login and shows it at the next', async () => {
  const app = newApp(wire.url, APP, { app: { name: 'shop', version: '1.2' } });
  await wire.during(() => app.logIn(anonymous()));
  const login = () => wire.exchanges.find(({ path }) => path.endsWith('/login'));
  const { device } = login().body.options;
  assert.equal('deviceId' in device, false);
  assert.equal(device.appId, 'shop');
  const first = login().answer.device_id;
  await wire.during(() => app.logIn(Credentials.anonymous(false)));
  assert.deepEqual(login().body.options.device.deviceId, { $oid: first });
  assert.equal(login().answer.device_id, first);
});

test('W16, L37: an error is JSON of three strings, with a link to the log', async () => {
  const app = newApp(wire.url);
  const nobody = Credentials.emailPassword('nobody@example.com', PASSWORD);
  let link;
  await wire.during(() => assert.rejects(app.logIn(nobody), (thrown) => {
    link = thrown.link;
    return true;
  }));
  const { type, answer } = wire.exchanges.at(-1);
  assert.equal(type, 'application/json');
  assert.deepEqual(Object.keys(answer).sort(), ['error', 'error_code', 'link']);
  assert.ok(Object.values(answer).every((value) => typeof value === 'string'));
  assert.ok(link.startsWith(`${wire.url}/`), link);
  assert.match(link,
    /\/groups\/[0-9a-f]{24}\/apps\/[0-9a-f]{24}\/logs\?co_id=[0-9a-f]{24}$/);
});

test('W18: profile and users are kept across a restart of the page', async () => {
  const { user, email } = await newUser();
  const app = sameDevice(wire.url);
  let later;
  assert.deepEqual(await wire.during(async () => { later = app.currentUser; }), []);
  assert.equal(later.id, user.id);
  assert.deepEqual(later.profile, { email });
  assert.deepEqual(later.identities, user.identities);
  await later.refreshProfile();
  assert.deepEqual(later.profile, { email });
});

test('L1, L25: an anonymous user, as realm-kotlin measures it', async () => {
  const app = newApp(wire.url);
  const user = await app.logIn(anonymous());
  const { id, deviceId } = user;
  assert.equal(app.currentUser, user);
  assert.match(deviceId, /^(?!0{24})[0-9a-f]{24}$/);
  assert.match(id, /^[0-9a-f]{24}$/);
  assert.deepEqual(user.profile, {});
  assert.deepEqual(typesOf(user), ['anon-user']);
  assert.match(user.identities[0].id, /^[0-9a-f]{24}-[a-z]{24}$/);
  assert.equal(user.isLoggedIn, true);
  assert.equal(typeof JSON.stringify(user), 'string');
  await user.logOut();
  assert.equal(app.currentUser, null);
  const { user: byEmail } = await newUser(app);
  assert.match(byEmail.identities[0].id, /^[0-9a-f]{24}$/);
  assert.notEqual(byEmail.identities[0].id, byEmail.id);
  assert.equal(byEmail.deviceId, deviceId);
});

test('several users of one device, and switching between them', async () => {
  const app = newApp(wire.url);
  const { user: first } = await newUser(app);
  const { user: second } = await newUser(app);
  assert.equal(app.currentUser, second);
  app.switchUser(first);
  assert.equal(app.currentUser, first);
  await Promise.all([first, second].map((user) => user.refreshProfile()));
  await first.logOut();
  assert.equal(app.currentUser, second);
  await second.refreshAccessToken();
});

test('a logged-out anonymous user that realm-web uses again is refused', async () => {
  const app = newApp(wire.url);
  const user = await app.logIn(anonymous());
  await user.logOut();
  const lines = await wire.during(() => assert.rejects(user.refreshProfile(),
    (thrown) => thrown.statusCode === 401));
  assert.ok(lines.length <= 2, lines.join('\n'));
  assert.equal(lines[0], 'GET auth/profile null 401');
});

test('L13: a function says who it is', async () => {
  const credential = () => Credentials.function({ realmCustomAuthFuncUserId: 'ada' });
  const user = await newApp(wire.url).logIn(credential());
  assert.deepEqual(user.identities.map(({ id, providerType }) => ({ id, providerType })),
    [{ id: 'ada', providerType: 'custom-function' }]);
  assert.equal((await newApp(wire.url).logIn(credential())).id, user.id);
  // Device and provider are none of the function's business.
  assert.deepEqual(functions.payloads.at(-1), { realmCustomAuthFuncUserId: 'ada' });
});

test('L35: a function that throws is a failed login', async () => {
  await assert.rejects(newApp(wire.url).logIn(Credentials.function({ throws: 'no such person' })),
    refused(401, 'AuthError', /unauthorized|no such person/));
});

test('L18: a disabled user is out, and back as the same user when enabled', async () => {
  const { app, user, credentials } = await newUser();
  const { id } = user;
  await services.admin('DisableUser', { userId: id });
  await assert.rejects(user.refreshAccessToken(),
    refused(401, 'InvalidSession', /^invalid session/));
  await assert.rejects(app.logIn(credentials), (thrown) => {
    assert.equal(thrown.statusCode, 401);
    assert.equal(thrown.errorCode, 'UserDisabled');
    return true;
  });
  await services.admin('EnableUser', { userId: id });
  assert.equal((await app.logIn(credentials)).id, id);
});

test('L20: a revoked anonymous user is logged out at its next renewal', async () => {
  const app = newApp(wire.url);
  const user = await app.logIn(anonymous());
  await services.admin('RevokeSessions', { userId: user.id });
  await assert.rejects(user.refreshAccessToken(),
    refused(401, 'InvalidSession', /^invalid session/));
  assert.equal(user.isLoggedIn, false);
  assert.equal(app.currentUser, null);
});

test('L21, L39: custom data is empty without a document, and read again at a refresh', async () => {
  const { user } = await newUser();
  assert.deepEqual(user.customData, {});
  assert.equal('user_data' in claimsOf(user.accessToken), false);
  assert.deepEqual(await user.refreshCustomData(), {});
  const email = newEmail();
  const customData = { name: 'Ann', scores: [1, 2.5], nested: { on: true } };
  await services.admin('CreateUser', { email, password: PASSWORD, customData });
  const known = await newApp(wire.url).logIn(Credentials.emailPassword(email, PASSWORD));
  assert.deepEqual(known.customData, customData);
  assert.deepEqual(await known.refreshCustomData(), customData);
});

test('L22: the metadata of a JWT is on the user at once', async () => {
  const token = await hs256Token({
    sub: 'my_test_user', user_data: { name: 'Foo Bar', occupation: 'firefighter' },
    my_metadata: { name: 'Bar Foo', occupation: 'stock analyst' },
  }, { audience: NESTED });
  const user = await newApp(wire.url, NESTED).logIn(Credentials.jwt(token));
  assert.deepEqual(user.profile,
    { name: 'Foo Bar', occupation: 'firefighter', anotherName: 'Bar Foo' });
  assert.deepEqual(user.customData, {});
  assert.equal(user.identities[0].id, 'my_test_user');
});

test('L23: a required field of a JWT is kept under its name, and nothing else is', async () => {
  const token = await hs256Token({ sub: 'users/user1234', mySecretField: 'shh', more: 1 });
  const user = await newApp(wire.url).logIn(Credentials.jwt(token));
  assert.deepEqual(user.profile, { secret: 'shh' });
  await assert.rejects(newApp(wire.url).logIn(
    Credentials.jwt(await hs256Token({ sub: 'users/user1234' }))), (thrown) => {
    assert.equal(thrown.statusCode, 401);
    return true;
  });
});

test('L24: an app that does not exist is named', async () => {
  await assert.rejects(newApp(wire.url, 'smurf-zzzzz').logIn(anonymous()), (thrown) => {
    assert.equal(thrown.statusCode, 404);
    assert.match(thrown.error, /cannot find app using Client App ID 'smurf-zzzzz'/);
    return true;
  });
});

test('L26: a server key logs in, a disabled one does not', async () => {
  const { apiKey, key } = await services.admin('CreateServerApiKey', { name: 'worker' });
  const credential = Credentials.apiKey(key);
  let user;
  await wire.during(async () => { user = await newApp(wire.url).logIn(credential); });
  assert.equal(wire.exchanges.at(-1).answer.type, 'server');
  assert.equal(user.profile.name, 'worker');
  await services.admin('DisableServerApiKey', { id: apiKey.id });
  await assert.rejects(newApp(wire.url).logIn(credential),
    refused(401, 'AuthError', 'unauthorized'));
  await services.admin('EnableServerApiKey', { id: apiKey.id });
  assert.equal((await newApp(wire.url).logIn(credential)).id, user.id);
});

test('L32: what no issuer has signed is refused', async () => {
  const credentials = [
    Credentials.jwt(await hs256Token({ sub: 'x', mySecretField: 's' },
      { key: 'another_very_confidential_secret' })),
    Credentials.jwt(await hs256Token({ sub: 'x', mySecretField: 's' }, { audience: 'other' })),
    Credentials.jwt('garbled'),
    Credentials.facebook('garbled'),
    Credentials.apple('garbled'),
    Credentials.google({ authCode: 'garbled' }),
    Credentials.google({ idToken: 'garbled' }),
  ];
  for (const credential of credentials) {
    const lines = await wire.during(() => assert.rejects(newApp(wire.url).logIn(credential),
      (thrown) => {
        assert.equal(thrown.statusCode, 401, JSON.stringify(credential));
        assert.match(thrown.error, /unauthorized/);
        assert.ok(['AuthError', 'InvalidSession'].includes(thrown.errorCode), thrown.errorCode);
        return true;
      }));
    assert.equal(lines.length, 2); // location and login, once
  }
});

test('L33: nine fields of a JWT; an e-mail user links it and has its profile', async () => {
  const profile = {
    name: 'Ann Example', firstName: 'Ann', lastName: 'Example', email: 'ann@example.org',
    gender: 'female', birthDay: '1.1.1900', minAge: '10', maxAge: '100', company: 'Acme',
  };
  const app = newApp(wire.url, PEM);
  const byJwt = await app.logIn(Credentials.jwt(await pemToken('dart-1', profile)));
  assert.deepEqual(byJwt.profile, profile);
  const { user, email } = await newUser(newApp(wire.url, PEM));
  const token = Credentials.jwt(await pemToken('dart-2', profile));
  await user.linkCredentials(token);
  assert.deepEqual(typesOf(user), ['local-userpass', 'custom-token']);
  const later = await newApp(wire.url, PEM).logIn(token);
  assert.equal(later.id, user.id);
  assert.deepEqual(later.profile, profile);
  assert.notEqual(later.profile.email, email);
});

test('L17: an access token that has run out is renewed; without a session it is not', async () => {
  const { app, user } = expiring;
  const { exp, iat } = claimsOf(user.accessToken);
  assert.equal(exp - iat, 60);
  const { accessToken } = user;
  // Its exp has no fraction: in that second it has run out.
  await new Promise((done) => setTimeout(done, Math.max(0, exp * 1000 - Date.now())));
  const lines = await wire.during(() => user.refreshProfile());
  assert.deepEqual(lines, [
    'GET auth/profile access 401',
    'POST auth/session refresh 201',
    'GET auth/profile access 200',
  ]);
  const [{ answer }] = wire.exchanges;
  assert.equal(answer.error_code, 'InvalidSession');
  assert.match(answer.error, /access token expired/);
  assert.equal(user.isLoggedIn, true);
  user.accessToken = accessToken;
  await services.admin('RevokeSessions', { userId: user.id });
  assert.deepEqual(await wire.during(() => assert.rejects(user.refreshProfile())),
    ['GET auth/profile access 401', ...LOGGED_OUT]);
  assert.equal(app.currentUser, null);
});
