// The list of cards. New ones come on top, revisions replace in place, and what is being read never moves.

import { age, card, make } from '/page/card.js';

const MOST = 500; // cards kept in the document
const AT_TOP = 8; // px

export class Feed {
  constructor(list, pill, now) {
    this.list = list;
    this.pill = pill;
    this.now = now;
    this.alerts = new Map(); // id -> newest revision known
    this.waiting = []; // ids of new cards held back while someone reads
    this.selected = null;
    pill.addEventListener('click', () => this.toTop());
    addEventListener('scroll', () => this.waiting.length && scrollY <= AT_TOP && !this.selected && this.release(), { passive: true });
  }

  // Whether the alert changed anything.
  take(alert) {
    const known = this.alerts.get(alert.id);
    if (known && known.revision >= alert.revision) return false; // at least once: repeats are normal
    this.alerts.set(alert.id, alert);
    if (known) this.replace(alert);
    else this.add(alert);
    return true;
  }

  add(alert) {
    if (this.reading()) {
      this.waiting.push(alert.id);
      this.showPill();
    } else {
      this.insert(alert.id);
    }
  }

  // Older ones go below what is there. A card stands where its alert was first seen: while nobody reads yet
  // (`settling`), an older revision takes it down there.
  append(alert, { settling = false } = {}) {
    if (this.alerts.has(alert.id)) {
      const shown = settling && this.find(alert.id);
      if (shown) this.list.append(shown);
      return;
    }
    this.alerts.set(alert.id, alert);
    this.list.append(card(alert, this.now()));
  }

  replace(alert) {
    const old = this.find(alert.id);
    if (!old) return; // it waits, and will be shown as it is by then
    this.still(() => {
      const fresh = card(alert, this.now());
      fresh.classList.add('fresh');
      const open = old.querySelector('details')?.open;
      const details = fresh.querySelector('details');
      if (open && details) details.open = true;
      const focused = old.contains(document.activeElement);
      old.replaceWith(fresh);
      if (this.selected === alert.id) this.mark(fresh);
      if (focused) fresh.focus({ preventScroll: true });
    });
  }

  insert(id) {
    const fresh = card(this.alerts.get(id), this.now());
    fresh.classList.add('fresh');
    this.list.prepend(fresh);
    this.trim();
  }

  notice(element) {
    this.still(() => this.list.prepend(element));
  }

  trim() {
    while (this.list.children.length > MOST) {
      const last = this.list.lastElementChild;
      this.alerts.delete(last.dataset.id);
      last.remove();
    }
  }

  reading() {
    return scrollY > AT_TOP || this.selected !== null;
  }

  release() {
    const ids = this.waiting.splice(0);
    ids.forEach((id) => this.insert(id));
    this.showPill();
  }

  toTop() {
    this.select(null);
    this.release();
    scrollTo({ top: 0 });
  }

  showPill() {
    const count = this.waiting.length;
    this.pill.hidden = !count;
    this.pill.textContent = `${count} new above`;
  }

  // Do something to the list without moving the card under the reader's eye.
  still(change) {
    const eye = this.underEye();
    const before = eye && this.find(eye)?.getBoundingClientRect().top;
    change();
    const after = eye && this.find(eye)?.getBoundingClientRect().top;
    if (scrollY > AT_TOP && before !== undefined && after !== undefined && after !== before) scrollBy(0, after - before);
  }

  underEye() {
    for (const child of this.list.children) {
      if (child.dataset.id && child.getBoundingClientRect().bottom > 60) return child.dataset.id;
    }
    return null;
  }

  find(id) {
    return this.list.querySelector(`[data-id="${CSS.escape(id)}"]`);
  }

  // -- keys

  step(by) {
    const cards = [...this.list.querySelectorAll('.card')];
    if (!cards.length) return;
    const at = cards.findIndex((one) => one.dataset.id === this.selected);
    const next = cards[at < 0 ? 0 : Math.min(cards.length - 1, Math.max(0, at + by))];
    this.select(next.dataset.id);
  }

  select(id) {
    this.list.querySelector('.selected')?.classList.remove('selected');
    this.selected = id;
    const chosen = id && this.find(id);
    if (!chosen) return;
    this.mark(chosen);
    chosen.focus({ preventScroll: true });
    chosen.scrollIntoView({ block: 'nearest' });
  }

  mark(element) {
    element.classList.add('selected');
  }

  toggle() {
    const details = this.selected && this.find(this.selected)?.querySelector('details');
    if (details) details.open = !details.open;
  }

  tick() {
    for (const time of this.list.querySelectorAll('time[data-at]')) {
      const text = age(Number(time.dataset.at), this.now());
      if (time.textContent !== text) time.textContent = text;
    }
  }
}

export function gapNotice(gap, load) {
  const WHY = {
    expired: 'they are older than what the server keeps at hand',
    epoch: 'the feed was started anew',
    limit: 'there were too many to send',
    future: 'the server does not know where we were',
  };
  const button = make('button', { type: 'button', text: 'Load what was missed' });
  const element = make(
    'aside', { class: 'gap', role: 'note' },
    make('p', { text: `Alerts may be missing here: ${WHY[gap.why] || gap.why}.` }),
    button,
  );
  button.addEventListener('click', async () => {
    button.disabled = true;
    element.firstChild.textContent = await load(gap.url);
    button.remove();
  });
  return element;
}
