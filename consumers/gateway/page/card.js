// One alert as a card; and, where it was touched again later, the one line that says so.

import { make, webAddress } from '/page/dom.js';
import { marked, priority, versus, when } from '/page/pieces.js';
import { isDismissed } from '/page/store.js';
import { STATUS, clock, deed, oneLine, reasonsInFull, sourcesLine, spansOf } from '/page/words.js';

// view: {alert, told, corrected, wrong, sheet, busy, open (a Set of what is unfolded), now, me, unseen, tools, panels}
export function card(view) {
  const { alert, open } = view;
  const heading = `h-${view.column}-${alert.id}`;
  const dismissed = isDismissed(view);
  return make(
    'article',
    {
      class: `row card${dismissed ? ' dismissed' : ''}${view.unseen ? ' unseen' : ''}${open.size ? ' open' : ''}`, tabindex: '-1', 'aria-labelledby': `${heading}-is ${heading}`,
      'data-id': alert.id, 'data-revision': alert.revision, 'data-priority': alert.priority, 'data-status': alert.status,
    },
    top(view, `${heading}-is`),
    headline(view, heading),
    ...(dismissed && !open.size ? [deskLine(view)] : body(view)),
    view.tools,
  );
}

const body = (view) => [lead(view), changed(view), notice(view), about(view.alert), deskLine(view), why(view), ...view.panels];

// How urgent it is and whether it stands: to readers of screens that is part of the card's name.
const standing = ({ alert, corrected }, id) => make(
  'span', { class: 'standing', id },
  priority(alert.priority),
  STATUS[alert.status] && make('span', { class: 'status', text: STATUS[alert.status] }),
  corrected && make('span', { class: 'status corrected', text: 'Corrected' }),
);

function top(view, id) {
  const { alert, now, open } = view;
  return make(
    'p', { class: 'top' },
    standing(view, id),
    alert.op === 'new' && !alert.interrupt && make('span', { class: 'hushed', text: 'no sound', title: 'Issued without interrupting anybody: its rules had interrupted as often as they may within the hour' }),
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

// A correction shows what it changed, word by word, as far as we know what stood there; and goes on showing it.
function changedField({ corrected, wrong }) {
  if (!corrected || !wrong) return null;
  return ['headline', 'summary'].find((name) => wrong[name] !== corrected[name]) || null;
}

function changed(view) {
  const field = changedField(view);
  return field && make('p', { class: 'change' }, make('span', { class: 'label', text: 'Changed ' }), make('bdi', {}, versus(view.wrong[field], view.corrected[field])));
}

// Why it interrupted last; what came quietly after that has no reason of its own.
const WORD = { withdrawal: 'Withdrawn', correction: 'Corrected' };
function notice(view) {
  const { told } = view;
  if (!told) return null;
  // That this is now that is seen above already, and better.
  if (told.revision === view.corrected?.revision && changedField(view) === 'headline' && told.reason.includes(told.headline)) return null;
  return make('p', { class: 'notice' }, make('strong', { text: `${WORD[told.op] || 'Update'}: ` }), make('bdi', { text: told.reason }));
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

function deskLine(view) {
  const { sheet, me, busy, now } = view;
  if (busy) return make('p', { class: 'desk busy', text: `${busy}: asking the desk…` });
  if (!sheet) return null;
  const mine = sheet.claimed_by === me;
  const at = clock(Date.parse(sheet.at), now);
  const said = [
    sheet.state === 'dismissed' && make('span', {}, 'Dismissed', sheet.do === 'dismiss' && [' by ', make('bdi', { text: sheet.by }), ` at ${at}`], !isDismissed(view) && ', before the latest news'),
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

// -- the other rows

export function echo({ alert, before }, unseen, now) {
  return make(
    'article', { class: `row echo${unseen ? ' unseen' : ''}`, tabindex: '-1', 'data-echo': alert.id, 'data-priority': alert.priority, 'data-status': alert.status, 'aria-label': `${deed(alert, before)}: ${alert.headline}` },
    make('button', { type: 'button', class: 'echo-button', 'data-act': 'show', tabindex: '-1', title: 'Go to the card' },
      make('span', { class: 'deed', text: deed(alert, before) }), make('bdi', { class: 'echoed', text: alert.headline })),
    when(alert.issued, now),
    alert.reason && make('p', { class: 'echo-why', dir: 'auto', text: alert.reason }),
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
