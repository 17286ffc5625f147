// A column as elements: its head, the place its rows scroll in, and what is said above them or instead of them.

import { make, say } from '/page/dom.js';
import { line, pairs } from '/page/filter.js';
import { many } from '/page/words.js';

const NOTHING = 'No alerts yet. They appear here the moment the desk issues them.';
const NO_MATCH = 'Nothing matches yet. Alerts appear here the moment they are issued.';

export class Frame {
  // newest(): the pill was pressed
  constructor(id, newest) {
    const named = `title-${id}`;
    this.number = make('span', { class: 'number', 'aria-hidden': 'true' });
    this.title = make('h2', { id: named });
    this.said = make('p', { class: 'filter' });
    this.badge = make('span', { class: 'badge', hidden: true });
    this.sign = make('span', { class: 'sign', hidden: true });
    this.pill = make('button', { type: 'button', class: 'pill', hidden: true, on: { click: newest } });
    this.pauser = make('button', { type: 'button', class: 'quiet', 'data-column': 'pause', 'aria-label': 'Pause', 'aria-pressed': 'false', title: 'Pause (p)' });
    this.scroller = make('div', { class: 'scroller', role: 'feed', tabindex: '0', 'aria-labelledby': named }, make('div', { class: 'canvas', role: 'none' }));
    this.empty = make('p', { class: 'empty', hidden: true });
    this.head = make(
      'header', { class: 'head' },
      make('div', { class: 'name' }, this.number, this.title, this.badge, this.sign), this.said,
      make('div', { class: 'head-tools' }, this.pauser,
        make('button', { type: 'button', class: 'quiet', 'data-column': 'edit', 'aria-label': 'Filter and sounds', title: 'Filter and sounds (f)' })),
    );
    this.element = make('section', { class: 'column', 'aria-labelledby': named, 'data-column-id': id }, this.head, make('div', { class: 'holder' }, this.pill, this.scroller, this.empty));
  }

  describe({ name, filter }, nameOf) {
    say(this.title, name);
    say(this.said, line(filter, nameOf));
    this.said.title = this.said.textContent;
    this.nothing = pairs(filter).length ? NO_MATCH : NOTHING;
  }

  pause(paused) {
    this.pauser.setAttribute('aria-pressed', String(paused));
    this.element.classList.toggle('paused', paused);
  }

  // How many rows were never seen, how many wait to be let in; whether there is none at all.
  show(unseen, waits, paused, atTop, empty) {
    this.badge.hidden = !unseen;
    say(this.badge, unseen > 999 ? '999+' : String(unseen));
    this.badge.title = `${many(unseen, 'alert')} not yet seen`;
    const above = paused ? waits : unseen;
    this.pill.hidden = !(above && (paused || waits || !atTop));
    say(this.pill, paused ? `Paused · ${waits} new` : `${unseen.toLocaleString('en')} new above`);
    this.empty.hidden = !empty;
    say(this.empty, this.nothing);
  }
}
