// One alert as a card. Text is only ever text: nothing from an article becomes markup.

const PRIORITY = { flash: 'Flash', bulletin: 'Bulletin', urgent: 'Urgent', routine: 'Routine' };
const STATUS = { held: 'Held: under check', withdrawn: 'Withdrawn', expired: 'Expired' };
const FIELD = { headline: 'headline', description: 'lead', body_text: 'text' };

export function make(tag, { text, ...attributes } = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value !== null && value !== undefined && value !== false) element.setAttribute(name, value === true ? '' : value);
  }
  if (text !== undefined) element.textContent = text;
  element.append(...children.filter(Boolean));
  return element;
}

// A link only where the address is one of the web: never javascript: or data:.
export function webAddress(url) {
  try {
    return ['http:', 'https:'].includes(new URL(url).protocol) ? url : null;
  } catch {
    return null;
  }
}

export function age(then, now) {
  const seconds = Math.max(0, Math.round((now - then) / 1000));
  if (seconds < 60) return `${seconds} s`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min`;
  if (seconds < 86_400) return `${Math.floor(seconds / 3600)} h ${Math.floor((seconds % 3600) / 60)} min`;
  return `${Math.floor(seconds / 86_400)} d`;
}

export function card(alert, now) {
  const heading = `h-${alert.id}`;
  return make(
    'article',
    {
      class: 'card', tabindex: '-1', 'data-id': alert.id, 'data-revision': alert.revision,
      'data-priority': alert.priority, 'data-status': alert.status, 'aria-labelledby': heading,
    },
    top(alert, now),
    headline(alert, heading),
    alert.summary && make('p', { class: 'lead', dir: 'auto' }, ...marked(alert.summary, spansOf(alert, 'description', alert.summary))),
    notice(alert),
    below(alert),
    why(alert),
  );
}

function top(alert, now) {
  const issued = Date.parse(alert.issued);
  return make(
    'p', { class: 'top' },
    make('span', { class: 'priority' }, make('span', { class: 'shape', 'aria-hidden': 'true' }), PRIORITY[alert.priority] || alert.priority),
    STATUS[alert.status] && make('span', { class: 'status', text: STATUS[alert.status] }),
    alert.op === 'correction' && make('span', { class: 'status', text: 'Corrected' }),
    ...(alert.regions || []).map((region) => make('span', { class: 'region', text: region.name, title: region.code, dir: 'auto' })),
    !(alert.regions || []).length && make('span', { class: 'region unknown', text: 'region unknown' }),
    ...(alert.topics || []).map((topic) => make('span', { class: 'topic', text: topic, dir: 'auto' })),
    make(
      'span', { class: 'end' },
      alert.dedup === 'unavailable' && make('span', { class: 'degraded', text: 'copies unchecked', title: 'Redis was away: this may be a copy' }),
      alert.revision > 1 && make('span', { class: 'revision', text: `rev. ${alert.revision}` }),
      make('time', { datetime: alert.issued, 'data-at': issued, text: age(issued, now), title: alert.issued }),
    ),
  );
}

function headline(alert, id) {
  const words = marked(alert.headline, spansOf(alert, 'headline', alert.headline));
  const address = webAddress(alert.url);
  const inner = address ? [make('a', { href: address, target: '_blank', rel: 'noopener noreferrer' }, ...words)] : words;
  return make('h2', { id, dir: 'auto' }, alert.status === 'withdrawn' ? make('s', {}, ...inner) : fragment(inner));
}

function notice(alert) {
  if (!alert.reason) return null;
  const word = alert.status === 'withdrawn' ? 'Withdrawn' : alert.op === 'correction' ? 'Corrected' : 'Note';
  return make('p', { class: 'notice', dir: 'auto' }, make('strong', { text: `${word}: ` }), alert.reason);
}

function below(alert) {
  const names = alert.independent_sources || [];
  const total = alert.sources_total || (alert.sources || []).length;
  const text = names.length > 1 ? `${names.length} independent: ${names.join(', ')}` : names[0] || alert.sources?.[0]?.source || '';
  const more = total > Math.max(1, names.length) ? ` (${total} reports)` : '';
  return text && make('p', { class: 'sources', dir: 'auto', text: text + more });
}

// -- why

function why(alert) {
  const reasons = alert.why || [];
  if (!reasons.length) return null;
  const summary = make('summary', {}, make('span', { class: 'because', text: 'Why ' }), make('span', { text: oneLine(reasons), dir: 'auto' }));
  return make('details', { class: 'why' }, summary, make('ul', {}, ...inFull(reasons)));
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

// One line for each piece of text that a rule or region rests on, with all its words marked.
function inFull(reasons) {
  const lines = new Map();
  for (const one of reasons) {
    const name = `${named(one)} · ${FIELD[one.field] || one.field}`;
    const key = `${name}\n${one.context}`;
    if (!lines.has(key)) lines.set(key, { name, context: one.context || one.text, texts: [] });
    lines.get(key).texts.push(one.text);
  }
  return [...lines.values()].map(({ name, context, texts }) =>
    make('li', {}, make('span', { class: 'because', text: name }), make('q', { dir: 'auto' }, ...marked(context, found(context, texts)))));
}

// Where the words stand in their context: the contract gives offsets into the field only.
function found(context, texts) {
  const spans = texts.map((text) => {
    const at = context.indexOf(text);
    const start = Array.from(context.slice(0, at)).length;
    return at < 0 ? null : [start, start + Array.from(text).length];
  });
  return spans.filter(Boolean).sort((a, b) => a[0] - b[0]);
}

// Spans count code points, JavaScript counts UTF-16 units. A span that does not name these very words is not ours.
function spansOf(alert, field, text) {
  const points = Array.from(text || '');
  const spans = (alert.why || []).filter(
    (one) => one.field === field && one.start < one.end && points.slice(one.start, one.end).join('') === one.text,
  );
  return spans.map(({ start, end }) => [start, end]).sort((a, b) => a[0] - b[0]);
}

function marked(text, spans) {
  const points = Array.from(text || '');
  const parts = [];
  let at = 0;
  for (const [start, end] of spans) {
    if (start < at) continue;
    parts.push(points.slice(at, start).join(''), make('mark', { text: points.slice(start, end).join('') }));
    at = end;
  }
  parts.push(points.slice(at).join(''));
  return parts.filter((part) => part !== '');
}

function fragment(children) {
  const all = document.createDocumentFragment();
  all.append(...children);
  return all;
}
