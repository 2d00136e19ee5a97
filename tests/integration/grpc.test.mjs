// The gRPC side: reflection, health, errors with details, through buf curl.
import assert from 'node:assert/strict';
import http2 from 'node:http2';
import { after, before, test } from 'node:test';
import { configText, Latchkeyd } from './latchkeyd.mjs';

const APP = 'myapp-abcde';
let daemon;

before(async () => {
  daemon = await Latchkeyd.start(configText());
});

after(() => daemon?.cleanUp());

// One unary call without a client library: {headers, trailers}.
function rawCall(path, frame, headers = {}) {
  return new Promise((done, fail) => {
    const client = http2.connect(`http://${daemon.grpc}`);
    client.on('error', fail);
    const request = client.request({
      ':method': 'POST', ':path': path, 'content-type': 'application/grpc', te: 'trailers',
      ...headers,
    });
    let first;
    let trailers = {};
    request.on('response', (answer) => { first = answer; });
    request.on('trailers', (answer) => { trailers = answer; });
    request.on('error', fail);
    request.on('data', () => {});
    request.on('close', () => {
      client.close();
      done({ ...first, ...trailers });
    });
    request.end(frame);
  });
}

function frameOf(message) {
  const frame = Buffer.alloc(5 + message.length);
  frame.writeUInt32BE(message.length, 1);
  message.copy(frame, 5);
  return frame;
}

test('reflection describes a call that needs no .proto file', async () => {
  const { code, stdout, stderr } = await daemon.bufCurl('latchkey.v1.AuthService/Login',
    { app: APP, credential: { anonymous: {} } });
  assert.equal(code, 0, stderr);
  assert.match(JSON.parse(stdout).session.user.id, /^[0-9a-f]{24}$/);
});

test('health is told per service', async () => {
  for (const service of ['', 'latchkey.v1.AuthService', 'latchkey.v1.UserApiKeyService']) {
    const { code, stdout, stderr } = await daemon.bufCurl('grpc.health.v1.Health/Check',
      { service });
    assert.equal(code, 0, stderr);
    assert.equal(JSON.parse(stdout).status, 'SERVING');
  }
  const { code, stderr } = await daemon.bufCurl('grpc.health.v1.Health/Check',
    { service: 'latchkey.v1.UserAdminService' });
  assert.notEqual(code, 0);
  assert.match(stderr, /not_found/);
});

test('errors carry the reason and the fields', async () => {
  const { code, stderr } = await daemon.bufCurl('latchkey.v1.AuthService/Login', {});
  assert.notEqual(code, 0);
  assert.match(stderr, /invalid_argument/);
  const { details } = JSON.parse(stderr);
  const texts = details.map(({ type, value }) => [type, Buffer.from(value, 'base64').toString()]);
  assert.equal(texts[0][0], 'google.rpc.ErrorInfo');
  assert.match(texts[0][1], /INVALID_REQUEST.*latchkey/s);
  assert.equal(texts[1][0], 'google.rpc.BadRequest');
  assert.match(texts[1][1], /app.*is required/s);
});

test('a message over the limit is refused, and the next call is answered', async () => {
  // Field 1, a token of 100,000 letters: well-formed but for its size.
  const token = Buffer.concat([Buffer.from([0x0a, 0xa0, 0x8d, 0x06]), Buffer.alloc(100_000, 'a')]);
  const answer = await rawCall('/latchkey.v1.AuthService/Verify', frameOf(token));
  assert.equal(answer['grpc-status'], '3');
  assert.equal(reasonOf(answer), 'REQUEST_TOO_LARGE');
  const { code } = await daemon.bufCurl('latchkey.v1.AuthService/DescribeLogin', { app: APP });
  assert.equal(code, 0);
});

// The reason in the status details of an answer; '' without details.
function reasonOf(answer) {
  const details = Buffer.from(answer['grpc-status-details-bin'] ?? '', 'base64').toString('latin1');
  return details.match(/google\.rpc\.ErrorInfo.{4}([A-Z_]+)\x12\x08latchkey/s)?.[1] ?? '';
}

test('calls that this listener does not have say so with a reason', async () => {
  for (const path of ['/latchkey.v1.AuthService/Nothing', '/nobody.Service/Call',
    '/latchkey.v1.UserAdminService/ListUsers']) {
    const answer = await rawCall(path, frameOf(Buffer.alloc(0)));
    assert.equal(answer['grpc-status'], '12', path);
    assert.equal(reasonOf(answer), 'UNIMPLEMENTED', path);
  }
});

test('metadata over the limit is refused with a reason', async () => {
  const path = '/latchkey.v1.AuthService/DescribeLogin';
  const answer = await rawCall(path, frameOf(Buffer.alloc(0)), { 'x-large': 'v'.repeat(9000) });
  assert.equal(answer['grpc-status'], '3');
  assert.equal(reasonOf(answer), 'REQUEST_TOO_LARGE');
});

test('garbage in every shape is an error and nothing else', async () => {
  const frames = [
    frameOf(Buffer.from([0x0a, 0xff])), // a string longer than the message
    frameOf(Buffer.from([0x0a, 0x02, 0xc3, 0x28])), // invalid UTF-8
    frameOf(Buffer.from([0x00, 0x00])), // field number 0
    frameOf(Buffer.from([0x0f])), // wire type 7
    Buffer.from([1, 0, 0, 0, 1, 0]), // compressed, without an encoding
    Buffer.from([0, 0xff, 0xff, 0xff, 0xff]), // 4 GiB announced
    Buffer.from([0, 0]), // cut short
    Buffer.alloc(0),
  ];
  for (const frame of frames) {
    const answer = await rawCall('/latchkey.v1.AuthService/Login', frame);
    assert.ok(Number(answer['grpc-status']) > 0, frame.toString('hex'));
  }
  const { code } = await daemon.bufCurl('latchkey.v1.AuthService/DescribeLogin', { app: APP });
  assert.equal(code, 0);
});

test('control characters from a caller do not come back', async () => {
  const app = Buffer.from('a\u0001b\u007f');
  const message = Buffer.concat([Buffer.from([0x0a, app.length]), app]);
  const answer = await rawCall('/latchkey.v1.AuthService/Login', frameOf(message),
    { 'x-request-id': 'mine' });
  assert.equal(answer['grpc-status'], '3');
  assert.equal(reasonOf(answer), 'INVALID_REQUEST');
  const details = Buffer.from(answer['grpc-status-details-bin'], 'base64').toString('latin1');
  for (const text of [decodeURIComponent(answer['grpc-message']), details]) {
    assert.ok(!text.includes('a\u0001b'), JSON.stringify(text));
    assert.ok(!text.includes('\u007f'), JSON.stringify(text));
  }
  // Nor does anything else of the caller's.
  assert.ok(!JSON.stringify(answer).includes('mine'));
});
