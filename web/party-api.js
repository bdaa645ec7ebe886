/** The page speaks to the server as any client does; its token is kept in this window and nowhere else. */
import { Problem } from './api.js';

let token;

async function call(method, path, body) {
  let response;
  try {
    response = await fetch(path, {
      method,
      headers: {
        Accept: 'application/json',
        ...(token === undefined ? {} : { Authorization: `Bearer ${token}` }),
        ...(body === undefined ? {} : { 'Content-Type': 'application/json' }),
      },
      body: body === undefined ? undefined : JSON.stringify(body),
    });
  } catch {
    throw new Problem({ code: 'unreachable', detail: 'The server cannot be reached' });
  }
  const text = await response.text();
  const json = text === '' ? {} : JSON.parse(text);
  if (!response.ok) throw new Problem({ status: response.status, ...json });
  return json;
}

export const party = {
  async enter(incident, code) {
    token = undefined;
    token = (await call('POST', '/v1/party/session', { incident, code })).token;
  },
  async leave() {
    await call('DELETE', '/v1/party/session').catch(() => {});
    token = undefined;
  },
  look: () => call('GET', '/v1/party/case'),
  trail: () => call('GET', '/v1/party/case/trail'),
  speak: (kind, text) => call('POST', '/v1/party/case/statements', { kind, text }),
  /** The bytes of the copy, once it is there; `waiting` hears of every second look. */
  async copy(waiting) {
    for (let looks = 0; looks < 60; looks++) {
      const answer = await call('GET', '/v1/party/case/copy');
      if (answer.url !== undefined) return fetchBytes(answer);
      waiting();
      await new Promise((resolve) => setTimeout(resolve, answer.retryAfterSeconds * 1000));
    }
    throw new Problem({ code: 'copy-late', detail: 'The copy is not ready yet' });
  },
};

/** The signed link: asked of the house this page came from, by whatever name it knows itself, or of the storage where the copy lies. */
async function fetchBytes({ url, fileName }) {
  const { pathname, search } = new URL(url, window.location.href);
  const response = await fetch(pathname.startsWith('/blobs/') ? `${pathname}${search}` : url);
  if (!response.ok) throw new Problem({ code: 'copy-gone', status: response.status, detail: 'The link ended' });
  return { buffer: await response.arrayBuffer(), fileName };
}
