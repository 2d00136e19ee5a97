// Runs inside the context of one call, before any function of the app does, and
// makes what functions see. Everything that crosses to the outside is a string,
// a number or a boolean, so no object of the outside is within reach.
//
// The file is one expression: a function that takes the primitives of the
// outside (lib/runner.cjs) and gives back how to call in.
(function boot(outside, contextText) {
  'use strict';

  const { parse, stringify } = JSON;
  const { apply } = Reflect;
  const MOST_CAUSE = 256;

  // An error of the outside must not be seen either: one comes when the stack
  // ends just there.
  function cross(call, ...args) {
    let answer;
    try {
      answer = call(...args);
    } catch {
      throw new RangeError('the stack is full');
    }
    return answer;
  }

  function textOf(error) {
    try {
      return `${error}`.slice(0, MOST_CAUSE);
    } catch {
      return 'something that has no text';
    }
  }

  function global(name, value) {
    Object.defineProperty(globalThis, name, {
      value, writable: true, configurable: true, enumerable: false,
    });
  }

  // -- Timers --------------------------------------------------------------

  const timers = new Map();
  let lastTimer = 0;

  function addTimer(callback, milliseconds, args, again) {
    if (typeof callback !== 'function') throw new TypeError('a timer needs a function');
    lastTimer += 1;
    timers.set(lastTimer, { callback, args, again });
    cross(outside.startTimer, lastTimer, Number(milliseconds) || 0, again);
    return lastTimer;
  }

  function removeTimer(id) {
    if (timers.delete(id)) cross(outside.stopTimer, id);
  }

  function fire(id) {
    const timer = timers.get(id);
    if (!timer) return;
    if (!timer.again) timers.delete(id);
    try {
      apply(timer.callback, undefined, timer.args);
    } catch (error) {
      outside.fail('threw', textOf(error));
    }
  }

  global('setTimeout', (callback, ms, ...args) => addTimer(callback, ms, args, false));
  global('setInterval', (callback, ms, ...args) => addTimer(callback, ms, args, true));
  global('setImmediate', (callback, ...args) => addTimer(callback, 0, args, false));
  for (const name of ['clearTimeout', 'clearInterval', 'clearImmediate']) {
    global(name, (id) => removeTimer(id));
  }

  // -- Console -------------------------------------------------------------

  function shown(value) {
    if (typeof value === 'string') return value;
    try {
      if (value instanceof Error) return value.stack ?? textOf(value);
      return stringify(value) ?? String(value);
    } catch {
      return textOf(value);
    }
  }

  const logger = (level) => (...values) => {
    cross(outside.log, level, values.map(shown).join(' '));
  };
  global('console', {
    log: logger('info'),
    info: logger('info'),
    debug: logger('debug'),
    warn: logger('warning'),
    error: logger('error'),
  });

  // -- Extended JSON -------------------------------------------------------

  class ObjectId {
    #hex;

    constructor(hex = cross(outside.randomHex, 12)) {
      if (typeof hex !== 'string' || !/^[0-9a-fA-F]{24}$/.test(hex)) {
        throw new TypeError('an ObjectId is 24 hex digits');
      }
      this.#hex = hex.toLowerCase();
    }

    toString() { return this.#hex; }

    toHexString() { return this.#hex; }

    toJSON() { return this.#hex; }

    equals(other) { return String(other) === this.#hex; }
  }

  function number(text) {
    if (typeof text !== 'string') throw new TypeError('no text of a number');
    return Number(text);
  }

  // Integers that a number cannot hold become a BigInt.
  function integer(text) {
    return Number.isSafeInteger(number(text)) ? number(text) : BigInt(text);
  }

  const TYPES = {
    $numberInt: number,
    $numberDouble: number,
    $numberLong: integer,
    $oid: (hex) => new ObjectId(hex),
    // A $numberLong in it has been read already.
    $date: (date) => new Date(typeof date === 'bigint' ? Number(date) : date),
  };

  // What is no Extended JSON, or is none that we know, stays as it is.
  function fromExtended(key, value) {
    if (value === null || typeof value !== 'object') return value;
    const names = Object.keys(value);
    if (names.length !== 1 || !Object.hasOwn(TYPES, names[0])) return value;
    try {
      return TYPES[names[0]](value[names[0]]);
    } catch {
      return value;
    }
  }

  function toExtended(value) {
    if (value instanceof ObjectId) return { $oid: value.toString() };
    if (value instanceof Date) return { $date: value.toISOString() };
    if (typeof value === 'bigint') return { $numberLong: String(value) };
    if (Array.isArray(value)) return value.map(toExtended);
    if (value === null || typeof value !== 'object') return value;
    return Object.fromEntries(
      Object.entries(value).map(([name, member]) => [name, toExtended(member)]));
  }

  global('EJSON', {
    parse: (text) => parse(text, fromExtended),
    stringify: (value, ...more) => stringify(toExtended(value), ...more),
  });
  global('BSON', { ObjectId, ObjectID: ObjectId });

  // -- Cryptography --------------------------------------------------------

  function crypto(operation, ...args) {
    const { value, error } = parse(cross(outside.crypto, operation, stringify(args)));
    if (error !== undefined) throw new Error(error);
    return value;
  }

  // What App Services gives back as BSON.Binary.
  function binary(base64) {
    return Object.freeze({
      toBase64: () => base64,
      toHex: () => crypto('hex', base64),
      text: () => crypto('text', base64),
      toString: () => base64,
      toJSON: () => base64,
    });
  }

  global('utils', {
    crypto: {
      hash: (name, input) => binary(crypto('hash', name, String(input))),
      hmac: (input, secret, name, format) => crypto('hmac', input, secret, name, format),
    },
    jwt: {
      encode: (alg, payload, secret, header = {}) => (
        crypto('jwtEncode', alg, toExtended(payload), secret, header)),
      decode: (token, key, returnHeader = false, algorithms = undefined) => {
        const decoded = crypto('jwtDecode', token, key, algorithms ?? null);
        return returnHeader ? decoded : decoded.payload;
      },
    },
  });

  // -- The network, when it is allowed -------------------------------------

  const requests = new Map();
  let lastRequest = 0;

  function request(url, { method = 'GET', headers = {}, body = undefined } = {}) {
    lastRequest += 1;
    const id = lastRequest;
    const wanted = stringify({
      url: String(url),
      method: String(method),
      headers: Object.entries(headers).map(([name, value]) => [name, String(value)]),
      body: body === undefined || body === null ? undefined : String(body),
    });
    return new Promise((done, fail) => {
      requests.set(id, { done, fail });
      cross(outside.request, id, wanted);
    });
  }

  function settleRequest(id, text) {
    const waiting = requests.get(id);
    if (!waiting) return;
    requests.delete(id);
    const answer = parse(text);
    if (answer.error === undefined) {
      waiting.done(answer);
    } else {
      waiting.fail(new TypeError(answer.error));
    }
  }

  async function fetch(url, options) {
    const answer = await request(url, options);
    const headers = new Map(answer.headers);
    return {
      ok: answer.status >= 200 && answer.status < 300,
      status: answer.status,
      headers: {
        get: (name) => headers.get(String(name).toLowerCase()) ?? null,
        has: (name) => headers.has(String(name).toLowerCase()),
      },
      text: async () => answer.body,
      json: async () => parse(answer.body),
    };
  }

  // One method of context.http: {url, headers: {name: [values]}, body,
  // encodeBodyAsJSON}.
  async function http(method, { url, headers = {}, body, encodeBodyAsJSON = false }) {
    const flat = Object.fromEntries(
      Object.entries(headers).map(([name, values]) => [name, [values].flat().join(', ')]));
    const answer = await request(url, {
      method,
      headers: flat,
      body: encodeBodyAsJSON ? stringify(toExtended(body)) : body,
    });
    return {
      status: String(answer.status),
      statusCode: answer.status,
      headers: Object.fromEntries(answer.headers.map(([name, value]) => [name, [value]])),
      body: { text: () => answer.body },
    };
  }

  // -- Functions of the app ------------------------------------------------

  const exported = new Map();

  function require(name) {
    throw new Error(`require('${name}'): modules are not supported by latchkey-functions`);
  }

  function load(name) {
    if (typeof name !== 'string') throw new TypeError('the name of a function is a string');
    if (exported.has(name)) return exported.get(name);
    const compiled = cross(outside.compile, name);
    if (typeof compiled === 'string') throw new SyntaxError(compiled);
    if (compiled === undefined) throw new ReferenceError(`there is no function ${name}`);
    const module = { exports: {} };
    const found = compiled(module.exports, module, require)
      .find((value) => typeof value === 'function');
    if (!found) throw new TypeError(`${name}.js does not assign a function to exports`);
    exported.set(name, found);
    return found;
  }

  const missing = (what) => () => {
    throw new Error(`${what} in latchkey-functions`);
  };
  const settings = parse(contextText);
  const values = new Map(Object.entries(settings.values));
  const context = {
    app: { id: '', clientAppId: settings.app, name: settings.app.replace(/-[a-z]{5}$/, '') },
    environment: { tag: settings.environment.tag, values: settings.environment.values },
    functions: { execute: (name, ...args) => apply(load(name), undefined, args) },
    http: {},
    request: {},
    runningAsSystem: () => true,
    services: { get: missing('context.services is not supported') },
    user: { id: '', type: 'system', data: {}, custom_data: {}, identities: [] },
    values: { get: (name) => values.get(name) },
  };
  for (const method of ['get', 'post', 'put', 'patch', 'delete', 'head']) {
    context.http[method] = settings.network
      ? (options) => http(method.toUpperCase(), options)
      : missing('context.http is not allowed (--allow-network)');
  }
  global('context', context);
  if (settings.network) global('fetch', fetch);

  // Calls one function; the answer goes outside as JSON.
  async function run(name, argsText) {
    let answer;
    try {
      const entry = load(name);
      answer = await apply(entry, undefined, parse(argsText, fromExtended));
    } catch (error) {
      outside.fail('threw', textOf(error));
      return;
    }
    try {
      outside.done(stringify(answer) ?? 'null');
    } catch {
      outside.fail('nonsense', 'the answer cannot be written as JSON');
    }
  }

  return { run, fire, settleRequest };
})
