// A real SMTP server on loopback, with STARTTLS and authentication, that keeps
// the mails it took.
import { SMTPServer } from 'smtp-server';

// For localhost and 127.0.0.1, 2024 to 2124. Made for tests; it guards nothing.
const KEY = `-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQg8XOQH4pEgs+0q/w6
Rb91XE6wb1/viHZEnG8/H9jMxk6hRANCAATAtd3+rL+7+kN+YOnblLeX/LBRtqcW
X/4LF5259MvKOp1ENwfScJJJfvinJaB3eyfmxBIsuchy8+qTtOxFZDjQ
-----END PRIVATE KEY-----
`;
export const CERT = `-----BEGIN CERTIFICATE-----
MIIBaDCCAQ2gAwIBAgIBATAKBggqhkjOPQQDAjAUMRIwEAYDVQQDDAlsb2NhbGhv
c3QwIBcNMjQwMTAxMDAwMDAwWhgPMjEyNDAxMDEwMDAwMDBaMBQxEjAQBgNVBAMM
CWxvY2FsaG9zdDBZMBMGByqGSM49AgEGCCqGSM49AwEHA0IABMC13f6sv7v6Q35g
6duUt5f8sFG2pxZf/gsXnbn0y8o6nUQ3B9Jwkkl++KcloHd7J+bEEiy5yHLz6pO0
7EVkONCjTjBMMA8GA1UdEwEB/wQFMAMBAf8wGgYDVR0RBBMwEYIJbG9jYWxob3N0
hwR/AAABMB0GA1UdDgQWBBRgzrq31AjedrJ4U/VeZFfZYWWX1jAKBggqhkjOPQQD
AgNJADBGAiEAxmIi7NRzzsMlNOkQB8KHB44d6MW4oIxNhnURKHewZ8wCIQDhVeoh
2YDp9E4tAh590AKFd7MkPhlObzH/Qg2ffdejgg==
-----END CERTIFICATE-----
`;
export const LOGIN = { user: 'latchkey', pass: 'smtp-s3cret-0815' };

export class MailServer {
  constructor(options = {}) {
    this.mails = [];
    this.logins = [];
    this.recipients = [];
    this.server = new SMTPServer({
      key: KEY,
      cert: CERT,
      authMethods: ['PLAIN', 'LOGIN'],
      onAuth: (auth, session, done) => {
        this.logins.push({ user: auth.username, secure: session.secure });
        const good = auth.username === LOGIN.user && auth.password === LOGIN.pass;
        done(good ? null : new Error('Invalid username or password'), { user: auth.username });
      },
      onRcptTo: (address, session, done) => {
        this.recipients.push(address.address);
        // The first try of such an address is put off, as greylisting does.
        const again = this.recipients.filter((to) => to === address.address).length > 1;
        if (!address.address.startsWith('grey') || again) return done();
        return done(Object.assign(new Error('Try again later'), { responseCode: 451 }));
      },
      onData: (stream, session, done) => {
        let text = '';
        stream.setEncoding('latin1');
        stream.on('data', (data) => { text += data; });
        stream.on('end', () => {
          this.mails.push({
            from: session.envelope.mailFrom.address,
            to: session.envelope.rcptTo.map(({ address }) => address),
            secure: session.secure,
            ...parse(text),
          });
          done();
        });
      },
      ...options,
    });
    this.server.on('error', () => {}); // clients that hang up
  }

  async start(port = 0) {
    await new Promise((done, fail) => {
      this.server.server.once('error', fail);
      this.server.listen(port, '127.0.0.1', done);
    });
    this.port = this.server.server.address().port;
    return this;
  }

  stop() {
    return new Promise((done) => { this.server.close(done); });
  }

  // The n-th mail, once it is there.
  async mail(n, limitMs = 15_000) {
    const end = Date.now() + limitMs;
    while (this.mails.length < n) {
      if (Date.now() > end) throw new Error(`only ${this.mails.length} mails`);
      await new Promise((done) => { setTimeout(done, 20); });
    }
    return this.mails[n - 1];
  }
}

function headersOf(text) {
  const headers = {};
  for (const line of text.replaceAll(/\r\n[ \t]+/g, ' ').split('\r\n')) {
    const colon = line.indexOf(':');
    const name = line.slice(0, colon).toLowerCase();
    if (name in headers) throw new Error(`header ${name} twice`);
    headers[name] = line.slice(colon + 1).trim();
  }
  return headers;
}

function decodeWords(text) {
  return text.replaceAll('?= =?', '?==?')
    .replaceAll(/=\?utf-8\?B\?([^?]*)\?=/g, (_, word) => Buffer.from(word, 'base64').toString());
}

// Headers and the bodies by their type.
function parse(text) {
  const split = (part) => {
    const at = part.indexOf('\r\n\r\n');
    return [headersOf(part.slice(0, at)), part.slice(at + 4)];
  };
  const [headers, body] = split(text);
  const bodies = {};
  const add = (of, encoded) => {
    const type = of['content-type'].split(';')[0];
    bodies[type] = Buffer.from(encoded, 'base64').toString();
  };
  const boundary = headers['content-type'].match(/boundary="([^"]+)"/)?.[1];
  if (boundary) {
    for (const part of body.split(`--${boundary}`).slice(1, -1)) {
      add(...split(part.replace(/^\r\n/, '')));
    }
  } else {
    add(headers, body);
  }
  return { headers, subject: decodeWords(headers.subject), bodies };
}
