// Talks to the lab. It is on the gateway's second listener: same origin behind a proxy, else another port of this host.

const TOKEN = 'flashwire.token';

export class Denied extends Error {}
export class Refusal extends Error {
  constructor(status, body) {
    super(body.message || `HTTP ${status}`);
    this.status = status;
    this.code = body.error;
  }
}

export const token = {
  get: () => sessionStorage.getItem(TOKEN),
  set: (value) => (value === null ? sessionStorage.removeItem(TOKEN) : sessionStorage.setItem(TOKEN, value)),
};

let base = '';

async function request(path, { body, signal } = {}) {
  const headers = {};
  if (token.get()) headers.Authorization = `Bearer ${token.get()}`;
  if (body !== undefined) headers['Content-Type'] = 'application/json';
  const answer = await fetch(`${base}/v1/lab${path}`, {
    method: body === undefined ? 'GET' : 'POST', headers, signal, cache: 'no-store', body: body === undefined ? undefined : JSON.stringify(body),
  });
  if (answer.ok) return answer;
  const told = await answer.json().catch(() => ({}));
  if (answer.status === 401) throw new Denied(told.message);
  throw new Refusal(answer.status, told);
}

export async function status() {
  const told = await (await request('')).json();
  if (!told.elsewhere) return told;
  base = `${location.protocol}//${location.hostname}:${told.elsewhere}`;
  return (await request('')).json();
}
export const open = async (query) => (await request(`/rule?${new URLSearchParams(query)}`)).json();
export const post = async (what, body, signal) => (await request(`/${what}`, { body, signal })).json();

// Calls back with each event of a trial, as it comes.
export async function trial(body, signal, hear) {
  const answer = await request('/try', { body, signal });
  const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = '';
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    const lines = (rest + value).split('\n');
    rest = lines.pop();
    for (const line of lines) hear(JSON.parse(line));
  }
}
