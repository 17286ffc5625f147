// The connection: says hello with a cursor, resumes with it after any break, and never trusts silence.
// Nothing here touches the document.

const VERSION = 1;
const FIRST_WAIT = 500; // ms; doubled at each failure, drawn at random below it (full jitter)
const LONGEST_WAIT = 20_000;
const STEADY = 30_000; // ms connected after which failures are forgotten
const GRACE = 10_000; // ms over one heartbeat interval without a byte: the connection is dead
const HELLO_WITHIN = 10_000;

// Whether to come back after a close code; as in protocol.md.
export function mayReconnect(code) {
  if ([1000, 1001, 1005, 1006, 1011, 1012, 1013].includes(code)) return true;
  return code >= 4000 && code < 4500;
}

// Emits: state {state, ...}, welcome, alert {seq, alert}, gap, lag, beat, denied {why}.
export class Stream extends EventTarget {
  constructor(url, { cursor = null, token = () => null, subscriptions = { all: {} } } = {}) {
    super();
    this.url = url;
    this.cursor = cursor; // "epoch:seq"
    this.token = token;
    this.subscriptions = subscriptions;
    this.skew = 0; // ms to add to our clock to have the server's
    this.heard = 0;
    this.failures = 0;
    this.socket = null;
    this.timer = 0;
    this.retryAt = 0;
  }

  connect() {
    clearTimeout(this.timer);
    this.close();
    this.emit('state', { state: this.failures ? 'reconnecting' : 'connecting', at: 0 });
    const socket = new WebSocket(this.url, ['alerts.v1']);
    this.socket = socket;
    this.heard = Date.now();
    this.patience = HELLO_WITHIN;
    socket.onopen = () => this.hello(socket);
    socket.onmessage = (event) => socket === this.socket && this.hear(JSON.parse(event.data));
    socket.onclose = (event) => socket === this.socket && this.lost(event.code, event.reason);
  }

  close() {
    const socket = this.socket;
    this.socket = null;
    if (socket) socket.close();
  }

  hello(socket) {
    const hello = { type: 'hello', version: VERSION, client: 'page/1', subscriptions: this.subscriptions };
    if (this.cursor) hello.cursor = this.cursor;
    const token = this.token();
    if (token) hello.token = token;
    socket.send(JSON.stringify(hello));
  }

  hear(frame) {
    this.heard = Date.now();
    switch (frame.type) {
      case 'welcome': return this.welcomed(frame);
      case 'alert':
        this.emit('alert', frame);
        return this.moveTo(frame.seq); // after it was shown: at least once
      case 'heartbeat':
        this.moveTo(frame.seq);
        return this.emit('beat', frame);
      case 'live':
        this.moveTo(frame.seq);
        return this.emit('state', { state: 'live' });
      case 'lag': return this.emit('state', { state: 'catching', behind: frame.behind });
      case 'gap':
        this.emit('gap', frame);
        return this.jumpTo(frame.next - 1);
      case 'bye': this.spread = frame.retry_ms; return;
      case 'error': this.reason = frame.message; return;
    }
  }

  welcomed(frame) {
    this.skew = frame.now - Date.now();
    this.patience = frame.heartbeat * 1000 + GRACE;
    this.epoch = frame.epoch;
    this.head = frame.head;
    this.steady = Date.now();
    this.spread = this.reason = null;
    if (frame.resume.ok) this.jumpTo(frame.resume.from);
    this.emit('welcome', frame);
    const behind = frame.head - frame.resume.from;
    if (behind > 0) this.emit('state', { state: 'catching', behind });
  }

  jumpTo(seq) {
    this.seq = seq;
    this.cursor = `${this.epoch}:${seq}`;
    this.emit('cursor', this.cursor);
  }

  moveTo(seq) {
    if (seq > this.seq) this.jumpTo(seq);
  }

  lost(code, reason) {
    this.socket = null;
    const why = this.reason || reason || '';
    if (code === 4501 || code === 4002) return this.emit('denied', { why, ended: code === 4002 });
    if (!mayReconnect(code)) return this.emit('state', { state: 'stopped', code, why });
    this.again();
  }

  // Full jitter, unless the server said when.
  again() {
    if (this.steady && Date.now() - this.steady > STEADY) this.failures = 0;
    this.steady = 0;
    const [least, most] = this.spread || [0, Math.min(LONGEST_WAIT, FIRST_WAIT * 2 ** this.failures)];
    const wait = least + Math.random() * (most - least);
    this.failures += 1;
    this.spread = null;
    this.retryAt = Date.now() + wait;
    this.emit('state', { state: 'reconnecting', at: this.retryAt });
    this.timer = setTimeout(() => this.connect(), wait);
  }

  // To be called every second: browsers show no pings, and a dead connection may look open for minutes.
  watch() {
    if (!this.socket || Date.now() - this.heard < this.patience) return;
    this.emit('state', { state: 'silent', seconds: Math.round((Date.now() - this.heard) / 1000) });
    this.close();
    this.again();
  }

  // The network is back, or the tab is seen again: do not sit out the wait.
  hurry() {
    if (!this.socket && this.retryAt) this.connect();
  }

  emit(type, detail) {
    this.dispatchEvent(new CustomEvent(type, { detail }));
  }
}
