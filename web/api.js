/** The page speaks to the server as any client does; the session travels in its cookie. */
export class Problem extends Error {
  constructor(document) {
    super(document.detail ?? document.title ?? 'HTTP error');
    this.code = document.code ?? 'unreachable';
    this.status = document.status ?? 0;
    this.document = document;
  }
}

async function call(method, path, body) {
  let response;
  try {
    response = await fetch(path, {
      method,
      headers: body === undefined ? {} : { 'Content-Type': 'application/json' },
      body: body === undefined ? undefined : JSON.stringify(body),
    });
  } catch {
    throw new Problem({ code: 'unreachable', detail: '无法连接服务器 The server cannot be reached' });
  }
  const text = await response.text();
  const json = text === '' ? {} : JSON.parse(text);
  if (!response.ok) throw new Problem({ status: response.status, ...json });
  return json;
}

const item = (id) => `/v1/review/${encodeURIComponent(id)}`;

export const api = {
  who: () => call('GET', '/v1/session'),
  signIn: (account, password) => call('POST', '/v1/session', { account, password }),
  signOut: () => call('DELETE', '/v1/session'),
  reasons: () => call('GET', '/v1/review/reasons'),
  alarms: () => call('GET', '/v1/review/alarms?limit=50'),
  queue: (query) => call('GET', `/v1/review/queue?${new URLSearchParams(query)}`),
  claim: (wish) => call('POST', '/v1/review/claim', wish),
  look: (id) => call('GET', item(id)),
  heartbeat: (id) => call('POST', `${item(id)}/heartbeat`),
  giveBack: (id) => call('POST', `${item(id)}/release`),
  decide: (id, decision) => call('POST', `${item(id)}/decision`, decision),
  undo: (id) => call('POST', `${item(id)}/undo`, {}),
  packageUrl: (id) => `${item(id)}/package`,
};
