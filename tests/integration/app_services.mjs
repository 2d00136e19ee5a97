// latchkeyd with the App Services client API, and the peers that its providers
// ask, for tests with MongoDB's own clients.
import crypto from 'node:crypto';
import http from 'node:http';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SignJWT, exportJWK } from 'jose';
import { configText, Latchkeyd } from './latchkeyd.mjs';
import { Wire } from './wire.mjs';

// Apps: with every provider; with metadata as in the suite of realm-core; with
// an RS256 key as in that of realm-dart; with functions that confirm and reset.
export const APP = 'myapp-abcde';
export const NESTED = 'nested-bcdef';
export const PEM = 'pem-cdefg';
export const HOOKED = 'hooked-efghi';
export const PASSWORD = 'v3ry-s3cret';

const HS256_KEY = 'My_very_confidential_secretttttt';
const ADMIN_KEY = `lka_test_${crypto.randomBytes(32).toString('base64url')}`;
const GOOGLE = 'web.apps.googleusercontent.com';
const APPLE = 'org.example.web';
const FACEBOOK = { app: '1234567890', secret: '0f1e2d3c4b5a69788796a5b4c3d2e1f0' };
const DART_FIELDS = ['name', 'firstName', 'lastName', 'email', 'gender', 'birthDay',
  'minAge', 'maxAge', 'company'];

const rsa = crypto.generateKeyPairSync('rsa', { modulusLength: 2048 });

function sha256(text) {
  return crypto.createHash('sha256').update(text).digest('hex');
}

function providers({ peers, callback, functionTarget }) {
  return `
      - custom_jwt:
          signing_keys: [hs256]
          signing_algorithm: HS256
          metadata: [{path: mySecretField, field: secret, required: true}]
      - google:
          client_ids: [${GOOGLE}]
          client_secret: google
          redirect_uris: ["", "${callback}"]
          metadata: [{path: name}, {path: email}]
          endpoints:
            jwks_uri: "${peers}/keys"
            token_uri: "${peers}/token"
            authorize_uri: "${peers}/authorize"
      - apple:
          client_ids: [${APPLE}]
          metadata: [{path: email}]
          endpoints: {jwks_uri: "${peers}/keys"}
      - facebook:
          app_id: "${FACEBOOK.app}"
          app_secret: facebook
          metadata: [{path: name}]
          endpoints: {api: "${peers}/graph"}
      - function: {target: "${functionTarget}"}`;
}

// `endsOn` is more of the surface of APP.
function moreApps(surface, endsOn) {
  const field = (name) => `{path: user_data.${name}, field: ${name}, required: true}`;
  return `${surface}${endsOn}
  - id: ${NESTED}
    providers:
      - {anonymous: {}}
      - custom_jwt:
          signing_keys: [hs256]
          signing_algorithm: HS256
          metadata:
            - {path: user_data.name, field: name}
            - {path: user_data.occupation, field: occupation, required: true}
            - {path: my_metadata.name, field: anotherName, required: true}
${surface}
  - id: ${PEM}
    providers:
      - {email_password: {auto_confirm: true}}
      - custom_jwt:
          signing_keys: [pem]
          signing_algorithm: RS256
          audience: [mongodb.com]
          metadata: [${DART_FIELDS.map(field).join(', ')}]
${surface}
`;
}

function hookedApp(surface, functionTarget) {
  return `
  - id: ${HOOKED}
    providers:
      - email_password:
          confirmation_function: confirm
          reset_function: reset
          function_target: "${functionTarget}"
${surface}
`;
}

// Google's side of a login by redirect. Everybody is Ann, and agrees at once.
function newGoogle() {
  const asked = new Map();
  return {
    // Where the browser goes next.
    authorize(query) {
      const code = crypto.randomBytes(16).toString('base64url');
      asked.set(code, query);
      const back = new URL(query.get('redirect_uri'));
      back.searchParams.set('state', query.get('state'));
      back.searchParams.set('code', code);
      return back.href;
    },
    async exchange(form) {
      const query = asked.get(form.get('code'));
      asked.delete(form.get('code'));
      const challenge = crypto.createHash('sha256').update(form.get('code_verifier') ?? '')
        .digest('base64url');
      // No other code that anybody shows here was ever given out.
      if (query?.get('redirect_uri') !== form.get('redirect_uri')
        || query.get('code_challenge') !== challenge) return { error: 'invalid_grant' };
      return {
        id_token: await googleToken({
          sub: 'ann', name: 'Ann Example', nonce: query.get('nonce'),
        }),
      };
    },
  };
}

async function textOf(stream) {
  let text = '';
  for await (const chunk of stream) text += chunk;
  return text;
}

// Google, the keys of Apple, and Facebook's Graph API.
async function startPeers(facebookUsers) {
  const jwk = { ...await exportJWK(rsa.publicKey), kid: 'k1', use: 'sig', alg: 'RS256' };
  const google = newGoogle();
  const server = http.createServer(async (request, response) => {
    const url = new URL(request.url, 'http://127.0.0.1');
    if (url.pathname === '/authorize') {
      response.writeHead(302, { location: google.authorize(url.searchParams) }).end();
      return;
    }
    const form = new URLSearchParams(await textOf(request));
    const token = url.searchParams.get('input_token') ?? url.searchParams.get('access_token');
    const user = facebookUsers.get(token);
    const documents = {
      '/token': url.pathname === '/token' && await google.exchange(form),
      '/keys': { keys: [jwk] },
      '/graph/debug_token': {
        data: user ? {
          app_id: FACEBOOK.app, type: 'USER', is_valid: true, expires_at: 0,
          data_access_expires_at: 0, scopes: ['public_profile'], user_id: user.id,
        } : { is_valid: false, scopes: [] },
      },
      '/graph/me': user,
    };
    const document = documents[url.pathname];
    const status = document?.error ? 400 : 200;
    response.writeHead(document ? status : 404, { 'content-type': 'application/json' });
    response.end(JSON.stringify(document ?? {}));
  });
  await new Promise((done) => server.listen(0, '127.0.0.1', done));
  return server;
}

// {daemon, wire, facebookUsers, admin, stop}. `origins` may call from browsers,
// logins by redirect may end on `pages`,
// `functionTarget` is where functions are; `hooks`: HOOKED is there.
export async function startAppServices({
  origins = [], pages = [], functionTarget = 'unix:fn.sock', hooks = false, accessTtl = '30m',
} = {}) {
  const facebookUsers = new Map();
  const peers = await startPeers(facebookUsers);
  const wire = await Wire.start();
  const folder = mkdtempSync(join(tmpdir(), 'latchkey-it-'));
  writeFileSync(join(folder, 'hs256'), HS256_KEY);
  writeFileSync(join(folder, 'pem'), rsa.publicKey.export({ type: 'spki', format: 'pem' }));
  writeFileSync(join(folder, 'facebook'), FACEBOOK.secret);
  writeFileSync(join(folder, 'google'), 'GOCSPX-a+b&c%');
  const surface = `    app_services:
      hostname: ${wire.url}
      allowed_origins: ${JSON.stringify(origins)}`;
  const endsOn = pages.length === 0 ? '' : `
      redirect_uris: ${JSON.stringify(pages)}`;
  const daemon = await Latchkeyd.start(configText({
    top: `tokens: {access_ttl: ${accessTtl}}
admin: {keys: [{id: test, sha256: ${sha256(ADMIN_KEY)}}]}
secrets:
  - {name: hs256, file: hs256}
  - {name: pem, file: pem}
  - {name: facebook, file: facebook}
  - {name: google, file: google}`,
    jwt: providers({
      peers: `http://127.0.0.1:${peers.address().port}`,
      callback: `${wire.url}/api/client/v2.0/auth/callback`,
      functionTarget,
    }),
    extra: moreApps(surface, endsOn) + (hooks ? hookedApp(surface, functionTarget) : ''),
  }).replace('http: {address: "127.0.0.1:0"}',
    'http: {address: "127.0.0.1:0", services: [auth, admin]}'), folder);
  wire.forwardTo(daemon);
  daemon.secrets.add(ADMIN_KEY).add(HS256_KEY).add(FACEBOOK.secret);
  return {
    daemon,
    wire,
    facebookUsers,
    // An administrator's call.
    admin: (method, message) => daemon.ok(`UserAdminService/${method}`,
      { app: APP, ...message }, ADMIN_KEY),
    async stop() {
      await daemon.cleanUp();
      await wire.stop();
      peers.closeAllConnections();
      await new Promise((done) => peers.close(done));
    },
  };
}

// A JWT for the custom-token provider of APP or NESTED.
export const hs256Token = (claims, { audience = APP, key = HS256_KEY } = {}) =>
  new SignJWT(claims).setProtectedHeader({ alg: 'HS256', typ: 'JWT' })
    .setAudience(audience).setExpirationTime('5m').sign(Buffer.from(key));

const rs256Token = (header, issuer, audience, claims) => new SignJWT(claims)
  .setProtectedHeader({ alg: 'RS256', ...header })
  .setIssuer(issuer).setAudience(audience).setIssuedAt().setExpirationTime('5m')
  .sign(rsa.privateKey);

export const pemToken = (sub, userData) => rs256Token({}, 'https://issuer.example',
  'mongodb.com', { sub, user_data: userData });
export const googleToken = (claims) => rs256Token({ kid: 'k1' },
  'https://accounts.google.com', GOOGLE, { azp: GOOGLE, ...claims });
export const appleToken = (claims) => rs256Token({ kid: 'k1' },
  'https://appleid.apple.com', APPLE, claims);

let count = 0;
// An address that nobody has registered yet.
export function newEmail() {
  count += 1;
  return `dinesh-${count}@example.com`;
}
