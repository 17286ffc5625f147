// Alerts of a Flashwire gateway; see alerts.d.ts.
const GRACE = 1e4; // ms over one heartbeat

export const mayReconnect = (code) => /^(10(0[0156]|1[1-4])|4[0-4]..)$/.test(code);

const refused = (code, message) => Object.assign(new Error(message), { code });

export class AlertStream extends EventTarget {
  #ws;
  #timer;
  #seq;
  #req = 0;
  #failures = 0;
  #asked = new Map(); // req -> [frame, resolve, reject]
  #known = new Map(); // id -> newest revision

  state = 'closed';
  subscriptions = { main: {} };

  constructor(url, options) {
    super();
    Object.assign(this, { url }, options);
  }

  connect() {
    this.#drop();
    this.session = this.bye = null;
    this.#tell('connecting');
    let ws = (this.#ws = {}); // a gateway does not wait for tokens
    const mine = (act) => (event) => ws === this.#ws && act(event);
    const open = mine((token) => {
      ws = this.#ws = new WebSocket(this.url, ['alerts.v1']);
      ws.onopen = mine(() => {
        const { cursor, onGap: on_gap, client, subscriptions } = this;
        this.#send({ type: 'hello', version: 1, token, cursor, on_gap, client, subscriptions });
        this.#watch(3 * GRACE);
      });
      ws.onmessage = mine(({ data }) => this.#hear(JSON.parse(data)));
      ws.onclose = mine(({ code, reason }) => this.#lost(code, reason));
      this.#watch(GRACE);
    });
    this.#token().then(open, mine((error) => this.#lost(1006, `${error}`)));
  }

  close() {
    this.#drop();
    this.#end('closed', 1000, 'closed');
  }

  async subscribe(id, filter) {
    const { seq } = await this.ask(filter ? 'subscribe' : 'unsubscribe', { id, filter });
    this.subscriptions = { ...this.subscriptions, [id]: filter };
    return seq;
  }

  act({ id, revision }, what, more) {
    return this.ask('action', { id: Date.now() + '-' + Math.random(), alert: id, revision, do: what, ...more });
  }

  ask(type, more) {
    return new Promise((resolve, reject) => {
      const frame = { ...more, type, req: ++this.#req };
      this.#asked.set(frame.req, [frame, resolve, reject]);
      if (this.session) this.#send(frame);
    });
  }

  #send(frame) {
    this.#ws?.send(JSON.stringify(frame, (_, value) => value ?? undefined));
  }

  async #token() {
    return this.token?.call ? this.token() : this.token;
  }

  async #hear(frame) {
    const { type, seq, alert, req, why, next } = frame;
    if (type === 'welcome') this.#welcomed(frame);
    else if (req) this.#answer(frame);
    else if (type === 'bye') this.bye = frame;
    else if (why === 'epoch') this.#known.clear();
    if (type !== 'alert' || this.#isNews(alert)) this.#emit(type, frame);
    if (type === 'gap') this.#moveTo(next - 1);
    else if (!req && seq > this.#seq) this.#moveTo(seq); // handled: at least once
    if (type === 'live') this.#tell(type);
    if (type === 'heartbeat') this.#failures = 0;
    if (type === 'lag') this.#tell('catching-up', frame);
    this.#watch((this.session?.heartbeat ?? 0) * 1000 + GRACE);
    if (type === 'expiring' && this.token?.call) this.#send({ type: 'auth', req: 0, token: await this.#token() });
  }

  #isNews({ id, revision }) {
    const known = this.#known;
    const news = !(known.get(id) >= revision);
    if (news && known.set(id, revision).size > 2e4) known.delete(known.keys().next().value);
    return news;
  }

  #answer({ type, req, code, message, ...frame }) {
    const [, resolve, reject] = this.#asked.get(req) ?? [];
    if (!resolve || code === 'pending') return;
    this.#asked.delete(req);
    type === 'error' ? reject(refused(code, message)) : resolve(frame);
  }

  #welcomed(frame) {
    const again = this.session; // only the epoch is new
    const { from, ok } = frame.resume;
    this.session = frame;
    this.#seq = from;
    if (ok) this.#moveTo(from);
    if (again) return;
    this.#tell('catching-up', { behind: frame.head - from });
    this.#asked.forEach(([asked]) => this.#send(asked));
  }

  #moveTo(seq) {
    this.#seq = seq;
    this.cursor = this.session.epoch + ':' + seq;
    this.#emit('cursor', this.cursor);
  }

  #lost(code, why) {
    this.#drop();
    if (!mayReconnect(code) || (code === 4002 && !this.token?.call)) return this.#end('stopped', code, why);
    const [least, most] = this.bye?.retry_ms ?? [0, Math.min(2e4, 500 * 2 ** this.#failures++)];
    const wait = least + Math.random() * (most - least); // full jitter
    this.#timer = setTimeout(() => this.connect(), wait);
    this.#tell('waiting', { code, why, until: Date.now() + wait });
  }

  #end(state, code, why) {
    this.#asked.forEach(([, , reject]) => reject(refused(code, why)));
    this.#asked.clear();
    this.#tell(state, { code, why });
  }

  #watch(ms) {
    if (!this.#ws) return;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#lost(1006, 'silent'), ms);
  }

  #drop() {
    clearTimeout(this.#timer);
    this.#ws?.close?.();
    this.#ws = null;
  }

  #tell(state, more) {
    this.state = state;
    this.#emit('state', { ...more, state });
  }

  #emit(type, detail) {
    this.dispatchEvent(new CustomEvent(type, { detail }));
  }
}
