// realm-web 2.0.1, unmodified, under Node.js: registrations that a function
// confirms and passwords that a function resets. The numbers are those of
// app_services.test.mjs.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { HOOKED, PASSWORD, newEmail, startAppServices } from './app_services.mjs';
import { startAuthFunctions } from './auth_functions.mjs';
import { Credentials, newApp, refused } from './realm.mjs';

const OTHER_PASSWORD = 'an0ther-s3cret';
let functions;
let services;
let app;

before(async () => {
  functions = await startAuthFunctions();
  services = await startAppServices({ functionTarget: functions.target, hooks: true });
});

after(async () => {
  await services?.stop();
  await functions?.stop();
});

const logIn = (email, password = PASSWORD) =>
  newApp(services.wire.url, HOOKED).logIn(Credentials.emailPassword(email, password));

// An address for which the confirmation function has this outcome.
async function register(outcome) {
  app = newApp(services.wire.url, HOOKED);
  const email = `${outcome}-${newEmail()}`;
  await app.emailPasswordAuth.registerUser({ email, password: PASSWORD });
  return email;
}

const isUnconfirmed = refused(401, 'AuthError', 'unauthorized');

test('L3: a function confirms or refuses', async () => {
  const email = await register('good');
  assert.deepEqual((await logIn(email)).profile, { email });
  app = newApp(services.wire.url, HOOKED);
  const bad = { email: `fail-${newEmail()}`, password: PASSWORD };
  for (const _ of ['once', 'and the address is free again']) {
    await assert.rejects(app.emailPasswordAuth.registerUser(bad),
      refused(400, 'BadRequest', `failed to confirm user "${bad.email}"`));
  }
  await assert.rejects(logIn(bad.email), (thrown) => thrown.statusCode === 401);
});

test('L34: a pending user cannot log in before the token came back', async () => {
  const email = await register('pending');
  await assert.rejects(logIn(email), isUnconfirmed);
  const pair = functions.tokens.get(email);
  assert.match(pair.token, /^[0-9a-f]{128}$/);
  assert.match(pair.tokenId, /^[0-9a-f]{24}$/);
  await app.emailPasswordAuth.confirmUser(pair);
  const user = await logIn(email);
  assert.deepEqual(user.profile, { email });
  // Once only.
  await assert.rejects(app.emailPasswordAuth.confirmUser(pair),
    refused(400, 'UserpassTokenInvalid', 'userpass token is expired or invalid'));
});

test('L34: or before the function, run again, says so', async () => {
  const email = await register('later');
  await assert.rejects(logIn(email), isUnconfirmed);
  const before = functions.tokens.get(email);
  await app.emailPasswordAuth.retryCustomConfirmation({ email });
  assert.notDeepEqual(functions.tokens.get(email), before);
  await logIn(email);
});

test('L6: nothing is confirmed twice, and nobody is not confirmed', async () => {
  const email = await register('good');
  await assert.rejects(app.emailPasswordAuth.retryCustomConfirmation({ email }),
    refused(400, 'UserAlreadyConfirmed', 'already confirmed'));
  await assert.rejects(
    app.emailPasswordAuth.retryCustomConfirmation({ email: 'nobody@example.com' }),
    refused(404, 'UserNotFound', 'user not found'));
});

test('L7: a function resets a password, or does not', async () => {
  const email = await register('good');
  const reset = (details, ...args) =>
    app.emailPasswordAuth.callResetPasswordFunction(details, ...args);
  await assert.rejects(reset({ email, password: OTHER_PASSWORD }, 'guess'),
    refused(400, undefined, `failed to reset password for user "${email}"`));
  await logIn(email);
  await reset({ email, password: OTHER_PASSWORD }, 'secret', { more: 1 });
  await logIn(email, OTHER_PASSWORD);
  await assert.rejects(logIn(email), refused(401, 'InvalidPassword', 'unauthorized'));
  const calls = functions.resets.length;
  await assert.rejects(reset({ email: 'nobody@example.com', password: PASSWORD }, 'secret'),
    refused(404, 'UserNotFound', 'user not found'));
  assert.equal(functions.resets.length, calls);
});

test('L7: a reset that the function leaves open is finished with its token', async () => {
  const email = await register('good');
  await app.emailPasswordAuth.callResetPasswordFunction(
    { email, password: OTHER_PASSWORD }, 'pending');
  await logIn(email);
  const details = { ...functions.tokens.get(email), password: OTHER_PASSWORD };
  await app.emailPasswordAuth.resetPassword(details);
  await logIn(email, OTHER_PASSWORD);
  await assert.rejects(app.emailPasswordAuth.resetPassword(details),
    refused(400, 'UserpassTokenInvalid', 'userpass token is expired or invalid'));
});
