// How things are put: ages, times, reasons, what changed. Pure; `now` is an argument.

export const PRIORITIES = ['routine', 'urgent', 'bulletin', 'flash'];
export const PRIORITY = { flash: 'Flash', bulletin: 'Bulletin', urgent: 'Urgent', routine: 'Routine' };
export const DOING = {
  claim: 'Claim', release: 'Release', dismiss: 'Dismiss', restore: 'Restore', escalate: 'Escalate', hold: 'Hold',
  unhold: 'Lift the hold', correct: 'Correct', withdraw: 'Withdraw', note: 'Note',
};
export const STATUS = { held: 'Held: under check', withdrawn: 'Withdrawn', expired: 'Expired' };
const FIELD = { headline: 'headline', description: 'lead', body_text: 'text' };
const ECHO = { correction: 'Corrected', withdrawal: 'Withdrawn', hold: 'Held', expiry: 'Expired', new: 'New', update: 'Raised' };

export const rank = (priority) => PRIORITIES.indexOf(priority);

export function age(then, now) {
  const seconds = Math.max(0, Math.round((now - then) / 1000));
  if (seconds < 60) return `${seconds} s`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min`;
  if (seconds < 86_400) return `${Math.floor(seconds / 3600)} h ${Math.floor((seconds % 3600) / 60)} min`;
  return `${Math.floor(seconds / 86_400)} d`;
}

// To make one of these takes longer than to draw a card.
const TIME = new Intl.DateTimeFormat([], { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' });
const DAY = new Intl.DateTimeFormat([], { day: 'numeric', month: 'short' });

// In the editor's zone, as a desk writes it; the day only where it is another one.
export function clock(then, now) {
  const date = new Date(then);
  const time = TIME.format(date);
  if (date.toDateString() === new Date(now).toDateString()) return time;
  return `${DAY.format(date)}, ${time}`;
}

export const utc = (then) => `${new Date(then).toISOString().slice(0, 19).replace('T', ' ')} UTC`;

export const many = (count, one, more = `${one}s`) => `${count.toLocaleString('en')} ${count === 1 ? one : more}`;

// An agency as people write it: AP, AFP; Reuters.
export const wireName = (wire) => (wire.length < 5 ? wire.toUpperCase() : wire === 'agencies' ? wire : wire[0].toUpperCase() + wire.slice(1));

export const sourcesLine = (alert) => {
  const names = alert.independent_sources || [];
  const total = alert.sources_total || (alert.sources || []).length;
  const wire = names.length === 1 && alert.sources?.find(({ source }) => source === names[0])?.wire;
  if (wire) return `${names[0]}, text of ${wireName(wire)}${total > 1 ? ` (${total} reports)` : ''}`;
  const text = names.length > 1 ? `${names.length} independent: ${names.join(', ')}` : names[0] || alert.sources?.[0]?.source || '';
  return text + (total > Math.max(1, names.length) ? ` (${total} reports)` : '');
};

// What an interrupting revision did, in one word.
export function deed(alert, before) {
  if (alert.op === 'update' && !(before && rank(alert.priority) > rank(before.priority))) return 'Updated';
  return ECHO[alert.op] || 'Updated';
}

const named = (one) => (one.rule ? `rule ${one.rule}` : one.region ? `region ${one.region}` : 'other');

// rule troops-abroad: “soldiers” … “send” in headline; AF: “Afghanistan”
export function oneLine(reasons) {
  const groups = new Map();
  for (const one of reasons) {
    const name = named(one);
    if (!groups.has(name)) groups.set(name, { words: [], fields: [] });
    const group = groups.get(name);
    if (!group.words.includes(one.text)) group.words.push(one.text);
    const field = FIELD[one.field] || one.field;
    if (!group.fields.includes(field)) group.fields.push(field);
  }
  return [...groups]
    .sort(([a], [b]) => b.startsWith('rule') - a.startsWith('rule'))
    .map(([name, { words, fields }]) => `${name}: ${words.map((word) => `“${word}”`).join(' … ')} in ${fields.join(', ')}`)
    .join('; ');
}

// One entry for each piece of text that rules and places rest on: {names, field, context, words}.
export function reasonsInFull(reasons) {
  const groups = new Map();
  for (const one of reasons) {
    const key = `${one.uri} ${one.field} ${one.context}`;
    const group = groups.get(key) || { names: [], field: FIELD[one.field] || one.field, context: one.context || one.text, words: [] };
    if (!group.names.includes(named(one))) group.names.push(named(one));
    if (!group.words.includes(one.text)) group.words.push(one.text);
    groups.set(key, group);
  }
  return [...groups.values()];
}

const escaped = (word) => word.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');

// A text in parts, [text, marked]: by spans of code points where the text is the very field, else by the words.
export function parts(text, { spans = [], words = [] } = {}) {
  if (!spans.length && words.length) {
    const pieces = text.split(new RegExp(`(${[...words].sort((a, b) => b.length - a.length).map(escaped).join('|')})`, 'u'));
    return pieces.map((piece, at) => [piece, at % 2 === 1]).filter(([piece]) => piece);
  }
  const points = Array.from(text);
  const found = [];
  let at = 0;
  for (const [start, end] of [...spans].sort((a, b) => a[0] - b[0])) {
    if (start < at) continue;
    found.push([points.slice(at, start).join(''), false], [points.slice(start, end).join(''), true]);
    at = end;
  }
  found.push([points.slice(at).join(''), false]);
  return found.filter(([piece]) => piece);
}

// Where the reasons lie in a field as it is shown; offsets count code points and are believed only if the words are there.
export function spansOf(alert, field, text) {
  const points = Array.from(text || '');
  return (alert.why || [])
    .filter((one) => one.field === field && points.slice(one.start, one.end).join('') === one.text)
    .map(({ start, end }) => [start, end]);
}

// Scripts that write no spaces count each character.
const WORDS = /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}]\p{M}*|[\p{L}\p{M}\p{N}_]+|\s+|[^\p{L}\p{M}\p{N}_\s]/gu;

// What changed between two texts, word by word: [words, 'same' | 'gone' | 'new'] (longest common subsequence).
export function difference(before, after) {
  const [a, b] = [before, after].map((text) => text.slice(0, 2000).match(WORDS) || []);
  const best = Array.from({ length: a.length + 1 }, () => new Uint16Array(b.length + 1));
  for (let i = a.length - 1; i >= 0; i -= 1) {
    for (let j = b.length - 1; j >= 0; j -= 1) {
      best[i][j] = a[i] === b[j] ? best[i + 1][j + 1] + 1 : Math.max(best[i + 1][j], best[i][j + 1]);
    }
  }
  const found = [];
  const put = (word, how) => (found.at(-1)?.[1] === how ? (found.at(-1)[0] += word) : found.push([word, how]));
  let [i, j] = [0, 0];
  while (i < a.length || j < b.length) {
    if (i < a.length && j < b.length && a[i] === b[j]) [put(b[j], 'same'), (i += 1), (j += 1)];
    else if (i < a.length && (j === b.length || best[i + 1][j] >= best[i][j + 1])) [put(a[i], 'gone'), (i += 1)];
    else [put(b[j], 'new'), (j += 1)];
  }
  return gathered(found);
}

// Words changed with nothing but a space between are one change: “~~ordered by~~ asked of”, not word for word in turn.
function gathered(parts) {
  const found = [];
  let [gone, fresh] = ['', ''];
  const flush = () => {
    if (gone) found.push([gone, 'gone']);
    if (fresh) found.push([fresh, 'new']);
    [gone, fresh] = ['', ''];
  };
  for (const [at, [words, how]] of parts.entries()) {
    if (how === 'gone') gone += words;
    else if (how === 'new') fresh += words;
    else if (gone && fresh && parts[at + 1] && !words.trim()) [gone, fresh] = [gone + words, fresh + words];
    else (flush(), found.push([words, how]));
  }
  flush();
  return found;
}
