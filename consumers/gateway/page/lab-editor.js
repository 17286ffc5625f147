// A plain textarea with its lines drawn once more beneath it, unseen but for their numbers and what underlines problems.
// The text stays the browser's own, so that undo, screen readers and forced colours work as everywhere.

import { make } from '/page/lab-dom.js';

export class Editor extends EventTarget {
  constructor({ area, under }) {
    super();
    Object.assign(this, { area, under });
    this.marks = [];
    this.rows = []; // the text of each row that is drawn, with its marks
    area.addEventListener('input', () => {
      this.marks = [];
      this.draw();
      this.dispatchEvent(new Event('edit'));
    });
    area.addEventListener('scroll', () => this.follow());
    area.addEventListener('keydown', (event) => this.key(event));
    new ResizeObserver(() => this.follow()).observe(area);
    this.draw();
  }

  get text() {
    return this.area.value;
  }

  set text(value) {
    this.area.value = value;
    this.marks = [];
    this.area.scrollTo(0, 0);
    this.draw();
  }

  // problems: {line, column, found, level}
  show(problems) {
    this.marks = problems;
    this.area.setAttribute('aria-invalid', String(problems.some((one) => one.level === 'bad')));
    this.draw();
  }

  // Draws rows anew between the first and the last that differ from what is drawn: one, mostly, also of a long file.
  draw() {
    const marks = new Map();
    for (const mark of this.marks) marks.set(mark.line, [...(marks.get(mark.line) || []), mark]);
    const rows = this.text.split('\n').map((line, number) => ({ line, marks: marks.get(number + 1) || [] }));
    const same = (one, other) => one && other && one.line === other.line && !one.marks.length && !other.marks.length;
    let first = 0;
    while (same(rows[first], this.rows[first])) first += 1;
    let last = 0;
    while (last < Math.min(rows.length, this.rows.length) - first && same(rows.at(-1 - last), this.rows.at(-1 - last))) last += 1;
    for (let gone = this.rows.length - last - first; gone > 0; gone -= 1) this.under.children[first].remove();
    const fresh = document.createDocumentFragment();
    for (const { line, marks: found } of rows.slice(first, rows.length - last)) fresh.append(row(line, found));
    this.under.insertBefore(fresh, this.under.children[first] || null);
    this.rows = rows;
    this.follow();
  }

  follow() {
    this.under.scrollTop = this.area.scrollTop;
  }

  // Puts the cursor where a problem is, and into view.
  go({ line, column, found }) {
    const lines = this.text.split('\n');
    const [start, end] = extent(lines[line - 1] || '', column, found);
    const at = lines.slice(0, line - 1).reduce((sum, each) => sum + each.length + 1, 0);
    this.area.focus();
    this.area.setSelectionRange(at + start, at + end);
    const place = this.under.children[line - 1]?.querySelector('[data-level]') || this.under.children[line - 1];
    if (place) this.area.scrollTop += place.getBoundingClientRect().top - this.area.getBoundingClientRect().top - this.area.clientHeight / 3;
    this.follow();
  }

  key(event) {
    if (event.key !== 'Enter' || event.ctrlKey || event.metaKey || event.isComposing) return;
    // A new line begins where the one before does; below "- " and "key:" two further in.
    const { selectionStart: at, selectionEnd: end, value } = this.area;
    const line = value.slice(value.lastIndexOf('\n', at - 1) + 1, at);
    const indent = line.match(/^ */)[0] + (/^ *- \S/.test(line) || /:\s*$/.test(line) ? '  ' : '');
    if (!indent) return;
    event.preventDefault();
    this.area.setRangeText(`\n${indent}`, at, end, 'end');
    this.area.dispatchEvent(new Event('input', { bubbles: true }));
  }
}

// The part of a line that a problem is about, in UTF-16 units: what was found there, or the word there. Columns count
// code points from 1.
function extent(line, column, found) {
  const points = Array.from(line);
  const start = points.slice(0, Math.max(0, column - 1)).join('').length;
  const rest = line.slice(start);
  const word = found && rest.startsWith(found) ? found : (rest.match(/^[\p{L}\p{N}_*/-]+|^\S/u) || [''])[0];
  return [start, start + word.length];
}

function row(line, marks) {
  const parts = [];
  let at = 0;
  for (const mark of [...marks].sort((a, b) => a.column - b.column)) {
    const [start, end] = extent(line, mark.column, mark.found);
    if (start < at) continue;
    parts.push(line.slice(at, start), make('span', { 'data-level': mark.level, text: line.slice(start, end) || ' ' }));
    at = end;
  }
  const worst = marks.some((mark) => mark.level === 'bad') ? 'bad' : marks[0]?.level;
  return make('div', { 'data-row': worst }, ...parts, line.slice(at) || '\u200b');
}
