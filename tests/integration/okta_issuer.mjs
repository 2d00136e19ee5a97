// A real OpenID provider (npm oidc-provider) in Okta's URL layout on loopback.
import http from 'node:http';
import crypto from 'node:crypto';
import { Provider } from 'oidc-provider';

const PREFIX = '/oauth2/default';
const WELL_KNOWN = '/.well-known/oauth-authorization-server';
const RESOURCE = 'urn:latchkey-tests';

function privateJwk(type, options, members) {
  const { privateKey } = crypto.generateKeyPairSync(type, options);
  return { ...privateKey.export({ format: 'jwk' }), use: 'sig', ...members };
}

function newKeys(generation) {
  return [
    privateJwk('rsa', { modulusLength: 2048 },
      { alg: 'RS256', kid: `rsa-${generation}` }),
    privateJwk('ec', { namedCurve: 'P-256' },
      { alg: 'ES256', kid: `ec-${generation}` }),
  ];
}

// Starts the issuer. `audience` is the `aud` of its access tokens.
export async function startOktaIssuer({ audience }) {
  const server = http.createServer();
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  const issuer = `http://127.0.0.1:${server.address().port}${PREFIX}`;
  const state = { alg: 'RS256', mutate: null, ttl: 600, down: false };
  const requests = [];
  let callback;
  let generation = 0;

  function build(keys) {
    return new Provider(issuer, {
      jwks: { keys },
      cookies: { keys: ['test'] },
      routes: { token: '/v1/token', jwks: '/v1/keys', authorization: '/v1/authorize' },
      clients: [{
        client_id: 'svc',
        client_secret: 'svc-secret',
        grant_types: ['client_credentials'],
        response_types: [],
        redirect_uris: [],
      }],
      ttl: { ClientCredentials: () => state.ttl },
      features: {
        devInteractions: { enabled: false },
        clientCredentials: { enabled: true },
        resourceIndicators: {
          enabled: true,
          defaultResource: () => RESOURCE,
          getResourceServerInfo: () => ({
            scope: 'api:read',
            audience,
            accessTokenFormat: 'jwt',
            accessTokenTTL: state.ttl,
            jwt: { sign: { alg: state.alg } },
          }),
        },
      },
      formats: {
        customizers: {
          jwt: (ctx, token, jwt) => { state.mutate?.(jwt); },
        },
      },
    });
  }

  function rotate() {
    generation += 1;
    callback = build(newKeys(generation)).callback();
  }
  rotate();

  server.on('request', (req, res) => {
    requests.push(req.url);
    if (state.down) {
      res.statusCode = 503;
      res.end('down');
      return undefined;
    }
    if (req.url === WELL_KNOWN + PREFIX) {
      req.url = WELL_KNOWN;
      req.originalUrl = PREFIX + WELL_KNOWN;
    } else if (req.url.startsWith(PREFIX)) {
      req.originalUrl = req.url;
      req.url = req.url.slice(PREFIX.length) || '/';
    } else {
      res.statusCode = 404;
      res.end('{}');
      return undefined;
    }
    return callback(req, res);
  });

  return {
    issuer,
    jwksUri: `${issuer}/v1/keys`,
    state,
    rotate,
    // How often the key set has been asked for.
    jwksFetches: () => requests.filter((url) => url.endsWith('/v1/keys')).length,
    // An access token made by the issuer's own token endpoint; `claims` are set
    // in its payload before it is signed.
    async token(claims = {}, header = {}) {
      state.mutate = (jwt) => {
        Object.assign(jwt.payload, claims);
        jwt.header = { ...jwt.header, ...header };
      };
      const answer = await fetch(`${issuer}/v1/token`, {
        method: 'POST',
        headers: { authorization: `Basic ${btoa('svc:svc-secret')}` },
        body: new URLSearchParams({ grant_type: 'client_credentials', scope: 'api:read' }),
      });
      const body = await answer.json();
      if (answer.status !== 200) throw new Error(JSON.stringify(body));
      return body.access_token;
    },
    stop: () => new Promise((resolve) => {
      server.closeAllConnections();
      server.close(resolve);
    }),
  };
}
