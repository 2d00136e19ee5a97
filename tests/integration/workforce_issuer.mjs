// A real OpenID provider (npm oidc-provider) on loopback for people and
// machines, in its own URL layout or in Okta's.
import http from 'node:http';
import crypto from 'node:crypto';
import { Provider } from 'oidc-provider';
import { createMemoryAdapter } from 'oidc-provider/lib/adapters/memory_adapter.js';

const WELL_KNOWN = '/.well-known/oauth-authorization-server';
const SCOPES = 'openid offline_access groups api:read';
const DEVICE_GRANT = 'urn:ietf:params:oauth:grant-type:device_code';
const OKTA_ROUTES = {
  token: '/v1/token',
  jwks: '/v1/keys',
  authorization: '/v1/authorize',
  device_authorization: '/v1/device/authorize',
  code_verification: '/activate',
};

export const CLIENT = 'workforce-cli';

function newKeys(generation) {
  const { privateKey } = crypto.generateKeyPairSync('rsa', { modulusLength: 2048 });
  return [{
    ...privateKey.export({ format: 'jwk' }),
    use: 'sig',
    alg: 'RS256',
    kid: `rsa-${generation}`,
  }];
}

// One public native client for people and one confidential one for machines.
const clients = [{
  client_id: CLIENT,
  application_type: 'native',
  token_endpoint_auth_method: 'none',
  response_types: ['code'],
  grant_types: ['authorization_code', 'refresh_token', DEVICE_GRANT],
  redirect_uris: ['http://localhost:27097/redirect'],
}, {
  client_id: 'svc',
  client_secret: 'svc-secret',
  grant_types: ['client_credentials'],
  response_types: [],
  redirect_uris: [],
}];

// What the tests set while the issuer runs: who logs in, and what access
// tokens look like. `mutate` changes a token before it is signed.
function newState(audience) {
  return {
    user: 'ann@corp.example',
    groups: { 'ann@corp.example': ['dba', 'Everyone'], svc: ['robots'] },
    audience,
    ttl: 600,
    mutate: null,
    down: false,
    deny: false, // the person refuses
    slowDowns: 0, // so many requests for tokens come too soon
    interval: 0, // seconds between polls with a device code; 0: not said
  };
}

function features(state) {
  return {
    devInteractions: { enabled: false },
    clientCredentials: { enabled: true },
    deviceFlow: { enabled: true },
    resourceIndicators: {
      enabled: true,
      useGrantedResource: () => true,
      defaultResource: (ctx, client, oneOf) => (
        oneOf ? [].concat(oneOf)[0] : 'urn:latchkey-tests'),
      getResourceServerInfo: () => ({
        scope: SCOPES,
        audience: state.audience,
        accessTokenFormat: 'jwt',
        accessTokenTTL: state.ttl,
        jwt: { sign: { alg: 'RS256' } },
      }),
    },
  };
}

// Nobody is asked anything: whoever comes is state.user and consents.
async function loadExistingGrant({ oidc }) {
  const grant = new oidc.provider.Grant({
    clientId: oidc.client.clientId,
    accountId: oidc.session.accountId,
  });
  grant.addOIDCScope(oidc.params.scope ?? 'openid');
  for (const resource of [].concat(oidc.params.resource ?? [])) {
    grant.addResourceScope(resource, SCOPES);
  }
  await grant.save();
  return grant;
}

function configuration(state, keys, adapter, routes) {
  return {
    jwks: { keys },
    adapter,
    routes,
    clients,
    cookies: { keys: ['test'] },
    scopes: ['openid', 'offline_access', 'groups'],
    claims: { openid: ['sub'] },
    findAccount: async (ctx, id) => ({
      accountId: id, claims: async () => ({ sub: id }),
    }),
    extraTokenClaims: async (ctx, token) => ({
      groups: state.groups[token.accountId ?? token.clientId] ?? [],
      cid: token.clientId,
      scp: token.scope?.split(' '),
    }),
    issueRefreshToken: async (ctx, client) => client.grantTypeAllowed('refresh_token'),
    ttl: {
      AccessToken: () => state.ttl,
      ClientCredentials: () => state.ttl,
      IdToken: 3600,
      RefreshToken: 86400,
      Session: 3600,
      Grant: 86400,
      Interaction: 600,
      DeviceCode: 600,
    },
    features: features(state),
    formats: { customizers: { jwt: (ctx, token, jwt) => { state.mutate?.(jwt); } } },
    interactions: { url: (ctx, interaction) => `/interaction/${interaction.uid}` },
    loadExistingGrant,
  };
}

async function interact(provider, state, req, res) {
  const { prompt } = await provider.interactionDetails(req, res);
  if (state.deny) {
    await provider.interactionFinished(req, res,
      { error: 'access_denied', error_description: 'Ann said no' });
    return;
  }
  const login = prompt.name === 'login';
  await provider.interactionFinished(req, res,
    login ? { login: { accountId: state.user } } : { consent: {} },
    { mergeWithLastSubmission: !login });
}

// Puts a request for PREFIX/... where the provider looks for it; false when it
// is for nobody.
function strip(prefix, req) {
  if (req.url === WELL_KNOWN + prefix) {
    req.url = WELL_KNOWN;
    req.originalUrl = prefix + WELL_KNOWN;
  } else if (req.url.startsWith(`${prefix}/`)) {
    req.originalUrl = req.url;
    req.url = req.url.slice(prefix.length);
  } else {
    return false;
  }
  return true;
}

// The provider has no setting for it.
function addInterval(res, interval) {
  const end = res.end.bind(res);
  res.end = (body) => {
    const answer = JSON.stringify({ ...JSON.parse(body), interval });
    res.setHeader('content-length', Buffer.byteLength(answer));
    return end(answer);
  };
}

// Answers that the provider does not give; false where it is to answer.
function interfere(state, req, res) {
  const path = req.url.split('?')[0];
  if (state.down) {
    res.statusCode = 503;
    res.end('down');
    return true;
  }
  if (path.endsWith('/token') && state.slowDowns > 0) {
    state.slowDowns -= 1;
    req.resume();
    res.writeHead(400, { 'content-type': 'application/json' });
    res.end('{"error":"slow_down"}');
    return true;
  }
  if (path.includes('/device/auth') && state.interval > 0) {
    addInterval(res, state.interval);
  }
  return false;
}

// Starts the issuer; `okta`: in Okta's layout, as a custom authorization server.
export async function startWorkforceIssuer({ audience, okta = false }) {
  const server = http.createServer();
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  const prefix = okta ? '/oauth2/default' : '';
  const origin = `http://127.0.0.1:${server.address().port}`;
  const issuer = origin + prefix;
  const state = newState(audience);
  const adapter = createMemoryAdapter(0); // shared, so that grants survive
  const requests = [];
  let provider;
  let generation = 0;

  function rotate() {
    generation += 1;
    provider = new Provider(issuer, configuration(
      state, newKeys(generation), adapter, okta ? OKTA_ROUTES : undefined));
  }
  rotate();

  server.on('request', async (req, res) => {
    requests.push(`${req.method} ${req.url.split('?')[0]}`);
    if (interfere(state, req, res)) return;
    if (req.url.startsWith('/interaction/')) {
      await interact(provider, state, req, res);
    } else if (!strip(prefix, req)) {
      res.statusCode = 404;
      res.end('{}');
    } else {
      await provider.callback()(req, res);
    }
  });

  return {
    issuer,
    origin,
    state,
    rotate,
    requests,
    // A machine's access token, by client credentials.
    async machineToken() {
      const answer = await fetch(`${issuer}${okta ? '/v1' : ''}/token`, {
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
