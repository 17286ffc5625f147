// A list of thousands of rows of any height, of which only those near the eye are in the document. Whatever comes, goes
// or grows, what is being read stays on its pixel: each change is laid out, measured and made good before it is painted.

import { Drawn } from '/page/drawn.js';
import { STEP, between, indexAt, merged, stack } from '/page/rows.js';

const OVERSCAN = 700; // px beyond the viewport that are in the document
const AT_ONCE = 60; // rows measured ahead in one frame
const STILL = 180; // ms after the reader's last scroll; adding rows above before then would stop the wheel's glide
const BREATH = 500; // ms between two additions while somebody reads: they are out of sight, and each costs a frame
const AT_TOP = 4; // px

export class List {
  // render(row) makes an element; seen(rows) hears what came before the reader's eyes; moved() of any scroll.
  constructor(scroller, { render, seen = () => {}, moved = () => {} }) {
    Object.assign(this, { scroller, seen, moved });
    this.canvas = scroller.firstElementChild;
    this.drawn = new Drawn(this.canvas, { render, resized: () => this.resized() });
    this.drawn.observer.observe(scroller);
    this.rows = []; // {key, seq, height, top, ...}
    this.byKey = new Map();
    this.coming = []; // rows to be added with the next layout
    this.changes = []; // what else is to happen then
    this.width = 0;
    this.scrolledAt = this.addedAt = -Infinity;
    this.frame = 0;
    scroller.addEventListener('scroll', () => this.scrolled(), { passive: true });
  }

  stop() {
    this.drawn.observer.disconnect();
  }

  get selected() {
    return this.drawn.selected; // key, or null
  }

  get atTop() {
    return this.scroller.scrollTop <= AT_TOP;
  }

  // -- what happens to the rows

  add(rows) {
    for (const row of rows) {
      if (this.byKey.has(row.key)) continue;
      this.byKey.set(row.key, row);
      this.coming.push(Object.assign(row, { height: 0 }));
    }
    this.soon();
  }

  change(key) {
    if (!this.byKey.has(key)) return;
    this.changes.push(() => this.rerender(key));
    this.soon();
  }

  remove(keys) {
    const gone = new Set(keys);
    this.changes.push(() => {
      this.rows = this.rows.filter((row) => !gone.has(row.key));
      for (const key of gone) this.forget(key);
    });
    this.soon();
  }

  clear() {
    for (const row of this.rows) this.forget(row.key);
    this.rows = [];
    this.coming = [];
    this.byKey.clear();
    this.drawn.selected = null;
    this.scroller.scrollTop = 0;
    this.soon();
  }

  forget(key) {
    this.byKey.delete(key);
    this.drawn.forget(key);
    if (this.selected === key) this.drawn.selected = null;
  }

  rerender(key) {
    const row = this.byKey.get(key);
    if (!row) return;
    row.stale = true; // of what is not in the document, the last height is the best guess
    this.drawn.again(row);
  }

  // -- layout

  soon() {
    this.frame ||= requestAnimationFrame(() => this.layout());
  }

  scrolled() {
    if (Math.abs(this.scroller.scrollTop - this.placed) > 1) this.scrolledAt = performance.now();
    this.moved();
    this.soon();
  }

  resized() {
    if (this.scroller.clientWidth !== this.width) {
      this.width = this.scroller.clientWidth;
      for (const row of this.rows) row.stale = true;
    }
    for (const [key, element] of this.drawn.elements) {
      const row = this.byKey.get(key);
      if (row && this.drawn.heightOf(element) !== row.height) row.stale = true;
    }
    if (this.rows.some((row) => row.stale) || this.coming.length) this.layout(); // now: before this frame is painted
  }

  layout() {
    if (this.arrange()) this.look();
  }

  arrange() {
    cancelAnimationFrame(this.frame);
    this.frame = 0;
    if (!this.scroller.clientHeight) return false; // not shown: all of it waits
    const anchor = this.anchor();
    for (const change of this.changes.splice(0)) change();
    this.takeIn(anchor);
    for (let pass = 0; pass < 6; pass += 1) {
      this.stack();
      this.keep(anchor);
      this.drawn.show(this.near(), this.rows.length);
      if (!this.drawn.measure((key) => this.byKey.get(key))) break;
    }
    return true;
  }

  // What must not move: the selected row if it is in view, else the first that is wholly seen. At the top, nothing.
  anchor() {
    const top = this.scroller.scrollTop;
    if (this.atTop && this.selected === null) return null;
    const bottom = top + this.scroller.clientHeight;
    const chosen = this.selected !== null && this.byKey.get(this.selected);
    const inView = (row) => row.height && row.top + row.height > top && row.top < bottom;
    const row = chosen && inView(chosen) ? chosen : this.rows[indexAt(this.rows, top)];
    if (!row) return null;
    const whole = row === chosen || row.top >= top - 1 ? row : this.rows[this.rows.indexOf(row) + 1] || row;
    return { row: whole.top < bottom ? whole : row, offset: (whole.top < bottom ? whole : row).top - top };
  }

  takeIn(anchor) {
    if (!this.coming.length) return;
    const now = performance.now();
    const wait = this.atTop ? 0 : Math.max(this.scrolledAt + STILL - now, anchor ? this.addedAt + BREATH - now : 0);
    if (wait > 0) {
      clearTimeout(this.timer);
      this.timer = setTimeout(() => this.soon(), wait);
      return;
    }
    this.addedAt = now;
    const rows = this.coming.splice(0).filter((row) => this.byKey.get(row.key) === row).sort((a, b) => b.seq - a.seq);
    if (anchor) this.drawn.measureAhead(rows.slice(-AT_ONCE)); // those nearest above the reader
    this.rows = merged(this.rows, rows);
  }

  stack() {
    Object.assign(this, stack(this.rows));
    this.canvas.style.height = `${this.height}px`;
  }

  keep(anchor) {
    if (anchor && this.byKey.get(anchor.row.key) === anchor.row) {
      const wanted = anchor.row.top - anchor.offset;
      if (this.scroller.scrollTop !== wanted) this.scroller.scrollTop = wanted;
    }
    this.placed = this.scroller.scrollTop;
  }

  // Those to be in the document: what is near the eye, and the selected one wherever it is.
  near() {
    const { scrollTop, clientHeight } = this.scroller;
    const rows = between(this.rows, scrollTop - OVERSCAN, scrollTop + clientHeight + OVERSCAN);
    const chosen = this.selected !== null && this.byKey.get(this.selected);
    if (!chosen || rows.includes(chosen) || !this.rows.includes(chosen)) return rows;
    return chosen.top < scrollTop ? [chosen, ...rows] : [...rows, chosen];
  }

  look() {
    const { scrollTop, clientHeight } = this.scroller;
    this.seen(between(this.rows, scrollTop, scrollTop + clientHeight - 24));
  }

  // -- going places

  // The key under the reader's eye and how far it is below the upper edge: enough to find the place again.
  place() {
    const anchor = !this.atTop && this.anchor();
    return anchor ? { key: anchor.row.key, offset: anchor.offset } : null;
  }

  // What is passed on the way there was not before the reader's eyes.
  goTo(key, offset = null) {
    this.arrange();
    const row = this.byKey.get(key);
    if (!row || !this.rows.includes(row)) return this.look();
    const { scrollTop: top, clientHeight: height } = this.scroller;
    for (let pass = 0; pass < 3; pass += 1) {
      const bottom = row.top + (row.height || this.guess);
      if (offset !== null) this.scroller.scrollTop = row.top - offset;
      else if (row.top < top + STEP) this.scroller.scrollTop = Math.max(0, row.top - 8);
      else if (bottom > top + height) this.scroller.scrollTop = Math.min(row.top - 8, bottom - height + 8);
      this.placed = this.scroller.scrollTop;
      this.arrange();
    }
    this.look();
  }

  goToTop() {
    this.select(null);
    this.scroller.scrollTop = this.placed = 0;
    this.scrolledAt = -Infinity;
    this.layout();
  }

  select(key) {
    const before = this.selected;
    this.drawn.selected = key;
    // Both look different now, and may be of another height.
    for (const each of [before, key]) if (each !== null) this.rerender(each);
    if (key === null) return this.soon();
    this.goTo(key);
    this.drawn.elements.get(key)?.focus({ preventScroll: true });
  }

  step(by) {
    if (!this.rows.length) return;
    const at = this.rows.findIndex((row) => row.key === this.selected);
    const to = at < 0 ? indexAt(this.rows, this.scroller.scrollTop + STEP) : at + by;
    const next = this.rows[Math.min(this.rows.length - 1, Math.max(0, to))];
    this.select(next.key);
  }
}
