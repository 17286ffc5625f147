// Small parts that cards, panels and rows are made of.

import { make } from '/page/dom.js';
import { PRIORITY, age, clock, difference, parts, utc } from '/page/words.js';

export const priority = (word) => make('span', { class: 'priority', 'data-priority': word }, make('i', { 'aria-hidden': 'true' }), PRIORITY[word] || word);

export const marked = (text, how) => parts(text || '', how).map(([piece, hit]) => (hit ? make('mark', { text: piece }) : piece));

export function when(instant, now) {
  const at = Date.parse(instant);
  return make(
    'time', { datetime: instant, title: utc(at) },
    make('span', { class: 'clock', text: clock(at, now) }), make('span', { class: 'age', 'data-at': at, text: age(at, now) }),
  );
}

// What changed, word by word.
export const versus = (before, after) =>
  difference(before || '', after || '').map(([word, how]) => (how === 'same' ? word : make(how === 'gone' ? 'del' : 'ins', { text: word })));
