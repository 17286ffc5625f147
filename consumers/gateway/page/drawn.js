// Those rows of a list that are in the document: made, put in their places, measured, made anew, taken out.

import { stepped } from '/page/rows.js';

const BELOW = 8; // px between two cards

export class Drawn {
  // render(row, old) makes an element; resized() hears that one may have changed its height
  constructor(canvas, { render, resized }) {
    Object.assign(this, { canvas, render });
    this.elements = new Map(); // by key
    this.selected = null; // key
    this.observer = new ResizeObserver(resized);
  }

  make(row, old = null) {
    const made = this.render(row, old);
    made.dataset.key = row.key;
    made.classList.toggle('selected', row.key === this.selected);
    made.style.top = `${row.top}px`;
    this.elements.set(row.key, made);
    this.observer.observe(made);
    if (old) this.observer.unobserve(old);
    return made;
  }

  // Anew, with the focus where it was.
  again(row) {
    const old = this.elements.get(row.key);
    if (!old) return;
    const fresh = this.make(row, old);
    const held = old.contains(document.activeElement) && (document.activeElement.dataset.focus || '');
    old.replaceWith(fresh);
    if (held !== false) (held && fresh.querySelector(`[data-focus="${held}"]`) || fresh).focus({ preventScroll: true });
  }

  forget(key) {
    const element = this.elements.get(key);
    if (!element) return;
    this.observer.unobserve(element);
    element.remove();
    this.elements.delete(key);
  }

  // Exactly these of `count`, in this order. Those that stay are never moved in the document: that would take the focus
  // away. Readers of screens are told which of how many each is.
  show(rows, count) {
    const keys = new Set(rows.map((row) => row.key));
    for (const key of this.elements.keys()) if (!keys.has(key)) this.forget(key);
    let next = this.canvas.firstChild;
    for (const row of rows) {
      const element = this.elements.get(row.key) || this.make(row);
      if (element === next) next = next.nextSibling;
      else this.canvas.insertBefore(element, next);
      const place = `${row.top}px`;
      if (element.style.top !== place) element.style.top = place;
      if (element.ariaPosInSet !== `${row.at + 1}`) element.ariaPosInSet = row.at + 1;
      if (element.ariaSetSize !== `${count}`) element.ariaSetSize = count;
    }
  }

  heightOf(element) {
    return stepped(element.getBoundingClientRect().height + BELOW);
  }

  // Whether any row is of another height than was thought.
  measure(rowOf) {
    let changed = false;
    for (const [key, element] of this.elements) {
      const row = rowOf(key);
      const height = this.heightOf(element);
      if (height !== row.height) changed = true;
      row.height = height;
      row.stale = false;
    }
    return changed;
  }

  // Laid out once out of sight, so that there is nothing left to correct when they are scrolled to.
  measureAhead(rows) {
    const sizer = document.createElement('div');
    sizer.className = 'sizer';
    const made = rows.map((row) => this.render(row, null));
    sizer.append(...made);
    this.canvas.append(sizer);
    rows.forEach((row, at) => (row.height = this.heightOf(made[at])));
    sizer.remove();
  }
}
