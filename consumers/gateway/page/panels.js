// What unfolds below a card: who reports it, what it said before, what editors did.

import { make, webAddress } from '/page/dom.js';
import { priority, versus, when } from '/page/pieces.js';
import { DOING, deed, sourcesLine, wireName } from '/page/words.js';

const DID = {
  claim: 'claimed it', release: 'released it', dismiss: 'dismissed it', restore: 'restored it', escalate: 'escalated it', hold: 'put it on hold',
  unhold: 'lifted the hold', correct: 'corrected it', withdraw: 'withdrew it', note: 'noted',
};
const ROLE = { first: 'first', independent: 'same event', copy: 'copy', correction: 'corrects' };

// Each report: when, by whom, whose text it prints, what it says, and why it is taken to be of the same event.
export function sourcesPanel(alert, now) {
  const { sources = [] } = alert;
  if (sources.length < 2 && !sources[0]?.wire) return null;
  const more = (alert.sources_total || 0) - sources.length;
  return make(
    'ol', { class: 'panel reports', 'aria-label': 'Who reports it' },
    sources.map((one) => make(
      'li', { 'data-role': one.role },
      make('p', { class: 'label' },
        one.published && when(one.published, now), make('bdi', { class: 'whose', text: one.source }), ROLE[one.role] || one.role,
        one.wire && make('span', { class: 'wire', text: `text of ${wireName(one.wire)}` })),
      make('p', { class: 'said', dir: 'auto' }, linked(one)),
      one.shared?.length > 0 && make('p', { class: 'label shared' }, make('span', { text: 'in common with the first:' }), make('bdi', { text: one.shared.join(', ') })),
    )),
    more > 0 && make('li', { class: 'label', text: `and ${more} more, not listed here` }),
  );
}

function linked({ headline, url }) {
  const address = webAddress(url);
  return address ? make('a', { href: address, target: '_blank', rel: 'noopener noreferrer', text: headline }) : headline;
}

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
      when(one.at, now), ' ', make('bdi', { class: 'whose', text: one.by }), one.outcome === 'refused' ? ` ${DOING[one.do] || one.do}:` : ` ${DID[one.do] || one.do}`,
      one.outcome === 'refused' && make('span', { class: 'fault', text: ` refused, ${(one.reason || '').replace(/^\w+: /, '')}` }),
      one.result_revision && make('span', { class: 'label', text: ` → revision ${one.result_revision}` }),
      one.note && make('bdi', { text: ` “${one.note}”` }),
    )),
  );
}
