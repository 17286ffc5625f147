// Every key once: what it does, and what the sheet says of it.

import { make } from '/page/dom.js';
import { browser } from '/page/remote.js';

// [group, [[keys, name of the command, words]...]]; a command hears the key.
export const KEYS = [
  ['Reading', [
    ['j ArrowDown', 'next', 'next alert'], ['k ArrowUp', 'previous', 'previous alert'],
    ['o Enter', 'open', 'why it fired, in full'], ['v', 'revisions', 'what it said before'],
    ['l', 'source', 'open the source'], ['g Home', 'newest', 'to the newest'], ['p', 'pause', 'pause or resume the column'], ['Escape', 'leave', 'let go of the alert'],
  ]],
  ['Working', [
    ['c', 'claim', 'claim or release'], ['d', 'dismiss', 'dismiss or restore'], ['e', 'escalate', 'escalate'],
    ['h', 'hold', 'hold or lift the hold'], ['r', 'correct', 'correct the headline'], ['x', 'withdraw', 'withdraw'], ['n', 'note', 'note for the others'],
    ['t', 'trail', 'who did what'], ['z', 'undo', 'undo'],
  ]],
  ['Columns', [
    ['1 2 3 4 5 6 7 8 9', 'column', 'to that column'], ['ArrowLeft', 'left', 'column to the left'], ['ArrowRight', 'right', 'column to the right'],
    ['/', 'find', 'filter the column by text'], ['f', 'edit', 'filter and sounds of the column'], ['a', 'add', 'add a column'],
    ['[', 'moveLeft', 'move the column left'], [']', 'moveRight', 'move the column right'], ['s', 'share', 'share the columns as a link'],
  ]],
  ['Page', [['y', 'message', 'to the newest message: Enter does what it offers, Esc closes it'], ['m', 'quiet', 'do not disturb'], ['b', 'theme', 'dark, light, as the system'], ['i', 'pulse', 'how the pipeline does'], ['?', 'help', 'this sheet']]],
];

const SIGN = { ArrowDown: '↓', ArrowUp: '↑', ArrowLeft: '←', ArrowRight: '→', Escape: 'Esc' };
const BY_KEY = new Map(KEYS.flatMap(([, keys]) => keys.flatMap(([all, command]) => all.split(' ').map((key) => [key, command]))));

// Who dictates, or uses a keyboard of another kind, can switch the single characters off (WCAG 2.1.4); `?` remains.
export const lettersOff = () => browser.get('letters') === 'off';

export function listen(commands) {
  addEventListener('keydown', (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing || document.querySelector('dialog[open]')) return;
    const target = event.target;
    // A dialog that has just closed keeps the focus for a moment longer: what is typed then is for the page.
    if (target.closest('input, textarea, select') && !target.closest('dialog:not([open])')) return;
    if (event.key.length === 1 && event.key !== '?' && lettersOff()) return;
    // What a key does to a button or a link in focus is the browser's affair.
    if (event.key === 'Enter' && target.closest('button, a, summary')) return;
    if (event.key.startsWith('Arrow') && target.closest('[role=toolbar], [role=tablist]')) return;
    const command = BY_KEY.get(event.key);
    if (!command || commands[command](event.key) === false) return;
    event.preventDefault();
  });
}

export function sheet() {
  const letters = make('input', { type: 'checkbox', checked: !lettersOff(), on: { change: () => browser.set('letters', letters.checked ? null : 'off') } });
  return make('div', {}, make('label', { class: 'inline' }, letters, 'Single characters are commands'), make('div', { class: 'sheet' }, KEYS.map(([group, keys]) => make(
    'section', {}, make('h3', { text: group }),
    make('dl', {}, keys.map(([all, , words]) => {
      const shown = all.startsWith('1 2') ? ['1', '–', '9'] : all.split(' ').map((key) => SIGN[key] || key);
      return [make('dt', {}, shown.map((key) => (key === '–' ? '–' : make('kbd', { text: key })))), make('dd', { text: words })];
    })),
  ))));
}
