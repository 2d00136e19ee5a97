// The process of one call. It is given to node as text (--eval), so that the
// process needs no file; lib/child.mjs starts it.
//
// Lines of JSON: on standard input what to prepare, then what to call; on
// standard output what functions log and how the call ended. Between the two
// it only waits.
(function main() {
  'use strict';

  const fs = require('node:fs');
  const vm = require('node:vm');
  const crypto = require('node:crypto');
  const { builtinModules } = require('node:module');
  const {
    Buffer, URL, fetch, setTimeout, setInterval, clearTimeout,
  } = globalThis;
  const me = globalThis.process;
  const exit = me.reallyExit.bind(me);

  const MOST_REPLY_BYTES = 1 << 20;

  // -- Lines ---------------------------------------------------------------

  let rest = Buffer.alloc(0);

  // Waits for a line; the end of the input is the end of this process.
  function readLine() {
    const parts = [rest];
    while (!parts.at(-1).includes(10)) {
      const part = Buffer.allocUnsafe(1 << 16);
      const length = fs.readSync(0, part);
      if (length === 0) exit(0);
      parts.push(part.subarray(0, length));
    }
    const all = Buffer.concat(parts);
    const end = all.indexOf(10);
    rest = all.subarray(end + 1);
    return JSON.parse(all.toString('utf8', 0, end));
  }

  function writeLine(message) {
    const line = Buffer.from(`${JSON.stringify(message)}\n`);
    let written = 0;
    while (written < line.length) {
      written += fs.writeSync(1, line, written);
    }
  }

  // -- Cryptography: a few operations on texts ------------------------------

  const HASHES = new Set(['md5', 'sha1', 'sha256', 'sha384', 'sha512']);

  function hashName(name) {
    if (!HASHES.has(name)) throw new Error(`unknown hash function ${name}`);
    return name;
  }

  const JWT = /^(HS|RS|PS|ES)(256|384|512)$/;

  function algorithm(alg) {
    const [, family, bits] = JWT.exec(alg) ?? [];
    if (!family) throw new Error(`unknown algorithm ${alg}`);
    const options = {};
    if (family === 'ES') options.dsaEncoding = 'ieee-p1363';
    if (family === 'PS') {
      options.padding = crypto.constants.RSA_PKCS1_PSS_PADDING;
      options.saltLength = crypto.constants.RSA_PSS_SALTLEN_DIGEST;
    }
    return { family, hash: `sha${bits}`, options };
  }

  const KEY_TYPES = { RS: ['rsa'], PS: ['rsa', 'rsa-pss'], ES: ['ec'] };

  // A key of the family, so that a token cannot choose another use of it.
  function keyOf(make, key, family) {
    const made = make(key);
    if (!KEY_TYPES[family].includes(made.asymmetricKeyType)) {
      throw new Error(`the key is not for ${family}`);
    }
    return made;
  }

  function mac(hash, key, text) {
    return crypto.createHmac(hash, key).update(text).digest();
  }

  function jwtSign(alg, text, key) {
    const { family, hash, options } = algorithm(alg);
    if (family === 'HS') return mac(hash, key, text);
    return crypto.sign(hash, Buffer.from(text),
      { key: keyOf(crypto.createPrivateKey, key, family), ...options });
  }

  function jwtHolds(alg, text, key, signature) {
    const { family, hash, options } = algorithm(alg);
    if (family === 'HS') {
      // A public key is no secret: with it anybody could have made the token.
      if (/-----BEGIN /.test(key)) return false;
      const expected = mac(hash, key, text);
      return signature.length === expected.length
        && crypto.timingSafeEqual(signature, expected);
    }
    return crypto.verify(hash, Buffer.from(text),
      { key: keyOf(crypto.createPublicKey, key, family), ...options }, signature);
  }

  const encoded = (value) => Buffer.from(JSON.stringify(value)).toString('base64url');

  function jwtDecode(token, key, algorithms) {
    const parts = String(token).split('.');
    if (parts.length !== 3) throw new Error('not a JWT');
    const header = JSON.parse(Buffer.from(parts[0], 'base64url').toString());
    if (algorithms !== null && !algorithms.includes(header.alg)) {
      throw new Error('the algorithm is not accepted');
    }
    if (!jwtHolds(header.alg, `${parts[0]}.${parts[1]}`, key,
      Buffer.from(parts[2], 'base64url'))) {
      throw new Error('the signature is wrong');
    }
    return { header, payload: JSON.parse(Buffer.from(parts[1], 'base64url').toString()) };
  }

  const OPERATIONS = {
    hash: (name, text) => crypto.createHash(hashName(name)).update(text).digest('base64'),
    hmac: (text, key, name, format) => (
      mac(hashName(name), key, text).toString(format === 'hex' ? 'hex' : 'base64')),
    hex: (base64) => Buffer.from(base64, 'base64').toString('hex'),
    text: (base64) => Buffer.from(base64, 'base64').toString('utf8'),
    jwtEncode: (alg, payload, key, header) => {
      const text = `${encoded({ ...header, alg, typ: 'JWT' })}.${encoded(payload)}`;
      return `${text}.${jwtSign(alg, text, key).toString('base64url')}`;
    },
    jwtDecode,
  };

  function operate(name, argsText) {
    try {
      return JSON.stringify({ value: OPERATIONS[name](...JSON.parse(argsText)) });
    } catch (error) {
      return JSON.stringify({ error: String(error?.message ?? 'failed') });
    }
  }

  // -- One call ------------------------------------------------------------

  class Call {
    constructor({ sandbox, app, functions, values, environment, network, limits }) {
      this.sources = new Map(functions);
      this.limits = limits;
      this.network = network;
      this.logged = 0;
      this.over = false;
      this.timers = new Map();
      this.context = vm.createContext(Object.create(null), {
        codeGeneration: { strings: false, wasm: false },
      });
      const boot = new vm.Script(sandbox, { filename: 'sandbox' }).runInContext(this.context);
      this.inside = boot(this.outside(), JSON.stringify({
        app, values, environment, network,
      }));
    }

    // What lib/sandbox.cjs may call. Nothing here gives an object of this side.
    outside() {
      return {
        log: (level, text) => this.log(String(level), String(text)),
        startTimer: (id, milliseconds, again) => {
          const start = again ? setInterval : setTimeout;
          this.timers.set(id, start(() => this.inside.fire(id), milliseconds));
        },
        stopTimer: (id) => {
          clearTimeout(this.timers.get(id));
          this.timers.delete(id);
        },
        randomHex: (bytes) => crypto.randomBytes(bytes).toString('hex'),
        crypto: operate,
        compile: (name) => this.compile(name),
        request: (id, text) => { this.request(id, text); },
        done: (text) => this.done(text),
        fail: (kind, text) => this.end({ failed: String(kind), text: String(text) }),
      };
    }

    log(level, text) {
      if (this.logged >= this.limits.logCharacters) return;
      const room = this.limits.logCharacters - this.logged;
      const kept = text.length <= room ? text : `${text.slice(0, room)}…`;
      this.logged += kept.length + 1;
      writeLine({ level, log: kept });
    }

    done(text) {
      if (text.length > this.limits.answerCharacters) {
        this.end({ failed: 'nonsense', text: 'the answer is too large' });
      } else {
        this.end({ answer: text });
      }
    }

    end(message) {
      if (this.over) return;
      this.over = true;
      writeLine(message);
      exit(0);
    }

    // A function of the context; a text about what is wrong; or undefined.
    compile(name) {
      if (!this.sources.has(name)) return undefined;
      try {
        return vm.compileFunction(
          `${this.sources.get(name)}\n;return [exports, module.exports];`,
          ['exports', 'module', 'require'],
          { parsingContext: this.context, filename: `functions/${name}.js` });
      } catch (error) {
        return `${name}.js: ${error?.message}`;
      }
    }

    async request(id, text) {
      let answer;
      try {
        answer = await this.exchange(JSON.parse(text));
      } catch (error) {
        answer = { error: String(error?.cause?.code ?? error?.message ?? 'failed') };
      }
      this.inside.settleRequest(id, JSON.stringify(answer));
    }

    async exchange({ url, method, headers, body }) {
      if (!this.network) throw new Error('the network is not allowed');
      if (!/^https?:$/.test(new URL(url).protocol)) throw new Error('only http and https');
      const reply = await fetch(url, { method, headers, body });
      const chunks = [];
      let size = 0;
      for await (const chunk of reply.body ?? []) {
        size += chunk.length;
        if (size > MOST_REPLY_BYTES) throw new Error('the reply is too large');
        chunks.push(chunk);
      }
      return {
        status: reply.status,
        headers: [...reply.headers],
        body: Buffer.concat(chunks).toString('utf8'),
      };
    }

    // {function, args}, or {check: true}: compiles all of them, runs none.
    run(job) {
      if (job.check) {
        const wrong = [...this.sources.keys()].map((name) => this.compile(name))
          .filter((result) => typeof result === 'string');
        this.end({ answer: JSON.stringify(wrong) });
        return;
      }
      this.inside.run(job.function, job.args);
    }
  }

  // -- What must not be found, should anything of this side leak ------------

  function forget(object, names) {
    for (const name of names) Reflect.deleteProperty(object, name);
  }

  function forgetMostOfNode() {
    forget(globalThis, ['require', 'module', 'exports', 'process', 'WebSocket', 'EventSource',
      ...builtinModules]);
    // process could be come by in other ways.
    forget(me, ['binding', '_linkedBinding', 'dlopen', 'getBuiltinModule', 'kill', '_kill',
      'mainModule', 'openStdin', 'report']);
  }

  // Errors of this side are the one thing that can leak (of a full stack, of
  // import()), and these are what can be reached from an error.
  function forgetTheRest() {
    forget(globalThis, ['Buffer', 'fetch', 'BroadcastChannel', 'MessageChannel']);
    // Sockets, which are a way to the network.
    forget(me, ['stdin', 'stdout', 'stderr']);
    for (const kind of [Object, Function]) Object.freeze(kind.prototype);
    for (const kind of [Object, Function, Error, EvalError, RangeError, ReferenceError,
      SyntaxError, TypeError, URIError]) {
      Object.freeze(kind);
    }
  }

  const call = new Call(readLine());
  me.on('unhandledRejection', () => call.log('error', 'a promise was rejected and nobody looked'));
  me.on('uncaughtException', () => call.end({ failed: 'threw', text: 'an uncaught error' }));
  me.on('beforeExit', () => call.end({ failed: 'unsettled', text: 'its promise never settles' }));
  const job = readLine();
  forgetMostOfNode();
  // fetch loads much of Node.js late, which counts on all of this.
  if (!call.network) forgetTheRest();
  // Whoever started this would have ended it by then, if it were still there.
  setTimeout(() => exit(1), job.endsInMs * 2).unref();
  call.run(job);
}());
