// A plain textarea with line numbers beside it and problems underlined beneath it. The text stays the browser's own, so
// that undo, spell checkers, screen readers and forced colours work as everywhere.

import { make } from '/page/lab-dom.js';

export class Editor extends EventTarget {
  constructor({ area, gutter, under }) {
    super();
    Object.assign(this, { area, gutter, under });
    this.marks = [];
    this.lines = 0;
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

  draw() {
    const lines = this.text.split('\n');
    if (lines.length !== this.lines) {
      this.lines = lines.length;
      this.gutter.replaceChildren(...lines.map((_, number) => make('span', { text: number + 1 })));
    }
    for (const row of this.gutter.querySelectorAll('[data-level]')) row.removeAttribute('data-level');
    const byLine = new Map();
    for (const mark of this.marks) {
      const row = this.gutter.children[mark.line - 1];
      if (row && row.dataset.level !== 'bad') row.dataset.level = mark.level;
      if (!byLine.has(mark.line)) byLine.set(mark.line, []);
      byLine.get(mark.line).push(mark);
    }
    // Only lines that carry a mark are repeated underneath; the others are empty, so that long files stay quick.
    this.under.replaceChildren(...lines.flatMap((line, number) => [...underlined(line, byLine.get(number + 1)), '\n']));
    this.follow();
  }

  follow() {
    this.gutter.scrollTop = this.area.scrollTop;
    this.under.scrollTop = this.area.scrollTop;
    this.under.scrollLeft = this.area.scrollLeft;
  }

  // Puts the cursor where a problem is, and into view.
  go({ line, column, found }) {
    const before = this.text.split('\n').slice(0, line - 1);
    const row = this.text.split('\n')[line - 1] || '';
    const [start, end] = extent(row, column, found);
    const at = before.reduce((sum, each) => sum + each.length + 1, 0);
    this.area.focus();
    this.area.setSelectionRange(at + start, at + end);
    const height = parseFloat(getComputedStyle(this.area).lineHeight);
    const width = this.under.scrollWidth / Math.max(1, ...this.text.split('\n').map((each) => each.length));
    this.area.scrollTop = Math.max(0, (line - 4) * height);
    this.area.scrollLeft = Math.max(0, start * width - this.area.clientWidth / 2);
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

function underlined(line, marks = []) {
  if (!marks.length) return [];
  const parts = [];
  let at = 0;
  for (const mark of [...marks].sort((a, b) => a.column - b.column)) {
    const [start, end] = extent(line, mark.column, mark.found);
    if (start < at) continue;
    parts.push(line.slice(at, start), make('span', { 'data-level': mark.level, text: line.slice(start, end) || ' ' }));
    at = end;
  }
  return parts;
}
