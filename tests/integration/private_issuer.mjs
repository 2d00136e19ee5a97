// An issuer over https whose certificate is from an authority of its own, as in
// a company's network. Discovery and keys only: tests sign its tokens. One of
// its keys has leaked.
import https from 'node:https';
import { exportJWK, generateKeyPair, SignJWT } from 'jose';

// Made for these tests, for 127.0.0.1, until 2126.
export const AUTHORITY = `-----BEGIN CERTIFICATE-----
MIIBiTCCAS+gAwIBAgIUDan4uCb2raBN6e9juZBpeWRoT3kwCgYIKoZIzj0EAwIw
GTEXMBUGA1UEAwwObGF0Y2hrZXkgdGVzdHMwIBcNMjYxMTIyMTczODMwWhgPMjEy
NjEwMjkxNzM4MzBaMBkxFzAVBgNVBAMMDmxhdGNoa2V5IHRlc3RzMFkwEwYHKoZI
zj0CAQYIKoZIzj0DAQcDQgAEdsNm68PTfRtie0VN7m3cKBKDLK57ocxandaAjmeK
cU3Jlb22GtvMjHQ9gH/RxHm/JidZ7WDnZXEAAzHvtWpDMaNTMFEwHQYDVR0OBBYE
FBZH7lCT01PgpiWhJEx8vsd4h9B8MB8GA1UdIwQYMBaAFBZH7lCT01PgpiWhJEx8
vsd4h9B8MA8GA1UdEwEB/wQFMAMBAf8wCgYIKoZIzj0EAwIDSAAwRQIhAPsxJuJL
JhOs0JiyCoA+UWjwqWPL3ikBx286X8VlixefAiBGG22O4XC3SCk4DQOI+ouEYeaD
cKG1tdi2ABQWAj+FHg==
-----END CERTIFICATE-----
`;
const CERTIFICATE = `-----BEGIN CERTIFICATE-----
MIIBhDCCASqgAwIBAgIURS9pkilOONyRbtXTzGjczasi11EwCgYIKoZIzj0EAwIw
GTEXMBUGA1UEAwwObGF0Y2hrZXkgdGVzdHMwIBcNMjYxMTIyMTczODMwWhgPMjEy
NjEwMjkxNzM4MzBaMBQxEjAQBgNVBAMMCTEyNy4wLjAuMTBZMBMGByqGSM49AgEG
CCqGSM49AwEHA0IABIH8nrlIVUsA6hmT2n2E8dS97Efcmkv3Ecg5iXhoOdHAZ8tw
D6DPSQabxizCa8rf+7Q5u1GfD4s7CjCY/mXR7KajUzBRMA8GA1UdEQQIMAaHBH8A
AAEwHQYDVR0OBBYEFNsvCrGwF/SdJW9YVJjLu0xwffQQMB8GA1UdIwQYMBaAFBZH
7lCT01PgpiWhJEx8vsd4h9B8MAoGCCqGSM49BAMCA0gAMEUCIQD9dO80iHc7i5g2
YqBF0+xREdH+r6ewqCmdiJUdgT+9/wIgLSiatxIj4sOaTZ0dXC7Uh+TG37oDkB2s
7U/qYM47nEE=
-----END CERTIFICATE-----
`;
const KEY = `-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgczJEeXwRj8SQITNg
Xlh23ifl/9KMU56AV48Z9jzG7yChRANCAASB/J65SFVLAOoZk9p9hPHUvexH3JpL
9xHIOYl4aDnRwGfLcA+gz0kGm8YswmvK3/u0ObtRnw+LOwowmP5l0eym
-----END PRIVATE KEY-----
`;

export async function startPrivateIssuer() {
  const { publicKey, privateKey } = await generateKeyPair('ES256');
  const jwk = { ...await exportJWK(publicKey), kid: 'k1', alg: 'ES256', use: 'sig' };
  const leaked = await exportJWK(
    (await generateKeyPair('ES256', { extractable: true })).privateKey);
  const server = https.createServer({ cert: CERTIFICATE, key: KEY }, (req, res) => {
    const body = req.url === '/keys' ? { keys: [jwk, { ...leaked, kid: 'k2' }] }
      : { issuer, jwks_uri: `${issuer}/keys` };
    res.setHeader('content-type', 'application/json');
    res.end(JSON.stringify(body));
  });
  await new Promise((done) => { server.listen(0, '127.0.0.1', done); });
  const issuer = `https://127.0.0.1:${server.address().port}`;
  return {
    issuer,
    token: (subject, audience) => new SignJWT({ groups: ['robots'] })
      .setProtectedHeader({ alg: 'ES256', kid: 'k1' })
      .setIssuer(issuer).setSubject(subject).setAudience(audience)
      .setIssuedAt().setExpirationTime('5m').sign(privateKey),
    stop: () => new Promise((done) => {
      server.closeAllConnections();
      server.close(done);
    }),
  };
}
