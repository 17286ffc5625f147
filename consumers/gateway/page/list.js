// A list of thousands of rows of any height, of which only those near the eye are in the document. Whatever comes, goes
// or grows, what is being read stays on its pixel: each change is laid out, measured and made good before it is painted.
//
// Rows stand by `seq`, the newest first. Heights are whole steps of 4 px: so a correction of the scroll position is one
// of whole device pixels too (at 1, 1.25, 1.5, 2...), where a browser would round it and the text would creep.

const STEP = 4;
const OVERSCAN = 700; // px beyond the viewport that are in the document
const GUESS = 152; // px of a row that was never laid out
const AT_ONCE = 60; // rows measured ahead in one frame
const STILL = 180; // ms after the reader's last scroll; adding rows above before then would stop the wheel's glide
const BREATH = 500; // ms between two additions while somebody reads: they are out of sight, and each costs a frame
const AT_TOP = 4; // px

export class List {
  // render(row) makes an element; seen(rows) hears what came before the reader's eyes; moved() of any scroll.
  constructor(scroller, { render, seen = () => {}, moved = () => {} }) {
    Object.assign(this, { scroller, render, seen, moved });
    this.canvas = scroller.firstElementChild;
    this.rows = [];
    this.byKey = new Map();
    this.elements = new Map();
    this.coming = []; // rows to be added with the next layout
    this.changes = []; // what else is to happen then
    this.selected = null; // key
    this.width = 0;
    this.scrolledAt = this.addedAt = -Infinity;
    this.frame = 0;
    scroller.addEventListener('scroll', () => this.scrolled(), { passive: true });
    this.observer = new ResizeObserver(() => this.resized());
    this.observer.observe(scroller);
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
    this.selected = null;
    this.scroller.scrollTop = 0;
    this.soon();
  }

  forget(key) {
    this.byKey.delete(key);
    this.elements.get(key)?.remove();
    this.elements.delete(key);
    if (this.selected === key) this.selected = null;
  }

  rerender(key) {
    const old = this.elements.get(key);
    const row = this.byKey.get(key);
    if (!row) return;
    row.stale = true; // of what is not in the document, the last height is the best guess
    if (!old) return;
    const fresh = this.element(row, old);
    const held = old.contains(document.activeElement) && (document.activeElement.dataset.focus || '');
    old.replaceWith(fresh);
    if (held !== false) (held && fresh.querySelector(`[data-focus="${held}"]`) || fresh).focus({ preventScroll: true });
  }

  element(row, old = null) {
    const made = this.render(row, old);
    made.dataset.key = row.key;
    made.classList.toggle('selected', row.key === this.selected);
    made.style.top = `${row.top}px`;
    this.elements.set(row.key, made);
    this.observer.observe(made);
    if (old) this.observer.unobserve(old);
    return made;
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
    for (const element of this.elements.values()) {
      const row = this.byKey.get(element.dataset.key);
      if (row && stepped(element) !== row.height) row.stale = true;
    }
    if (this.rows.some((row) => row.stale) || this.coming.length) this.layout(); // now: before this frame is painted
  }

  layout() {
    cancelAnimationFrame(this.frame);
    this.frame = 0;
    if (!this.scroller.clientHeight) return; // not shown: all of it waits
    const anchor = this.anchor();
    for (const change of this.changes.splice(0)) change();
    this.takeIn(anchor);
    for (let pass = 0; pass < 6; pass += 1) {
      this.stack();
      this.keep(anchor);
      this.show();
      if (!this.measure()) break;
    }
    this.number();
    this.look();
  }

  // What must not move: the selected row if it is in view, else the first that is wholly seen. At the top, nothing.
  anchor() {
    const top = this.scroller.scrollTop;
    if (this.atTop && this.selected === null) return null;
    const bottom = top + this.scroller.clientHeight;
    const chosen = this.selected !== null && this.byKey.get(this.selected);
    const inView = (row) => row.height && row.top + row.height > top && row.top < bottom;
    const row = chosen && inView(chosen) ? chosen : this.rows[this.indexAt(top)];
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
    if (anchor) this.measureAhead(rows.slice(-AT_ONCE)); // those nearest above the reader
    this.rows = merged(this.rows, rows);
  }

  // Those that come are laid out once out of sight, so that there is nothing left to correct when they are scrolled to.
  measureAhead(rows) {
    const sizer = document.createElement('div');
    sizer.className = 'sizer';
    const made = rows.map((row) => this.render(row, null));
    sizer.append(...made);
    this.canvas.append(sizer);
    rows.forEach((row, at) => (row.height = stepped(made[at])));
    sizer.remove();
  }

  stack() {
    const known = this.rows.filter((row) => row.height);
    const guess = known.length ? Math.round(known.reduce((sum, row) => sum + row.height, 0) / known.length / STEP) * STEP : GUESS;
    let top = 0;
    for (const row of this.rows) {
      row.top = top;
      top += row.height || guess;
    }
    this.height = top;
    this.canvas.style.height = `${top}px`;
    this.guess = guess;
  }

  keep(anchor) {
    if (anchor && this.byKey.get(anchor.row.key) === anchor.row) {
      const wanted = anchor.row.top - anchor.offset;
      if (this.scroller.scrollTop !== wanted) this.scroller.scrollTop = wanted;
    }
    this.placed = this.scroller.scrollTop;
  }

  show() {
    const top = this.scroller.scrollTop - OVERSCAN;
    const bottom = this.scroller.scrollTop + this.scroller.clientHeight + OVERSCAN;
    const wanted = [];
    for (let at = this.indexAt(top); at < this.rows.length && this.rows[at].top < bottom; at += 1) wanted.push(this.rows[at]);
    const chosen = this.selected !== null && this.byKey.get(this.selected);
    if (chosen && this.rows.includes(chosen) && !wanted.includes(chosen)) chosen.top < top ? wanted.unshift(chosen) : wanted.push(chosen);
    const keys = new Set(wanted.map((row) => row.key));
    for (const [key, element] of this.elements) {
      if (keys.has(key)) continue;
      this.observer.unobserve(element);
      element.remove();
      this.elements.delete(key);
    }
    // Those that stay are never moved in the document: that would take the focus away.
    let next = this.canvas.firstChild;
    for (const row of wanted) {
      const element = this.elements.get(row.key) || this.element(row);
      if (element === next) next = next.nextSibling;
      else this.canvas.insertBefore(element, next);
      const place = `${row.top}px`;
      if (element.style.top !== place) element.style.top = place;
    }
  }

  // Whether anything is of another height than was thought.
  measure() {
    let changed = false;
    for (const [key, element] of this.elements) {
      const row = this.byKey.get(key);
      const height = stepped(element);
      if (height !== row.height) changed = true;
      row.height = height;
      row.stale = false;
    }
    return changed;
  }

  number() {
    let at = -1;
    for (const element of this.canvas.children) {
      if (at < 0) at = this.rows.indexOf(this.byKey.get(element.dataset.key));
      else at += 1;
      if (element.getAttribute('aria-posinset') !== `${at + 1}`) element.setAttribute('aria-posinset', at + 1);
      if (element.getAttribute('aria-setsize') !== `${this.rows.length}`) element.setAttribute('aria-setsize', this.rows.length);
    }
  }

  look() {
    const top = this.scroller.scrollTop;
    const bottom = top + this.scroller.clientHeight;
    const rows = [];
    for (let at = this.indexAt(top); at < this.rows.length && this.rows[at].top < bottom - 24; at += 1) rows.push(this.rows[at]);
    this.seen(rows);
  }

  // The row that covers this height; halving, as their tops ascend.
  indexAt(height) {
    let [low, high] = [0, this.rows.length - 1];
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (this.rows[middle].top <= height) low = middle;
      else high = middle - 1;
    }
    return Math.max(0, low);
  }

  // -- going places

  // The key under the reader's eye and how far it is below the upper edge: enough to find the place again.
  place() {
    const anchor = !this.atTop && this.anchor();
    return anchor ? { key: anchor.row.key, offset: anchor.offset } : null;
  }

  goTo(key, offset = null) {
    this.layout();
    const row = this.byKey.get(key);
    if (!row || !this.rows.includes(row)) return;
    const { scrollTop: top, clientHeight: height } = this.scroller;
    for (let pass = 0; pass < 3; pass += 1) {
      const bottom = row.top + (row.height || this.guess);
      if (offset !== null) this.scroller.scrollTop = row.top - offset;
      else if (row.top < top + STEP) this.scroller.scrollTop = Math.max(0, row.top - 8);
      else if (bottom > top + height) this.scroller.scrollTop = Math.min(row.top - 8, bottom - height + 8);
      this.placed = this.scroller.scrollTop;
      this.layout();
    }
  }

  goToTop() {
    this.select(null);
    this.scroller.scrollTop = this.placed = 0;
    this.scrolledAt = -Infinity;
    this.layout();
  }

  select(key) {
    const before = this.selected;
    this.selected = key;
    // Both look different now, and may be of another height.
    for (const each of [before, key]) if (each !== null) this.rerender(each);
    if (key === null) return this.soon();
    this.goTo(key);
    this.elements.get(key)?.focus({ preventScroll: true });
  }

  step(by) {
    if (!this.rows.length) return;
    const at = this.rows.findIndex((row) => row.key === this.selected);
    const to = at < 0 ? this.indexAt(this.scroller.scrollTop + STEP) : at + by;
    const next = this.rows[Math.min(this.rows.length - 1, Math.max(0, to))];
    this.select(next.key);
  }
}

function stepped(element) {
  return Math.ceil((element.getBoundingClientRect().height + 8) / STEP) * STEP;
}

// Two lists in descending order of seq as one; mostly all of one stands before all of the other.
function merged(rows, more) {
  if (!rows.length || (more.length && more.at(-1).seq >= rows[0].seq)) return [...more, ...rows];
  if (!more.length || more[0].seq <= rows.at(-1).seq) return [...rows, ...more];
  return [...rows, ...more].sort((a, b) => b.seq - a.seq);
}
