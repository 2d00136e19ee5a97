// A person with a browser and MongoDB's own client code: the very plugin that
// its shell and Compass use.
import { createMongoDBOIDCPlugin } from '@mongodb-js/oidc-plugin';

const MOST_STEPS = 25;

// The first form of a page as {action, fields}, with `fill` in place of empty
// fields; null when there is none.
function firstForm(html, fill) {
  const form = html.match(/<form[^>]*action="([^"]+)"[^>]*>([\s\S]*?)<\/form>/);
  if (!form) return null;
  const fields = new URLSearchParams();
  for (const [input] of form[2].matchAll(/<input[^>]*>/g)) {
    const name = input.match(/name="([^"]+)"/)?.[1];
    const value = input.match(/value="([^"]*)"/)?.[1];
    if (name) fields.set(name, fill[name] ?? value ?? '');
  }
  return { action: form[1].replaceAll('&amp;', '&'), fields };
}

// Follows redirects and submits forms, with a cookie jar for each host.
export async function browse(start, fill = {}) {
  const jars = new Map();
  let url = start;
  let method = 'GET';
  let body;
  for (let step = 0; step < MOST_STEPS; step += 1) {
    const { host } = new URL(url);
    const jar = jars.get(host) ?? new Map();
    jars.set(host, jar);
    const answer = await fetch(url, {
      method,
      body,
      redirect: 'manual',
      headers: {
        accept: 'text/html',
        cookie: [...jar].map((pair) => pair.join('=')).join('; '),
      },
    });
    for (const cookie of answer.headers.getSetCookie()) {
      const [pair] = cookie.split(';');
      jar.set(pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1));
    }
    const text = await answer.text();
    if (answer.status >= 300 && answer.status < 400) {
      url = new URL(answer.headers.get('location'), url).href;
      if (answer.status !== 307) [method, body] = ['GET', undefined];
      continue;
    }
    const form = answer.status === 200 ? firstForm(text, fill) : null;
    if (!form) return { status: answer.status, text };
    url = new URL(form.action, url).href;
    [method, body] = ['POST', form.fields];
  }
  throw new Error(`no end of redirects at ${url}`);
}

// The callback that a MongoDB driver is given for people. `opened` collects the
// URLs that the browser was sent to.
export function newPerson(options = {}) {
  const opened = [];
  const plugin = createMongoDBOIDCPlugin({
    openBrowser: async ({ url }) => {
      opened.push(url);
      // In its own time, as a browser would.
      browse(url).catch(() => {});
    },
    notifyDeviceFlow: ({ verificationUrl, userCode }) => {
      opened.push(verificationUrl);
      browse(verificationUrl, { user_code: userCode, confirm: 'yes' }).catch(() => {});
    },
    ...options,
  });
  const callback = plugin.mongoClientOptions
    .authMechanismProperties.OIDC_HUMAN_CALLBACK;
  return {
    opened,
    // `oidc` is the answer of DescribeLogin.
    ask: (oidc, more = {}) => callback({
      version: 1,
      idpInfo: {
        issuer: oidc.issuer,
        clientId: oidc.clientId,
        requestScopes: oidc.requestScopes,
      },
      ...more,
    }),
  };
}
