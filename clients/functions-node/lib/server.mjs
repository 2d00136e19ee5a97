// AuthFunctionService on a Unix socket.
import { chmodSync, lstatSync, unlinkSync } from 'node:fs';
import { connect } from 'node:net';
import grpc from '@grpc/grpc-js';
import { toIdentity, toOutcome } from './answers.mjs';
import { log } from './log.mjs';
import { loadAuthFunctionService } from './proto.mjs';
import { fromList, fromStruct } from './struct.mjs';

const MOST_REQUEST_BYTES = 128 * 1024;

const { status } = grpc;
const CODES = {
  threw: status.UNAUTHENTICATED,
  nonsense: status.INTERNAL,
  unsettled: status.INTERNAL,
  died: status.INTERNAL,
  late: status.DEADLINE_EXCEEDED,
  cancelled: status.CANCELLED,
  memory: status.RESOURCE_EXHAUSTED,
  overloaded: status.UNAVAILABLE,
  unknown: status.NOT_FOUND,
};

// When the caller stops waiting, in milliseconds of performance.now().
function endOf(call) {
  const deadline = call.getDeadline();
  const at = deadline instanceof Date ? deadline.getTime() : deadline;
  return at - Date.now() + performance.now();
}

function refuse(callback, request, kind, text) {
  log('warning', 'function_failed', {
    request_id: request.request_id, app: request.app, function: request.function,
    kind, cause: text,
  });
  callback({ code: CODES[kind], details: text });
}

// A handler: `arguments_` makes the function's arguments of the request,
// `answer` the response of its JSON.
function handler(host, arguments_, answer) {
  return async (call, callback) => {
    const { request } = call;
    let args;
    try {
      args = arguments_(request);
    } catch (error) {
      callback({ code: status.INVALID_ARGUMENT, details: error.message });
      return;
    }
    const cancelled = new AbortController();
    call.on('cancelled', () => cancelled.abort());
    const outcome = await host.call({
      app: request.app,
      name: request.function,
      args,
      requestId: request.request_id,
      endsAt: endOf(call),
      signal: cancelled.signal,
    });
    if (outcome.failed) {
      refuse(callback, request, outcome.failed, outcome.text);
      return;
    }
    let response;
    try {
      response = answer(outcome.answer);
    } catch (error) {
      // Whatever it is: the answer is a function's.
      refuse(callback, request, 'nonsense', `answered ${error.message}`);
      return;
    }
    callback(null, response);
  };
}

// The arguments are App Services' own: names and order.
function handlers(host) {
  return {
    Authenticate: handler(host, ({ payload }) => [fromStruct(payload)], toIdentity),
    ConfirmUser: handler(host, (request) => [{
      username: request.username, token: request.token, tokenId: request.token_id,
    }], toOutcome),
    ResetPassword: handler(host, (request) => [{
      username: request.username,
      password: request.password,
      token: request.token,
      tokenId: request.token_id,
      currentPasswordValid: request.current_password_valid,
    }, ...fromList(request.arguments)], toOutcome),
  };
}

// A socket that a dead process left is in the way; that of a live one is not
// ours to remove.
async function clearSocket(path) {
  try {
    if (!lstatSync(path).isSocket()) throw new Error(`${path} is there and is no socket`);
  } catch (error) {
    if (error.code === 'ENOENT') return;
    throw error;
  }
  const isLive = await new Promise((done) => {
    const probe = connect(path);
    probe.on('connect', () => { probe.destroy(); done(true); });
    probe.on('error', () => done(false));
  });
  if (isLive) throw new Error(`${path} is in use by another program`);
  unlinkSync(path);
}

// Serves `host` until drain(milliseconds).
export async function serve(host, { socket, target, socketMode }) {
  await clearSocket(socket);
  const server = new grpc.Server({
    'grpc.max_receive_message_length': MOST_REQUEST_BYTES,
    'grpc.max_concurrent_streams': 512,
  });
  server.addService(loadAuthFunctionService().service, handlers(host));
  // Nobody else may connect, not even between bind and chmod.
  const mask = process.umask(0o177);
  try {
    await new Promise((done, fail) => {
      server.bindAsync(target, grpc.ServerCredentials.createInsecure(),
        (error) => (error ? fail(new Error(`${socket}: ${error.message}`)) : done()));
    });
  } finally {
    process.umask(mask);
  }
  chmodSync(socket, socketMode);
  return {
    drain: (milliseconds) => new Promise((done) => {
      const timer = setTimeout(() => {
        server.forceShutdown();
        done();
      }, milliseconds);
      server.tryShutdown(() => {
        clearTimeout(timer);
        done();
      });
    }),
  };
}
