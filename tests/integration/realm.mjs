// realm-web, the last release of MongoDB's browser client, as it came from the
// registry.
import assert from 'node:assert/strict';
import * as Realm from 'realm-web';
import { APP } from './app_services.mjs';

export const { Credentials, User } = Realm;

// A device that has never seen the app `id`, talking to `baseUrl`.
export function newApp(baseUrl, id = APP, options = {}) {
  // What Node.js keeps in place of the browser's storage outlives an App.
  new Realm.App({ id, baseUrl }).storage.clear();
  return sameDevice(baseUrl, id, options);
}

// The same device after a restart of the page.
export function sameDevice(baseUrl, id = APP, options = {}) {
  return new Realm.App({ id, baseUrl, ...options });
}

// For assert.rejects: the MongoDBRealmError that an application gets. `error`
// is its text or a pattern; undefined members must be absent.
export function refused(statusCode, errorCode, error) {
  return (thrown) => {
    assert.equal(thrown.statusCode, statusCode, thrown.stack);
    assert.equal(thrown.errorCode, errorCode, thrown.stack);
    if (error instanceof RegExp) {
      assert.match(thrown.error, error);
    } else {
      assert.equal(thrown.error, error);
    }
    return true;
  };
}

export const typesOf = (user) => user.identities.map(({ providerType }) => providerType);

export const claimsOf = (token) =>
  JSON.parse(Buffer.from(token.split('.')[1], 'base64url').toString());
