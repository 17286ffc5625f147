// The columns side by side: which is active, their order by key and by hand, one at a time on a telephone.

import { $, make, say } from '/page/dom.js';
import { Column } from '/page/column.js';
import { begin } from '/page/past.js';

export class Board {
  // changed(specs): to be kept; command(name, column): what a button in a column's head asks for
  constructor(house, { changed, command }) {
    Object.assign(this, { house, changed, command });
    this.element = $('board');
    this.tabs = $('tabs');
    this.columns = [];
    this.active = null;
  }

  set(specs) {
    for (const column of this.columns) column.stop();
    this.columns = [];
    for (const spec of specs) this.add(spec, false);
    this.activate(this.columns[0]);
  }

  add(spec, told = true) {
    const column = new Column(spec, this.house);
    this.columns.push(column);
    this.element.append(column.element);
    this.listen(column);
    this.number();
    begin(column);
    if (told) this.changed(this.specs);
    return column;
  }

  remove(column) {
    column.stop();
    this.columns = this.columns.filter((each) => each !== column);
    if (this.active === column) this.activate(this.columns[0]);
    this.number();
    this.changed(this.specs);
  }

  get specs() {
    return this.columns.map(({ spec }) => spec);
  }

  listen(column) {
    const { element, head } = column;
    element.addEventListener('pointerdown', () => this.activate(column));
    element.addEventListener('focusin', () => this.activate(column));
    head.addEventListener('click', ({ target }) => {
      const button = target.closest('[data-column]');
      if (button) this.command(button.dataset.column, column);
    });
    head.draggable = true;
    head.addEventListener('dragstart', (event) => {
      this.dragged = column;
      event.dataTransfer.effectAllowed = 'move';
      event.dataTransfer.setData('text/plain', column.spec.name);
    });
    element.addEventListener('dragover', (event) => this.dragged && this.dragged !== column && (event.preventDefault(), element.classList.add('over')));
    element.addEventListener('dragleave', ({ relatedTarget }) => element.contains(relatedTarget) || element.classList.remove('over'));
    element.addEventListener('drop', (event) => {
      event.preventDefault();
      element.classList.remove('over');
      if (this.dragged) this.move(this.dragged, this.columns.indexOf(column) - this.columns.indexOf(this.dragged));
      this.dragged = null;
    });
    head.addEventListener('dragend', () => (this.dragged = null));
  }

  move(column, by) {
    const at = this.columns.indexOf(column);
    const to = Math.min(this.columns.length - 1, Math.max(0, at + by));
    if (to === at) return;
    const places = this.columns.map((each) => each.list.place());
    this.columns.splice(to, 0, this.columns.splice(at, 1)[0]);
    const after = this.columns[to + 1]?.element || null;
    const moved = column.element;
    const focused = moved.contains(document.activeElement) && document.activeElement;
    const place = places[at];
    this.element.insertBefore(moved, after);
    if (place) column.list.goTo(place.key, place.offset); // moving in the document lets a scroller forget where it was
    if (focused) focused.focus({ preventScroll: true });
    this.bringIntoView(column);
    this.number();
    this.changed(this.specs);
    say($('says'), `${column.spec.name} is now column ${to + 1} of ${this.columns.length}`);
  }

  activate(column) {
    if (!column || this.active === column) return;
    this.active?.element.classList.remove('active');
    const before = this.active;
    this.active = column;
    column.element.classList.add('active');
    if (before && before.list.selected !== null) before.list.select(null);
    this.drawTabs();
    column.list.soon();
  }

  // By key: the column, and an alert of it in focus.
  go(to) {
    const column = this.columns[to];
    if (!column) return false;
    this.activate(column);
    this.bringIntoView(column);
    if (column.list.rows.length) column.list.step(0);
    else column.scroller.focus({ preventScroll: true });
    return true;
  }

  beside(by) {
    return this.go(this.columns.indexOf(this.active) + by);
  }

  number() {
    this.columns.forEach((column, at) => say(column.number, String(at + 1)));
    this.drawTabs();
  }

  drawTabs() {
    const wanted = this.columns.map((column, at) => `${at}${column.spec.name}${column.unseen.size}${column === this.active}`).join();
    if (this.drawn === wanted) return;
    this.drawn = wanted;
    this.tabs.replaceChildren(...this.columns.map((column) => make(
      'button', { type: 'button', class: 'tab', 'aria-current': column === this.active && 'true', on: { click: () => this.activate(column) } },
      make('bdi', { text: column.spec.name }), column.unseen.size > 0 && make('span', { class: 'badge', text: column.unseen.size > 999 ? '999+' : String(column.unseen.size) }),
    )));
  }

  // Where an alert is: in the active column if it is there, else in the first that has it.
  show(id) {
    const has = (column) => column.list.byKey.has(id);
    const column = has(this.active) ? this.active : this.columns.find(has);
    if (!column) return;
    this.activate(column);
    this.bringIntoView(column);
    column.list.select(id);
  }

  bringIntoView({ element }) {
    element.scrollIntoView({ block: 'nearest', inline: 'nearest' });
  }
}
