// One alert as a card; and, where it was touched again later, the one line that says so.

import { make, webAddress } from '/page/dom.js';
import { PRIORITY, STATUS, age, clock, deed, difference, oneLine, parts, reasonsInFull, sourcesLine, spansOf, utc } from '/page/words.js';

const priority = (word) => make('span', { class: 'priority', 'data-priority': word }, make('i', { 'aria-hidden': 'true' }), PRIORITY[word] || word);

const marked = (text, how) => parts(text || '', how).map(([piece, hit]) => (hit ? make('mark', { text: piece }) : piece));

function when(instant, now) {
  const at = Date.parse(instant);
  return make(
    'time', { datetime: instant, title: utc(at) },
    make('span', { class: 'clock', text: clock(at, now) }), make('span', { class: 'age', 'data-at': at, text: age(at, now) }),
  );
}

// view: {alert, before, sheet, busy, open (a Set of what is unfolded), now, me, unseen, tools, panels}
export function card(view) {
  const { alert, sheet, open } = view;
  const heading = `h-${view.column}-${alert.id}`;
  const dismissed = sheet?.state === 'dismissed';
  return make(
    'article',
    {
      class: `row card${dismissed ? ' dismissed' : ''}${view.unseen ? ' unseen' : ''}${open.size ? ' open' : ''}`, tabindex: '-1', 'aria-labelledby': heading,
      'data-id': alert.id, 'data-revision': alert.revision, 'data-priority': alert.priority, 'data-status': alert.status,
    },
    top(view),
    headline(view, heading),
    ...(dismissed && !open.size ? [deskLine(view)] : body(view)),
    view.tools,
  );
}

const body = (view) => [lead(view), changed(view), notice(view), about(view.alert), deskLine(view), why(view), ...view.panels];

function top({ alert, now, open }) {
  return make(
    'p', { class: 'top' },
    priority(alert.priority),
    STATUS[alert.status] && make('span', { class: 'status', text: STATUS[alert.status] }),
    alert.op === 'correction' && make('span', { class: 'status corrected', text: 'Corrected' }),
    alert.dedup === 'unavailable' && make('span', { class: 'degraded', text: 'copies unchecked', title: 'Redis was away: this may be a copy of another alert' }),
    make(
      'span', { class: 'end' },
      alert.revision > 1 && make('button', {
        type: 'button', class: 'link', 'data-act': 'revisions', 'data-focus': 'revisions', 'aria-expanded': String(open.has('revisions')), tabindex: '-1',
        text: `rev. ${alert.revision}`, title: 'What it said before (v)',
      }),
      when(alert.issued, now),
    ),
  );
}

function headline({ alert }, id) {
  const words = marked(alert.headline, { spans: spansOf(alert, 'headline', alert.headline) });
  const address = webAddress(alert.url);
  const inner = address ? [make('a', { href: address, target: '_blank', rel: 'noopener noreferrer', tabindex: '-1' }, words)] : words;
  return make('h3', { id, dir: 'auto' }, alert.status === 'withdrawn' ? make('s', {}, inner) : inner);
}

function lead({ alert }) {
  if (!alert.summary) return null;
  return make('p', { class: 'lead', dir: 'auto' }, marked(alert.summary, { spans: spansOf(alert, 'description', alert.summary) }));
}

// A correction shows what it changed, word by word, as far as we know what stood there.
function changedField({ alert, before }) {
  if (alert.op !== 'correction' || !before || before.revision >= alert.revision) return null;
  return ['headline', 'summary'].find((name) => before[name] !== alert[name]) || null;
}

function changed(view) {
  const field = changedField(view);
  return field && make('p', { class: 'change' }, make('span', { class: 'label', text: 'Changed ' }), make('bdi', {}, versus(view.before[field], view.alert[field])));
}

const versus = (before, after) =>
  difference(before || '', after || '').map(([word, how]) => (how === 'same' ? word : make(how === 'gone' ? 'del' : 'ins', { text: word })));

function notice(view) {
  const { alert } = view;
  if (!alert.reason) return null;
  // That this is now that is seen above already, and better.
  if (changedField(view) === 'headline' && alert.reason.includes(alert.headline)) return null;
  const word = alert.status === 'withdrawn' ? 'Withdrawn' : alert.op === 'correction' ? 'Corrected' : 'Note';
  return make('p', { class: 'notice' }, make('strong', { text: `${word}: ` }), make('bdi', { text: alert.reason }));
}

function about(alert) {
  const regions = alert.regions || [];
  const line = sourcesLine(alert);
  return make(
    'p', { class: 'about' },
    regions.map((region) => make('bdi', { class: 'region', text: region.name, title: region.code })),
    !regions.length && make('span', { class: 'region unknown', text: 'region unknown' }),
    (alert.topics || []).map((topic) => make('bdi', { class: 'topic', text: topic })),
    line && make('bdi', { class: 'sources', text: line }),
  );
}

function deskLine({ sheet, me, busy, now }) {
  if (busy) return make('p', { class: 'desk busy', text: `${busy}: asking the desk…` });
  if (!sheet) return null;
  const mine = sheet.claimed_by === me;
  const at = clock(Date.parse(sheet.at), now);
  const said = [
    sheet.state === 'dismissed' && make('span', {}, 'Dismissed', sheet.do === 'dismiss' && [' by ', make('bdi', { text: sheet.by }), ` at ${at}`]),
    sheet.claimed_by && make('span', { class: mine ? 'mine' : 'theirs' }, mine ? 'You have it' : [make('bdi', { class: 'whose', text: sheet.claimed_by }), ' has it']),
    sheet.note && make('span', { class: 'remark' }, make('bdi', { text: `“${sheet.note}”` })),
  ].filter(Boolean);
  return said.length ? make('p', { class: 'desk' }, said) : null;
}

function why({ alert, open }) {
  const reasons = alert.why || [];
  if (!reasons.length) return null;
  const summary = make('summary', { 'data-act': 'why', tabindex: '-1' }, make('span', { class: 'label', text: 'Why ' }), make('bdi', { text: oneLine(reasons) }));
  const full = open.has('why') && make(
    'ul', {},
    reasonsInFull(reasons).map(({ names, field, context, words }) => make(
      'li', {}, make('span', { class: 'label' }, `In ${field}: `, make('bdi', { text: names.join(', ') })), make('q', { dir: 'auto' }, marked(context, { words })),
    )),
    alert.ruleset && make('li', { class: 'label', text: `Rule set ${alert.ruleset}` }),
  );
  return make('details', { class: 'why', open: open.has('why') }, summary, full);
}

// -- what unfolds

export function revisionsPanel(items, now) {
  if (!items) return make('p', { class: 'panel label', text: 'Loading what it said before…' });
  if (typeof items === 'string') return make('p', { class: 'panel fault', text: items });
  if (!items.length) return make('p', { class: 'panel label', text: 'What it said before is no longer at hand.' });
  const first = items[0].revision;
  return make(
    'ol', { class: 'panel revisions', 'aria-label': 'Revisions' },
    first > 1 && make('li', { class: 'label', text: `What came before revision ${first} is no longer at hand.` }),
    items.map((one, at) => make(
      'li', {},
      make('p', { class: 'label' }, `${one.revision}. ${deed(one, items[at - 1])} `, one.priority !== items[at - 1]?.priority && priority(one.priority), when(one.issued, now)),
      make('p', { class: 'said', dir: 'auto' }, items[at - 1] ? versus(items[at - 1].headline, one.headline) : one.headline),
      one.reason && make('p', { class: 'label', dir: 'auto', text: one.reason }),
      items[at - 1] && one.sources_total > items[at - 1].sources_total && make('p', { class: 'label' }, make('bdi', { text: sourcesLine(one) })),
    )),
  );
}

export function trailPanel(trail, now) {
  if (!trail) return make('p', { class: 'panel label', text: 'Asking who did what…' });
  if (typeof trail === 'string') return make('p', { class: 'panel fault', text: trail });
  if (!trail.items.length) return make('p', { class: 'panel label', text: 'No editor has touched it.' });
  return make(
    'ol', { class: 'panel trail', 'aria-label': 'What editors did' },
    trail.more && make('li', { class: 'label', text: 'Earlier entries are not shown.' }),
    trail.items.map((one) => make(
      'li', { class: one.outcome === 'refused' && 'refused' },
      when(one.at, now), ' ', make('bdi', { class: 'whose', text: one.by }), ` ${one.do}`,
      one.outcome === 'refused' && make('span', { class: 'fault', text: ` refused: ${one.reason || ''}` }),
      one.result_revision && make('span', { class: 'label', text: ` → revision ${one.result_revision}` }),
      one.note && make('bdi', { text: ` “${one.note}”` }),
    )),
  );
}

// -- the other rows

export function echo(alert, before, now) {
  return make(
    'article', { class: 'row echo', tabindex: '-1', 'data-echo': alert.id, 'data-priority': alert.priority, 'data-status': alert.status, 'aria-label': `${deed(alert, before)}: ${alert.headline}` },
    make('button', { type: 'button', class: 'echo-button', 'data-act': 'show', tabindex: '-1', title: 'Go to the card' },
      make('span', { class: 'deed', text: deed(alert, before) }), make('bdi', { class: 'echoed', text: alert.headline })),
    when(alert.issued, now),
  );
}

const GAP = {
  expired: 'they are older than what the server keeps at hand',
  epoch: 'the feed was started anew',
  limit: 'there were too many to send',
  future: 'the server does not know where we were',
};

export function gapRow(gap) {
  const count = gap.next - gap.after - 1;
  const span = gap.why === 'epoch' || gap.why === 'future' || count < 1 ? '' : ` (places ${gap.after + 1} to ${gap.next - 1} of the feed)`;
  return make(
    'article', { class: 'row gap', tabindex: '-1', 'aria-label': 'Alerts may be missing here' },
    make('p', { text: gap.said || `Alerts may be missing here: ${GAP[gap.why] || gap.why}${span}.` }),
    !gap.said && make('button', { type: 'button', 'data-act': 'load', 'data-focus': 'load', text: gap.loading ? 'Loading…' : 'Load what was missed', 'aria-disabled': gap.loading && 'true' }),
  );
}
