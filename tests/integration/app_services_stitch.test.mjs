// mongodb-stitch-server-sdk 4.9, the client before realm-web, unmodified, under
// Node.js (its browser twin is in app_services_browser.test.mjs). The numbers
// are those of app_services.test.mjs.
import assert from 'node:assert/strict';
import { after, afterEach, before, test } from 'node:test';
import stitch from 'mongodb-stitch-server-sdk';
import { APP, PASSWORD, hs256Token, newEmail, startAppServices } from './app_services.mjs';
import { startAuthFunctions } from './auth_functions.mjs';

const {
  AnonymousCredential, BSON, CustomCredential, FunctionCredential, MemoryStorage, Stitch,
  StitchAppClientConfiguration, StitchServiceError, StitchServiceErrorCode,
  UserApiKeyAuthProviderClient, UserApiKeyCredential, UserPasswordAuthProviderClient,
  UserPasswordCredential,
} = stitch;
let functions;
let services;
let wire;
const clients = [];

before(async () => {
  functions = await startAuthFunctions();
  services = await startAppServices({ functionTarget: functions.target });
  wire = services.wire;
});

// Each client renews its token every minute for as long as it is open.
afterEach(() => clients.splice(0).forEach((client) => client.close()));

after(async () => {
  await services?.stop();
  await functions?.stop();
});

function newClient(storage = new MemoryStorage(APP)) {
  Stitch.clearApps();
  clients.push(Stitch.initializeAppClient(APP, new StitchAppClientConfiguration.Builder()
    .withBaseUrl(wire.url).withStorage(storage)
    .withDataDirectory(services.daemon.folder).build()));
  return clients.at(-1);
}

async function register(client, email = newEmail()) {
  await client.auth.getProviderClient(UserPasswordAuthProviderClient.factory)
    .registerWithEmail(email, PASSWORD);
  return new UserPasswordCredential(email, PASSWORD);
}

async function newUser(client = newClient()) {
  const credential = await register(client);
  return { client, credential, user: await client.auth.loginWithCredential(credential) };
}

// For assert.rejects: what an application gets. Codes that this client does not
// know are "Unknown" to it.
const refused = (code, message) => (thrown) => {
  assert.ok(thrown instanceof StitchServiceError, thrown.stack);
  assert.equal(StitchServiceErrorCode[thrown.errorCode], code);
  assert.equal(thrown.message, message);
  return true;
};

const typesOf = (user) => user.identities.map(({ providerType }) => providerType);

test('W3, L1: an anonymous login', async () => {
  const client = newClient();
  const lines = await wire.during(() => client.auth.loginWithCredential(new AnonymousCredential()));
  assert.deepEqual(lines, [
    'GET app/location - 200',
    'POST app/auth/providers/anon-user/login - 200',
    'GET auth/profile access 200',
  ]);
  const { device } = wire.exchanges[1].body.options;
  assert.equal(device.platform, 'js-server');
  const { user } = client.auth;
  assert.match(user.id, /^[0-9a-f]{24}$/);
  assert.equal(user.userType, 'normal');
  assert.deepEqual(typesOf(user), ['anon-user']);
  await client.auth.logout();
  assert.equal(client.auth.isLoggedIn, false);
  assert.deepEqual(client.auth.listUsers(), []);
});

test('W4, L8: logging out, in again, and removing', async () => {
  const { client, credential, user } = await newUser();
  assert.deepEqual(await wire.during(() => client.auth.logout()),
    ['DELETE auth/session refresh 204']);
  assert.equal((await client.auth.loginWithCredential(credential)).id, user.id);
  await client.auth.removeUser();
  assert.deepEqual(client.auth.listUsers(), []);
  assert.equal((await client.auth.loginWithCredential(credential)).id, user.id);
});

test('W6: a call with a broken access token is made again after a renewal', async () => {
  const { client, user } = await newUser();
  // It refreshes only what is older than the request.
  client.auth.activeUserAuthInfo.accessToken = 'e30.e30.e30';
  const lines = await wire.during(() => user.linkWithCredential(
    new FunctionCredential({ realmCustomAuthFuncUserId: 'stitch-w6' })));
  assert.deepEqual(lines, [
    'POST app/auth/providers/custom-function/login?link=true other 401',
    'POST auth/session refresh 201',
    'POST app/auth/providers/custom-function/login?link=true access 200',
    'GET auth/profile access 200',
  ]);
});

test('W7: after a revocation the user is logged out', async () => {
  const { client, user } = await newUser();
  await services.admin('RevokeSessions', { userId: user.id });
  await assert.rejects(client.auth.refreshAccessToken(),
    refused('InvalidSession', 'invalid session: failed to find refresh token'));
  assert.equal(client.auth.isLoggedIn, false);
});

test('W10, L14: an anonymous user links e-mail', async () => {
  const client = newClient();
  const user = await client.auth.loginWithCredential(new AnonymousCredential());
  const credential = await register(client);
  const linked = await user.linkWithCredential(credential);
  assert.equal(linked.id, user.id);
  assert.equal(linked.loggedInProviderType, 'local-userpass');
  assert.deepEqual(typesOf(client.auth.user), ['anon-user', 'local-userpass']);
  await client.auth.logout();
  assert.equal((await client.auth.loginWithCredential(credential)).id, user.id);
});

test('W11, L9: the life of an API key', async () => {
  const { client, user } = await newUser();
  const keys = client.auth.getProviderClient(UserApiKeyAuthProviderClient.factory);
  const key = await keys.createApiKey('laptop');
  assert.equal(key.name, 'laptop');
  const fetched = await keys.fetchApiKey(key.id);
  assert.deepEqual([String(fetched.id), fetched.key, fetched.disabled],
    [String(key.id), undefined, false]);
  await keys.disableApiKey(key.id);
  assert.equal((await keys.fetchApiKey(key.id)).disabled, true);
  await keys.enableApiKey(key.id);
  const other = newClient();
  assert.equal((await other.auth.loginWithCredential(new UserApiKeyCredential(key.key))).id,
    user.id);
  assert.equal((await keys.fetchApiKeys()).length, 1);
  await keys.deleteApiKey(key.id);
  await assert.rejects(keys.createApiKey('$()!$'), refused('InvalidParameter',
    'can only contain ASCII letters, numbers, underscores, and hyphens'));
  await assert.rejects(keys.fetchApiKey(new BSON.ObjectID()),
    refused('ApiKeyNotFound', 'API key not found'));
});

test('W13: a JWT and a function log in', async () => {
  const client = newClient();
  const token = await hs256Token({ sub: 'stitch', mySecretField: 'shh' });
  const byJwt = await client.auth.loginWithCredential(new CustomCredential(token));
  assert.equal(byJwt.loggedInProviderType, 'custom-token');
  assert.equal(byJwt.profile.data.secret, 'shh');
  const byFunction = await client.auth.loginWithCredential(
    new FunctionCredential({ realmCustomAuthFuncUserId: 'stitch' }));
  assert.deepEqual(typesOf(byFunction), ['custom-function']);
  assert.equal(client.auth.listUsers().length, 2);
});

test('several users, switching, and a restart', async () => {
  const storage = new MemoryStorage(APP);
  let client = newClient(storage);
  const anonymous = await client.auth.loginWithCredential(new AnonymousCredential());
  assert.equal((await client.auth.loginWithCredential(new AnonymousCredential())).id,
    anonymous.id);
  const { user: first } = await newUser(client);
  const { user: second } = await newUser(client);
  client = newClient(storage);
  assert.deepEqual(client.auth.listUsers().map(({ id }) => id),
    [anonymous.id, first.id, second.id]);
  assert.equal(client.auth.user.id, second.id);
  client.auth.switchToUserWithId(first.id);
  await client.auth.refreshAccessToken();
  await client.auth.logoutUserWithId(second.id);
  assert.equal(client.auth.user.id, first.id);
  await client.auth.removeUser();
  client.auth.switchToUserWithId(anonymous.id);
  await client.auth.logout();
  assert.deepEqual(client.auth.listUsers().map(({ id }) => id), [second.id]);
});

test('L4: a wrong password', async () => {
  const client = newClient();
  await register(client);
  await assert.rejects(client.auth.loginWithCredential(
    new UserPasswordCredential('nobody@example.com', 'wrong-password')),
  refused('Unknown', 'unauthorized'));
});
