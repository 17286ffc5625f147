// A column: a filter, a stream of its own, and the list of what came. The server alone decides what matches a filter:
// so each column is one subscription, with its own cursor, which resumes and tells of gaps by itself.

import { AlertStream } from '/client/alerts.js';
import { card, echo, gapRow } from '/page/card.js';
import { Frame } from '/page/frame.js';
import { List } from '/page/list.js';
import { ERA, begin, catchUpOnHistory, loadOlder } from '/page/past.js';
import { browser, tab } from '/page/remote.js';
import { panels } from '/page/unfold.js';

const MOST_ROWS = 10_000;
const HAND = 6000; // ms after the mouse moved over the list, for which it is not touched
const HEARD = ['welcome', 'alert', 'heartbeat', 'live', 'gap', 'lag', 'desk', 'ok', 'error', 'pong', 'trail'];

export class Column {
  // house: {store, now(), who, attention, denied(why), changed(), expiring(seconds), selected(column), nameOf(code)}
  constructor(spec, house) {
    this.spec = spec;
    this.house = house;
    this.unseen = new Set(); // keys of rows that are new to the reader: counted
    this.skipped = new Set(); // those he went past on his way to the newest: marked, but counted no more
    this.waiting = []; // rows kept back while paused or under the reader's hand
    this.paused = false;
    this.gaps = 0;
    this.era = 0;
    this.older = null; // where older alerts go on
    this.link = { state: 'loading', heard: 0, behind: 0 };
    this.frame = new Frame(spec.id, () => this.toNewest());
    for (const part of ['element', 'head', 'scroller', 'number', 'sign']) this[part] = this.frame[part];
    this.scroller.addEventListener('pointermove', (event) => event.pointerType === 'mouse' && this.touched(), { passive: true });
    this.scroller.addEventListener('pointerleave', () => (this.handUntil = 0));
    this.describe();
    this.list = new List(this.scroller, { render: (row, old) => this.render(row, old), seen: (rows) => this.saw(rows), moved: () => this.moved() });
  }

  describe() {
    this.frame.describe(this.spec, this.house.nameOf);
    this.shown = null;
  }

  stream(cursor) {
    if (this.closed) return;
    this.connection?.close();
    const stream = (this.connection = new AlertStream(`${location.protocol === 'https:' ? 'wss' : 'ws'}://${location.host}/v1/stream`, {
      cursor: cursor || undefined, client: 'page/2', subscriptions: { main: this.spec.filter }, token: tab.get('token') || undefined,
    }));
    for (const type of HEARD) stream.addEventListener(type, () => this.heard());
    const on = (type, act) => stream.addEventListener(type, ({ detail }) => this.connection === stream && act(detail));
    on('state', (detail) => this.stated(detail));
    on('welcome', (detail) => this.welcomed(detail));
    on('alert', (detail) => this.take(detail));
    on('gap', (detail) => this.missed(detail));
    on('desk', (detail) => this.house.store.takeSheet(detail));
    on('cursor', (detail) => this.moveTo(detail));
    on('expiring', (detail) => this.house.expiring(detail.in));
    stream.connect();
  }

  stop() {
    this.closed = true;
    this.keep();
    this.connection?.close();
    this.list.stop();
    this.element.remove();
  }

  // The filter is another one: start over with it.
  async refilter() {
    this.connection?.close();
    this.connection = this.cursor = null;
    for (const name of ['cursor', 'place']) tab.set(`${name}.${this.spec.id}`, null);
    this.unseen.clear();
    this.skipped.clear();
    this.waiting = [];
    this.list.clear();
    this.describe();
    await begin(this);
  }

  // -- what is heard

  heard() {
    this.link.heard = Date.now();
  }

  stated({ state, code, why, behind, until }) {
    if (state === 'stopped' && (code === 4501 || code === 4002)) return this.denied(code === 4002 ? 'The token has ended.' : why);
    if (state === 'stopped' && code === 4503) return this.denied('The token was revoked.');
    if (state === 'live' && !this.settled) catchUpOnHistory(this);
    this.tell(state === 'catching-up' && behind <= 0 ? 'live' : state, { code, why, behind, until });
  }

  denied(why) {
    this.tell('denied', { why });
    this.house.denied(why);
  }

  tell(state, more = {}) {
    this.link = { heard: this.link.heard, ...more, state };
    this.house.changed();
  }

  welcomed(frame) {
    if (this.epoch !== undefined && this.epoch !== '0' && this.epoch !== frame.epoch) {
      this.era += 1;
      this.lastSeen = -1;
    }
    this.epoch = frame.epoch;
    this.target = frame.head;
    this.house.welcomed(frame);
  }

  take({ seq, alert }) {
    const { store, attention } = this.house;
    store.take(alert);
    const { before } = store.of(alert.id);
    if (this.link.state === 'catching-up') this.tell('catching-up', { behind: Math.max(0, this.target - seq) });
    this.admit(alert, this.era * ERA + seq, before);
    if (this.link.state === 'live' || Date.now() - Date.parse(alert.issued) + this.house.skew < 120_000) attention.call(alert, this.spec, alert.revision > 1 ? before : null);
  }

  // As a card where it was first seen; what interrupts later, as a line on top.
  admit(alert, seq, before) {
    const { list, waiting } = this;
    if (waiting.some(({ key }) => key === alert.id)) return; // it comes in as it is then
    if (!list.byKey.has(alert.id)) return this.arrive({ key: alert.id, seq, kind: 'card', open: new Set() });
    if (!alert.interrupt || alert.revision === 1) return;
    if (list.rows[0]?.key !== alert.id) return this.arrive(this.echoOf(alert, seq, before));
    this.count(alert.id); // it is on top itself, but the reader may be elsewhere
    list.soon();
  }

  echoOf(alert, seq, before) {
    return { key: `${alert.id}:${alert.revision}`, seq, kind: 'echo', alert, before, open: new Set() };
  }

  count(key) {
    this.unseen.add(key);
    this.showing ||= requestAnimationFrame(() => this.show());
    this.house.counted();
  }

  arrive(row) {
    if (this.paused || this.inHand) this.waiting.push(row);
    else this.list.add([row]);
    this.trim();
    this.count(row.key);
  }

  // -- gaps

  missed(gap) {
    this.gaps += 1;
    if (gap.why === 'epoch') this.house.store.anew(this.epoch);
    this.arrive({ key: `gap:${this.gaps}`, seq: this.era * ERA + gap.next - 0.5, kind: 'gap', gap: { ...gap }, open: new Set() });
  }

  // -- showing

  render(row, old) {
    const { store, who } = this.house;
    const now = this.house.now();
    const made = row.kind === 'gap' ? gapRow(row.gap) : row.kind === 'echo' ? echo(row, this.isNew(row.key), now) : null;
    if (made) return made;
    const entry = store.of(row.key);
    const chosen = row.key === this.list.selected;
    const view = {
      ...entry, now, me: who.user, open: row.open, panels: panels(row, entry.alert, now), column: this.spec.id, unseen: this.isNew(row.key),
      tools: chosen && who.editor && this.house.tools(entry),
    };
    const element = card(view);
    const stamp = `${entry.alert.revision}`;
    if (old && old.dataset.revision !== stamp) element.classList.add('fresh');
    else if (!old && this.isNew(row.key)) element.classList.add('fresh');
    return element;
  }

  saw(rows) {
    if (!rows.length || document.hidden || !this.element.offsetParent) return;
    let newest = 0;
    for (const { key, seq } of rows) {
      newest = Math.max(newest, seq);
      if (!this.isNew(key)) continue;
      for (const fresh of [this.unseen, this.skipped]) fresh.delete(key);
      setTimeout(() => this.list.drawn.elements.get(key)?.classList.remove('unseen'), 2500);
    }
    const last = newest - this.era * ERA;
    if (last > (this.lastSeen ?? -1) && Number.isInteger(last)) {
      this.lastSeen = last;
      browser.set(`seen.${this.spec.id}`, `${this.epoch}:${last}`);
    }
    this.show();
  }

  moved() {
    const { scrollTop, clientHeight, scrollHeight } = this.scroller;
    if (scrollTop + clientHeight > scrollHeight - 2000) loadOlder(this);
  }

  show() {
    cancelAnimationFrame(this.showing);
    this.showing = 0;
    const { list, link } = this;
    const empty = list.byKey.size === 0 && link.state !== 'loading' && link.state !== 'denied';
    const state = [this.unseen.size, this.waiting.length, this.paused, list.atTop, empty];
    if (this.shown?.every((each, at) => each === state[at])) return; // it is asked with every step of a scroll
    this.shown = state;
    this.frame.show(...state);
    this.house.counted();
  }

  trim() {
    const { rows } = this.list;
    if (rows.length < MOST_ROWS + 500) return;
    const gone = rows.slice(MOST_ROWS);
    const lowest = this.scroller.scrollTop + this.scroller.clientHeight + 5000;
    if (gone[0].top < lowest) return; // the reader is there
    this.older = gone[0].seq - this.era * ERA + 1;
    this.list.remove(gone.map(({ key }) => key));
    this.house.store.forget(gone.map(({ key }) => key));
  }

  // -- the reader

  touched() {
    this.handUntil = performance.now() + HAND;
  }

  // At the top of a column things flow in, but not under a moving hand, nor under a selected text.
  get inHand() {
    const chosen = getSelection();
    if (!chosen.isCollapsed && this.scroller.contains(chosen.anchorNode)) return true;
    return this.list.atTop && this.list.selected === null && performance.now() < (this.handUntil || 0);
  }

  tick() {
    if (this.waiting.length && !this.paused && !this.inHand) this.release();
  }

  release() {
    this.list.add(this.waiting.splice(0));
    this.show();
  }

  pause(paused = !this.paused) {
    this.paused = paused;
    this.frame.pause(paused);
    if (!paused) this.release();
    this.show();
  }

  isNew(key) {
    return this.unseen.has(key) || this.skipped.has(key);
  }

  toNewest() {
    if (this.paused) this.pause(false);
    this.handUntil = 0;
    this.release();
    for (const key of this.unseen) this.skipped.add(key);
    this.unseen.clear();
    this.list.goToTop();
    this.show();
  }

  // Before the page goes: where the reader is, and how far the stream.
  keep() {
    tab.set(`place.${this.spec.id}`, JSON.stringify(this.list.place()));
    this.keepCursor();
  }

  // Kept a little later: many may come at once, and to hear one twice does no harm.
  moveTo(cursor) {
    this.cursor = cursor;
    this.keeping ||= setTimeout(() => this.keepCursor(), 250);
  }

  keepCursor() {
    clearTimeout(this.keeping);
    this.keeping = 0;
    if (this.cursor) tab.set(`cursor.${this.spec.id}`, this.cursor);
  }
}
