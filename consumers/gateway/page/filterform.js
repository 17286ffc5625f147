// A column's settings as a form: places from the tree, words as chips, a text filter checked as it is typed.

import { make, say } from '/page/dom.js';
import { ask, field } from '/page/forms.js';
import { AXES, SOUNDS } from '/page/filter.js';
import { get } from '/page/remote.js';

const AXIS = { topics: 'Topics', rules: 'Rules', languages: 'Languages', sources: 'Sources' };
const SOUND = { interrupting: 'each that interrupts', bulletin: 'bulletin and flash', flash: 'flash only', none: 'none' };
const TYPED = 200; // ms after the last key before a question is asked

let numbered = 0;

// Values as chips that are taken away by a click; what is typed becomes one with Enter or a comma.
function chips(label, values, { suggestions = [], nameOf = (value) => value, lookUp = null } = {}) {
  numbered += 1;
  const chosen = [...(values || [])];
  const listId = `known-${numbered}`;
  const row = make('div', { class: 'chips' });
  const doubt = make('span', { class: 'hint', role: 'status' });
  const input = make('input', { type: 'text', list: lookUp ? null : listId, autocomplete: 'off', spellcheck: 'false', 'aria-label': label });
  const known = !lookUp && make('datalist', { id: listId }, suggestions.map((value) => make('option', { value })));
  const tree = lookUp && make('div', { class: 'tree', id: listId, hidden: true });
  const add = (value) => {
    if (value && !chosen.includes(value)) chosen.push(value);
    input.value = '';
    draw();
  };
  const draw = () => {
    row.replaceChildren(...chosen.map((value) => make('button', {
      type: 'button', class: 'chip', 'aria-label': `Take ${nameOf(value)} away`, on: { click: () => (chosen.splice(chosen.indexOf(value), 1), draw(), input.focus()) },
    }, make('bdi', { text: nameOf(value) }), ' ✕')));
    // Any word may be right, but a slip would be a column that stays empty.
    const strange = suggestions.length ? chosen.filter((value) => !suggestions.includes(value)) : [];
    say(doubt, strange.length ? `No alert here has ${strange.map((value) => `“${value}”`).join(', ')} so far.` : '');
  };
  input.addEventListener('keydown', (event) => {
    if ((event.key === 'Enter' || event.key === ',') && input.value.trim() && !lookUp) (event.preventDefault(), add(input.value.trim()));
    else if (event.key === 'Backspace' && !input.value) (chosen.pop(), draw());
  });
  input.addEventListener('change', () => !lookUp && input.value.trim() && add(input.value.trim()));
  if (lookUp) lookUp(input, tree, add);
  draw();
  return { element: make('div', { class: 'chip-field' }, make('span', { class: 'chip-label', text: label }), row, input, doubt, known, tree), values: () => chosen };
}

// Places: typing finds them by name, › opens what lies inside.
function placesOf(names) {
  return (input, tree, add) => {
    let timer = 0;
    const choose = (place) => {
      names.set(place.code, place.name);
      add(place.code);
      tree.hidden = true;
      input.focus();
    };
    const show = async (query) => {
      const { items } = await get('/v1/regions', query).catch(() => ({ items: [] }));
      tree.hidden = false;
      tree.replaceChildren(...items.map((place) => make(
        'div', { class: 'place' },
        make('button', { type: 'button', class: 'quiet choose', on: { click: () => choose(place) } }, make('span', { text: place.name }), make('span', { class: 'hint', text: ` ${place.in.slice(0, 2).join(', ')}` })),
        place.inside > 0 && make('button', { type: 'button', class: 'quiet', text: `${place.inside} ›`, 'aria-label': `${place.inside} places in ${place.name}`, on: { click: () => show([['in', place.code]]).then(() => tree.querySelector('button')?.focus()) } }),
      )), ...(items.length ? [] : [make('p', { class: 'hint', text: 'No place of that name.' })]));
    };
    input.placeholder = 'Ukraine, Sahel, Bihar…';
    input.addEventListener('input', () => {
      clearTimeout(timer);
      const text = input.value.trim();
      if (text) timer = setTimeout(() => show([['q', text]]), TYPED);
      else tree.hidden = true;
    });
    input.addEventListener('keydown', (event) => {
      const first = !tree.hidden && tree.querySelector('button');
      if (event.key === 'Enter' && input.value.trim()) {
        event.preventDefault();
        first?.click();
      } else if (event.key === 'ArrowDown' && first) (event.preventDefault(), first.focus());
      else if (event.key === 'Escape' && !tree.hidden) (event.preventDefault(), (tree.hidden = true)); // not the whole form
    });
    tree.addEventListener('keydown', (event) => {
      const all = [...tree.querySelectorAll('button')];
      const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
      if (event.key === 'Escape') (event.preventDefault(), event.stopPropagation(), (tree.hidden = true), input.focus());
      if (!step) return;
      event.preventDefault();
      (all[all.indexOf(document.activeElement) + step] || input).focus();
    });
  };
}

// A text filter in the rule language; the fault is pointed at where it stands.
function textField(label, value, name) {
  const id = `fault-${name}`;
  const control = make('input', { type: 'text', class: 'code', name, maxlength: '1000', autocomplete: 'off', spellcheck: 'false', placeholder: 'drone* NEAR/5 refinery', 'aria-describedby': id });
  const fault = make('span', { class: 'fault', id, role: 'status' });
  control.value = value || '';
  let timer = 0;
  let asked = 0;
  const check = async () => {
    const mine = (asked += 1);
    const { ok, column, message } = control.value.trim() ? await get('/v1/check', [['text', control.value]]).catch(() => ({ ok: true })) : { ok: true };
    if (mine !== asked) return;
    control.setAttribute('aria-invalid', String(!ok));
    control.setCustomValidity(ok ? '' : `Column ${column}: ${message}`);
    const points = Array.from(control.value);
    say(fault, ok ? '' : `Column ${column}${points[column - 1] ? ` (at “${points.slice(column - 1, column + 11).join('')}”)` : ''}: ${message}`);
  };
  control.addEventListener('input', () => {
    clearTimeout(timer);
    control.setCustomValidity('');
    timer = setTimeout(check, TYPED);
  });
  if (control.value) check();
  return { element: make('div', {}, field(label, control), fault), control };
}

// Whether to notify on the desktop; where the browser does not allow it, that is said and not kept as a promise.
function notifications(wanted) {
  const hint = make('span', { class: 'fault', id: 'fault-notify', role: 'status' });
  const control = make('input', { type: 'checkbox', name: 'notify', checked: wanted, 'aria-describedby': 'fault-notify' });
  const look = (permission) => {
    const refused = control.checked && permission !== 'granted';
    if (refused) control.checked = false;
    say(hint, refused ? 'This browser does not allow this page to notify: see the settings of the site.' : '');
  };
  control.addEventListener('change', async () => look(control.checked && (await globalThis.Notification?.requestPermission())));
  if (globalThis.Notification?.permission !== 'default') look(globalThis.Notification?.permission);
  return { control, element: make('div', {}, make('label', { class: 'inline' }, control, 'Notify on the desktop of what interrupts'), hint) };
}

const options = (values, chosen, words) => values.map((value) => make('option', { value, selected: value === chosen, text: words(value) }));

// What is no setting: by the pointer alone too, for who cannot drag or has no keys (WCAG 2.5.7).
function moves({ first, last }) {
  if (first && last) return [];
  const button = (value, text, more) => make('button', { type: 'button', value, text, ...more });
  return [
    !first && button('left', '← Move left', { class: 'push' }), !last && button('right', 'Move right →', { class: first && 'push' }),
    button('remove', 'Remove the column', { class: 'danger' }),
  ].filter(Boolean);
}

// Ask for a column's settings; `place` is {first, last} of one that stands somewhere.
// -> {name, filter, sound, notify}, 'left', 'right', 'remove', or null
export async function askColumn(spec, { fresh, names, seen, focus, place = { first: true, last: true } }) {
  const { filter } = spec;
  const not = filter.not || {};
  const lookUp = placesOf(names);
  const nameOf = (code) => names.get(code) || code;
  const name = make('input', { type: 'text', name: 'name', maxlength: '60', required: true, autofocus: focus !== 'text' });
  name.value = spec.name;
  const regions = chips('Places', filter.regions, { nameOf, lookUp });
  const unknown = make('input', { type: 'checkbox', name: 'unknown', checked: (filter.regions || []).includes('unknown') });
  const wanted = Object.fromEntries(Object.keys(AXIS).map((axis) => [axis, chips(AXIS[axis], filter[axis], { suggestions: seen(axis) })]));
  const muted = Object.fromEntries(Object.keys(AXIS).map((axis) => [axis, chips(AXIS[axis], not[axis], { suggestions: seen(axis) })]));
  const mutedRegions = chips('Places', not.regions, { nameOf, lookUp: placesOf(names) });
  const text = textField('Text, in the rule language', filter.text, 'text');
  const notText = textField('Text', not.text, 'not-text');
  const notify = notifications(spec.notify);
  if (focus === 'text') text.control.setAttribute('autofocus', '');
  const asked = ask({
    title: fresh ? 'A new column' : `Column “${spec.name}”`, wide: true, confirm: fresh ? 'Add the column' : 'Save',
    fields: [
      make('div', { class: 'two' },
        field('Name', name),
        field('Priority', make('select', { name: 'min_priority' }, options(['', 'urgent', 'bulletin', 'flash'], filter.min_priority || '', (value) => ({ '': 'any', urgent: 'urgent and above', bulletin: 'bulletin and above', flash: 'flash only' })[value])))),
      make('div', {}, regions.element, make('label', { class: 'inline' }, unknown, 'also alerts whose place is unknown')),
      make('div', { class: 'two' }, Object.values(wanted).map(({ element }) => element)),
      text.element,
      make('details', { class: 'mute', open: Boolean(filter.not) }, make('summary', { text: 'Mute: leave out what has any of these' }),
        make('div', { class: 'two' }, mutedRegions.element, Object.values(muted).map(({ element }) => element)), notText.element),
      make('div', { class: 'two' },
        field('Sound for', make('select', { name: 'sound' }, options(SOUNDS, spec.sound, (value) => SOUND[value]))),
        notify.element),
    ],
    extra: moves(place),
  });
  if (fresh) name.select(); // what is typed takes the place of what is proposed
  const answer = await asked;
  if (!answer || typeof answer === 'string') return answer;
  const places = regions.values().filter((code) => code !== 'unknown');
  if (unknown.checked) places.push('unknown');
  const found = { regions: places, min_priority: answer.get('min_priority'), text: answer.get('text').trim(), not: { regions: mutedRegions.values(), text: answer.get('not-text').trim() } };
  for (const axis of Object.keys(AXIS)) [found[axis], found.not[axis]] = [wanted[axis].values(), muted[axis].values()];
  return { name: answer.get('name').trim() || spec.name, filter: pruned(found), sound: answer.get('sound'), notify: notify.control.checked };
}

// Without what is empty: an axis that is not named takes everything.
function pruned(filter) {
  const kept = Object.entries(filter).map(([name, value]) => [name, name === 'not' ? pruned(value) : value]);
  return Object.fromEntries(kept.filter(([name, value]) => (name === 'not' ? Object.keys(value).length : AXES.includes(name) ? value.length : value)));
}
