// Small things that every part of the lab needs. Text is only ever text: nothing from an article becomes markup.

export const $ = (id) => document.getElementById(id);

export function make(tag, { text, ...attributes } = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value !== null && value !== undefined && value !== false) element.setAttribute(name, value === true ? '' : value);
  }
  if (text !== undefined) element.textContent = text;
  element.append(...children.filter((child) => child !== null && child !== undefined && child !== false && child !== ''));
  return element;
}

// Runs [words, role] as the server cuts them; a role becomes a mark whose title says what it is.
const MEANING = { rule: 'word of the rule', region: 'place', signal: 'speaks against an alert', near: 'word of a rule that nearly fires' };
export function runs(pieces) {
  return pieces.map(([words, role]) => (role ? make('mark', { text: words, 'data-role': role, title: MEANING[role] }) : document.createTextNode(words)));
}

// A link only where the address is one of the web: never javascript: or data:.
export function webAddress(url) {
  try {
    return ['http:', 'https:'].includes(new URL(url).protocol) ? url : null;
  } catch {
    return null;
  }
}

export const PRIORITY = { flash: 'Flash', bulletin: 'Bulletin', urgent: 'Urgent', routine: 'Routine' };
export const OUTCOME = {
  breaking: 'alerts', retraction: 'takes back', held_back: 'held back', none: 'no alert', stale: 'too old',
  embargoed: 'waits for its embargo', out_of_hours: 'out of hours', invalid: 'not an article',
};

export function priority(name) {
  return make('span', { class: 'priority', 'data-priority': name }, make('i', { 'aria-hidden': 'true' }), PRIORITY[name] || name);
}

const CLOCK = new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' });
const DAY = new Intl.DateTimeFormat(undefined, { day: 'numeric', month: 'short' });

// In the reader's zone; UTC when pointed at.
export function moment(iso) {
  const at = new Date(iso);
  const today = at.toDateString() === new Date().toDateString();
  return make('time', { datetime: iso, title: `${at.toISOString().slice(0, 16).replace('T', ' ')} UTC`, text: today ? CLOCK.format(at) : `${DAY.format(at)} ${CLOCK.format(at)}` });
}

export const count = (number) => number.toLocaleString('en');
export const several = (number, word, plural = `${word}s`) => `${count(number)} ${number === 1 ? word : plural}`;
