// Starts implementations of the functions' contract, and calls them as
// latchkeyd does.
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { grpc, loadAuthFunctionService } from '../../clients/functions-node/lib/proto.mjs';
import { toStruct } from '../../clients/functions-node/lib/struct.mjs';
import { LATCHKEYD, ROOT } from './latchkeyd.mjs';

const NODE_HOST = join(ROOT, 'clients/functions-node/bin/latchkey-functions.mjs');
const APP_FOLDER = join(ROOT, 'clients/functions-node/test/app');
const DEMO = process.env.LATCHKEY_DEMO
  ?? join(dirname(LATCHKEYD), '../clients/demo/latchkey_demo');
const START_LIMIT_MS = 30_000;

const Client = loadAuthFunctionService();

export const APP = 'myapp-abcde';

export class FunctionsHost {
  // `ready` is in the line that the program prints when it serves.
  static async start(program, flags, ready, socket) {
    const host = new FunctionsHost();
    host.log = '';
    host.socket = socket;
    host.folder = dirname(socket);
    host.child = spawn(program, flags, { cwd: host.folder, stdio: ['ignore', 'pipe', 'pipe'] });
    host.exit = new Promise((done) => {
      host.child.on('exit', (code, signal) => done({ code, signal }));
    });
    host.child.stderr.on('data', (data) => { host.log += data; });
    let timer;
    await new Promise((done, fail) => {
      timer = setTimeout(() => fail(new Error(`not ready: ${host.log}`)), START_LIMIT_MS);
      host.child.on('error', fail);
      host.exit.then(({ code }) => fail(new Error(`exit ${code}: ${host.log}`)));
      host.child.stdout.on('data', (data) => {
        if (String(data).includes(ready)) done();
      });
    }).finally(() => clearTimeout(timer));
    host.client = new Client(`unix:${socket}`, grpc.credentials.createInsecure());
    return host;
  }

  // `flags` beside those for the socket and the app of the tests.
  static node(flags = []) {
    const socket = join(mkdtempSync(join(tmpdir(), 'latchkey-fn-')), 'fn.sock');
    return FunctionsHost.nodeAt(socket, APP_FOLDER, flags);
  }

  static nodeAt(socket, appFolder, flags = []) {
    return FunctionsHost.start(process.execPath, [NODE_HOST, `--socket=${socket}`,
      `--app-dir=${APP}=${appFolder}`, ...flags], 'latchkey-functions ready', socket);
  }

  static cpp() {
    const socket = join(mkdtempSync(join(tmpdir(), 'latchkey-fn-')), 'fn.sock');
    return FunctionsHost.start(DEMO, ['--jwks-address=127.0.0.1:0',
      `--function-target=unix:${socket}`, `--token-file=${socket}.jwt`], 'latchkey_demo ready',
    socket);
  }

  // {code} of a failure, or the answer.
  call(method, request, seconds = 20) {
    const deadline = new Date(Date.now() + seconds * 1000);
    return new Promise((done) => {
      this.client[method]({ app: APP, request_id: 'r-1', ...request }, { deadline },
        (error, answer) => done(error ? { code: error.code, details: error.details } : answer));
    });
  }

  login(payload, name = 'legacy', seconds = 20) {
    return this.call('Authenticate', { function: name, payload: toStruct(payload) }, seconds);
  }

  async outcome(method, request) {
    const answer = await this.call(method, { token: 'token', token_id: '0'.repeat(24), ...request });
    return answer.outcome ?? answer.code;
  }

  confirm(username, more = {}) {
    return this.outcome('ConfirmUser', { function: 'confirm', username, ...more });
  }

  reset(username, args, more = {}) {
    return this.outcome('ResetPassword', {
      function: 'reset',
      username,
      password: 'a new password',
      arguments: toStruct({ args }).fields.args.listValue,
      ...more,
    });
  }

  async cleanUp() {
    this.client.close();
    if (this.child.exitCode === null && this.child.signalCode === null) {
      this.child.kill('SIGKILL');
      await this.exit;
    }
    rmSync(this.folder, { recursive: true, force: true });
  }
}
