// Functions of an application's own: logins, confirmations and resets, over
// the contract of latchkey.function.v1 on a Unix socket.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Server, ServerCredentials, loadPackageDefinition, status } from '@grpc/grpc-js';
import { loadSync } from '@grpc/proto-loader';
import { ROOT } from './latchkeyd.mjs';

const PROTO = 'latchkey/function/v1/auth_function.proto';

function plainValue(value) {
  switch (value.kind) {
    case 'structValue': return plainStruct(value.structValue);
    case 'listValue': return value.listValue.values.map(plainValue);
    case 'nullValue': return null;
    default: return value[value.kind];
  }
}

function plainStruct({ fields = {} }) {
  return Object.fromEntries(Object.entries(fields)
    .map(([name, value]) => [name, plainValue(value)]));
}

// The functions of realm-core's suite: a login is the id in the payload; an
// address with "fail" or "pending" in it gets that outcome; a reset needs
// "secret" as its argument, or says "pending" when told so.
function handlers(seen) {
  return {
    Authenticate({ request }, reply) {
      const payload = plainStruct(request.payload);
      seen.payloads.push(payload);
      if (payload.throws) {
        reply({ code: status.UNAUTHENTICATED, details: payload.throws });
        return;
      }
      reply(null, { id: payload.realmCustomAuthFuncUserId });
    },
    ConfirmUser({ request }, reply) {
      seen.tokens.set(request.username, { token: request.token, tokenId: request.tokenId });
      const again = seen.confirmed.has(request.username);
      seen.confirmed.add(request.username);
      const [name] = request.username.match(/fail|pending|later/) ?? ['success'];
      const outcomes = {
        fail: 'OUTCOME_FAIL',
        pending: 'OUTCOME_PENDING',
        later: again ? 'OUTCOME_SUCCESS' : 'OUTCOME_PENDING',
        success: 'OUTCOME_SUCCESS',
      };
      reply(null, { outcome: outcomes[name] });
    },
    ResetPassword({ request }, reply) {
      const [proof] = request.arguments.values.map(plainValue);
      seen.tokens.set(request.username, { token: request.token, tokenId: request.tokenId });
      seen.resets.push(request);
      const outcomes = { secret: 'OUTCOME_SUCCESS', pending: 'OUTCOME_PENDING' };
      reply(null, { outcome: outcomes[proof] ?? 'OUTCOME_FAIL' });
    },
  };
}

// {target, payloads, tokens, resets, stop}: `tokens` holds the last pair that
// an address was given.
export async function startAuthFunctions() {
  const folder = mkdtempSync(join(tmpdir(), 'latchkey-fn-'));
  const target = `unix:${join(folder, 'fn.sock')}`;
  const definition = loadSync(PROTO, { includeDirs: [join(ROOT, 'proto')], enums: String,
    defaults: true, arrays: true, objects: true, oneofs: true });
  const { AuthFunctionService } = loadPackageDefinition(definition).latchkey.function.v1;
  const seen = { payloads: [], tokens: new Map(), confirmed: new Set(), resets: [] };
  const server = new Server();
  server.addService(AuthFunctionService.service, handlers(seen));
  await new Promise((done, fail) => {
    server.bindAsync(target, ServerCredentials.createInsecure(),
      (error) => (error ? fail(error) : done()));
  });
  return {
    target,
    ...seen,
    async stop() {
      server.forceShutdown();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
