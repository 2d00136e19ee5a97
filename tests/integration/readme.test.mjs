// Runs the README's walk-through as it stands, with `buf curl` behind the name
// grpcurl, and looks at what it leaves.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, before, test } from 'node:test';
import { Latchkeyd, LATCHKEYD, ROOT, run } from './latchkeyd.mjs';

const DEMO = process.env.LATCHKEY_DEMO
  ?? join(dirname(LATCHKEYD), '../clients/demo/latchkey_demo');
const JWKS = '127.0.0.1:9090';

// grpcurl -plaintext [-H HEADER] [-d DATA] ADDRESS METHOD|list
const GRPCURL = `#!/usr/bin/env bash
set -euo pipefail
arguments=(curl --protocol grpc --http2-prior-knowledge)
while [[ $1 == -* ]]; do
  case $1 in
    -plaintext) shift ;;
    -H) arguments+=(--header "$2"); shift 2 ;;
    -d) arguments+=(--data "$2"); shift 2 ;;
  esac
done
if [[ $2 == list ]]; then
  exec "${ROOT}/node_modules/.bin/buf" "\${arguments[@]}" --list-methods "http://$1"
fi
exec "${ROOT}/node_modules/.bin/buf" "\${arguments[@]}" "http://$1/$2"
`;

let daemon;
let demo;

function walkThrough() {
  const readme = readFileSync(join(ROOT, 'README.md'), 'utf8');
  const block = readme.match(/<!-- walk-through:[^]*?```sh\n([^]*?)```/);
  assert.ok(block, 'README.md has no walk-through');
  return block[1];
}

before(async () => {
  const folder = mkdtempSync(join(tmpdir(), 'latchkey-it-'));
  mkdirSync(join(folder, 'data'));
  const port = await freePort();
  demo = spawn(DEMO, [`--jwks-address=127.0.0.1:${port}`,
    '--function-target=unix:data/fn.sock', '--token-file=data/demo.jwt'],
  { cwd: folder, stdio: ['ignore', 'pipe', 'inherit'] });
  await new Promise((ready, fail) => {
    demo.stdout.on('data', (data) => {
      if (String(data).includes('latchkey_demo ready')) ready();
    });
    demo.on('exit', (code) => fail(new Error(`latchkey_demo: exit ${code}`)));
    demo.on('error', fail);
  });
  // The example configuration, on other ports.
  const example = readFileSync(join(ROOT, 'config/example.yaml'), 'utf8')
    .replace('127.0.0.1:7070', '127.0.0.1:0')
    .replace(/(http:\s*\{?\s*(?:#.*\s*)*address: "?)127\.0\.0\.1:8080/, '$1127.0.0.1:0')
    .replaceAll(JWKS, `127.0.0.1:${port}`);
  daemon = await Latchkeyd.start(example, folder);
});

after(async () => {
  await daemon?.cleanUp();
  demo?.kill('SIGTERM');
});

async function freePort() {
  const { createServer } = await import('node:net');
  return new Promise((done) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address();
      server.close(() => done(port));
    });
  });
}

test('./run names a configuration that is not there', async () => {
  for (const file of ['no-such-folder/x.yaml', 'no-such-file.yaml', 'config', '']) {
    const { code, stderr } = await run(join(ROOT, 'run'), [`--config=${file}`], ROOT);
    assert.equal(code, 1, file);
    assert.ok(stderr.includes(`no such configuration: ${file}`), stderr);
  }
});

test('the walk-through of the README works as printed', async () => {
  const bin = join(daemon.folder, 'bin');
  mkdirSync(bin);
  writeFileSync(join(bin, 'grpcurl'), GRPCURL, { mode: 0o755 });
  const script = [
    'set -euo pipefail',
    walkThrough().replaceAll('127.0.0.1:7070', daemon.grpc),
    'echo "ids=$anonymous_id,$linked_id"',
  ].join('\n');
  const { code, stdout, stderr } = await run('bash', ['-c', script], daemon.folder, '',
    { PATH: `${bin}:${process.env.PATH}` });
  assert.equal(code, 0, stdout + stderr);
  const [, anonymous, linked] = stdout.match(/^ids=([0-9a-f]{24}),([0-9a-f]{24})$/m);
  assert.equal(anonymous, linked);
  for (const service of ['AuthService/Login', 'EmailPasswordService/Register',
    'UserApiKeyService/CreateApiKey']) {
    assert.ok(stdout.includes(`latchkey.v1.${service}`), `not listed: ${service}`);
  }
  assert.ok(!stdout.includes('latchkey.v1.UserAdminService'), 'admin is on the open port');
  assert.match(stdout, /"active": true/);
  assert.match(stdout, /"reason": "REASON_TOKEN_MALFORMED"/);
  assert.match(stdout, /"reason": "REASON_SESSION_REVOKED"/);
  assert.match(stdout, /"name": "Jean Valjean"/);
  assert.match(stdout, /"subject": "ada"/);
  rmSync(bin, { recursive: true });
});

test('curl logs in with no tool of gRPC', async () => {
  const { stdout } = await run('curl', ['-s', '-H', 'content-type: application/json',
    '-d', '{"app": "myapp-abcde", "credential": {"anonymous": {}}}',
    `${daemon.http}/latchkey.v1.AuthService/Login`], daemon.folder);
  assert.match(JSON.parse(stdout).session.accessToken, /^eyJ/);
});
