// A forwarder between a client and latchkeyd that notes every exchange, so that
// a test sees what an unmodified client sent and what it was told.
import http from 'node:http';

const BASE = '/api/client/v2.0/';
// Some clients repeat a request as long as its answer invites them to.
const MOST_EXCHANGES = 40;

export class Wire {
  #server = http.createServer((request, response) => {
    this.#forward(request, response).catch((error) => {
      response.writeHead(502, { 'content-type': 'text/plain' });
      response.end(String(error));
    });
  });
  #kinds = new Map();
  #watching = false;

  // The exchanges of this or the last `during`:
  // {method, path, headers, bearer, body, status, type, answer}.
  exchanges = [];

  static async start() {
    const wire = new Wire();
    await new Promise((done) => wire.#server.listen(0, '127.0.0.1', done));
    wire.url = `http://127.0.0.1:${wire.#server.address().port}`;
    return wire;
  }

  // Where to, and whose log is to hold no secret of what passes.
  forwardTo(daemon) {
    this.daemon = daemon;
  }

  async stop() {
    this.#server.closeAllConnections();
    await new Promise((done) => this.#server.close(done));
  }

  // What passes while `action` runs, one line an exchange: method, path, kind
  // of the bearer ("-": none) and status. Preflights only when asked for.
  async during(action, { preflights = false } = {}) {
    this.exchanges = [];
    this.#watching = true;
    await action().finally(() => { this.#watching = false; });
    return this.exchanges
      .filter(({ method }) => preflights || method !== 'OPTIONS')
      .map(({ method, path, bearer, status }) => `${method} ${path} ${bearer} ${status}`);
  }

  #bearerOf({ authorization }) {
    if (authorization === undefined) return '-';
    const token = authorization.replace(/^Bearer ?/, '');
    if (token.length >= 8) this.daemon.secrets.add(token);
    return this.#kinds.get(token) ?? (token.split('.').length === 3 ? 'other' : token);
  }

  #learn(answer) {
    if (answer?.access_token) this.#kinds.set(answer.access_token, 'access');
    if (answer?.refresh_token) this.#kinds.set(answer.refresh_token, 'refresh');
  }

  async #forward(request, response) {
    const body = await textOf(request);
    if (this.#watching && this.exchanges.length >= MOST_EXCHANGES) {
      response.writeHead(508).end();
      return;
    }
    const exchange = {
      method: request.method,
      path: request.url.replace(BASE, '').replace(/^app\/[^/]+/, 'app'),
      headers: request.headers,
      bearer: this.#bearerOf(request.headers),
      body: parsed(body),
    };
    if (this.#watching) this.exchanges.push(exchange);
    const answer = await new Promise((done, fail) => {
      http.request(`${this.daemon.http}${request.url}`,
        { method: request.method, headers: request.headers }, done)
        .on('error', fail).end(body);
    });
    const text = await textOf(answer);
    exchange.status = answer.statusCode;
    exchange.type = answer.headers['content-type'];
    exchange.answer = parsed(text);
    this.#learn(exchange.answer);
    this.daemon.noteText(body);
    this.daemon.noteText(text);
    const headers = { ...answer.headers };
    delete headers.connection;
    delete headers['transfer-encoding'];
    response.writeHead(answer.statusCode, headers);
    response.end(text);
  }
}

async function textOf(message) {
  const chunks = [];
  for await (const chunk of message) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}

function parsed(text) {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
