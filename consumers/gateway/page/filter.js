// A column's filter: as the protocol has it, as pairs of a query, as a line to read, as part of a link. Pure.

export const AXES = ['regions', 'topics', 'rules', 'languages', 'sources'];
export const SOUNDS = ['interrupting', 'bulletin', 'flash', 'none'];
const LABEL = { regions: '', topics: 'topic', rules: 'rule', languages: 'language', sources: 'from' };
export const MOST_COLUMNS = 24;
const MOST_VALUES = 200;

// [[name, value], ...] as /v1/alerts and links take them.
export function pairs(filter) {
  const found = [];
  for (const axis of AXES) for (const value of filter[axis] || []) found.push([axis, value]);
  if (filter.min_priority) found.push(['min_priority', filter.min_priority]);
  if (filter.text) found.push(['text', filter.text]);
  for (const axis of AXES) for (const value of filter.not?.[axis] || []) found.push([`not.${axis}`, value]);
  if (filter.not?.text) found.push(['not.text', filter.not.text]);
  return found;
}

// Back from pairs; what is no axis of ours is left out, so that a link can carry nothing else.
export function fromPairs(given) {
  const filter = {};
  for (const [name, value] of given) {
    if (!value || value.length > 1000) continue;
    const place = name.startsWith('not.') ? (filter.not ||= {}) : filter;
    const axis = name.replace(/^not\./, '');
    if (AXES.includes(axis)) (place[axis] ||= []).length < MOST_VALUES && place[axis].push(value);
    else if (axis === 'text') place.text = value;
    else if (name === 'min_priority' && ['flash', 'bulletin', 'urgent', 'routine'].includes(value)) filter.min_priority = value;
  }
  if (filter.not && !Object.keys(filter.not).length) delete filter.not;
  return filter;
}

// Ukraine, Belarus · urgent and above · topic conflict · “drone*” · without topic sport
export function line(filter, nameOf = (code) => code) {
  const axis = (name, values) => `${LABEL[name] ? `${LABEL[name]} ` : ''}${values.map((value) => (name === 'regions' ? nameOf(value) : value)).join(', ')}`;
  const said = AXES.filter((name) => filter[name]).map((name) => axis(name, filter[name]));
  if (filter.min_priority) said.push(filter.min_priority === 'flash' ? 'flash only' : `${filter.min_priority} and above`);
  if (filter.text) said.push(`“${filter.text}”`);
  const without = AXES.filter((name) => filter.not?.[name]).map((name) => axis(name, filter.not[name]));
  if (filter.not?.text) without.push(`“${filter.not.text}”`);
  if (without.length) said.push(`without ${without.join(', ')}`);
  return said.join(' · ') || 'everything';
}

// -- columns: {id, name, filter, sound, notify}

export function column(spec, id) {
  return {
    id,
    name: String(spec.name || 'Alerts').slice(0, 60),
    filter: fromPairs(Array.isArray(spec.filter) ? spec.filter : pairs(spec.filter || {})),
    sound: SOUNDS.includes(spec.sound) ? spec.sound : 'interrupting',
    notify: spec.notify === true,
  };
}

// A layout as a fragment: c=name%3D…%26regions%3DUA&c=…; readable, and never with a token in it.
export const toFragment = (columns) =>
  new URLSearchParams(columns.map(({ name, filter }) => ['c', new URLSearchParams([['name', name], ...pairs(filter)]).toString()])).toString();

export function fromFragment(fragment) {
  const given = new URLSearchParams(fragment.replace(/^#/, '')).getAll('c').slice(0, MOST_COLUMNS);
  return given.map((text) => {
    const all = [...new URLSearchParams(text)];
    return { name: all.find(([name]) => name === 'name')?.[1], filter: all.filter(([name]) => name !== 'name') };
  });
}
