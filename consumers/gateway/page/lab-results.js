// What a rule would have done: where it fires, where it nearly does, which alerts come and go.

import { $, OUTCOME, PRIORITY, count, make, moment, priority, runs, several, webAddress } from '/page/lab-dom.js';

export class Results {
  constructor(explain) {
    this.explain = explain; // called with the uri of an article
    this.clear();
  }

  clear() {
    for (const part of ['fired', 'near', 'effect']) {
      $(`n-${part}`).textContent = '';
      $(`${part}-sum`).replaceChildren();
      $(`${part}-items`).replaceChildren();
    }
    this.total = 0;
    this.added = 0;
  }

  // Events in the order in which they come; see docs/lab.md.
  hear(event) {
    switch (event.type) {
      case 'rules':
        this.clear();
        this.articles = event.articles;
        return;
      case 'fired': return this.fired(event);
      case 'total': return this.counted(event);
      case 'near': return this.near(event.items);
      case 'effect': return this.effect(event);
    }
  }

  fired(event) {
    this.total += 1;
    $('n-fired').textContent = count(this.total);
    const item = make('li', { class: 'item' }, this.top(event, change(event)), ...this.text(event), this.below(event));
    $('fired-items').append(item);
  }

  counted({ fired, listed, since }) {
    $('n-fired').textContent = count(fired) + (since ? '+' : '');
    const of = `of ${several(this.articles, 'recent article')}`;
    const more = fired > listed ? `; the newest ${listed} are listed` : '';
    const broad = since ? [' So many that no more were looked at, back to ', moment(since)] : [];
    $('fired-sum').replaceChildren(fired ? `Fires on ${count(fired)} ${of}${more}.` : `Fires on none ${of}.`, ...broad);
  }

  near(items) {
    $('n-near').textContent = count(items.length);
    $('near-sum').textContent = items.length ? 'Nearest first: what was missing, or in the way.' : 'It came near on no recent article.';
    $('near-items').replaceChildren(...items.map((event) => make('li', { class: 'item' },
      this.top(event, null), ...this.text(event),
      make('ul', { class: 'obstacles' }, ...event.obstacles.map((one) => make('li', {}, make('b', { text: `${event.rule} ` }), one.text, evidence(one.evidence)))),
      this.below(event))));
  }

  top(event, badge) {
    return make('p', { class: 'top' },
      event.priority && priority(event.priority), badge,
      make('span', { class: 'source', text: event.source, dir: 'auto' }), event.version && make('span', { text: `v${event.version}` }),
      make('span', { class: 'end' }, moment(event.received)));
  }

  text(event) {
    const address = webAddress(event.url);
    const words = runs(event.headline);
    const inner = address ? [make('a', { href: address, target: '_blank', rel: 'noopener noreferrer' }, ...words)] : words;
    return [
      make('h3', { dir: 'auto' }, ...inner),
      ...event.passages.map((passage) => make('p', { class: 'passage', dir: 'auto', 'data-zone': passage.zone }, ...runs(passage.runs))),
    ];
  }

  below(event) {
    const button = make('button', { class: 'quiet', type: 'button', text: 'Explain' });
    button.addEventListener('click', () => this.explain(event.uri));
    return make('p', { class: 'below' },
      ...(event.rules || []).map((rule) => make('span', { class: 'chip rule', text: rule })),
      ...(event.regions || []).map((region) => make('span', { class: 'chip', text: region.name, title: region.code, dir: 'auto' })),
      ...(event.signals || []).map((signal) => make('span', { class: 'chip signal', text: signal })),
      button);
  }

  effect(event) {
    const { added, removed, changed, same } = event;
    $('n-effect').textContent = added + removed + changed ? [added && `+${added}`, removed && `−${removed}`, changed && `~${changed}`].filter(Boolean).join(' ') : '±0';
    const sum = `${several(added, 'alert')} added, ${count(removed)} removed, ${count(changed)} changed, ${count(same)} the same`;
    const since = event.since ? [`, by ${several(event.articles, 'article')} since `, moment(event.since)] : [];
    const cut = event.cut ? ' (of the last day only this part was tried, as the rule is very broad).' : '.';
    $('effect-sum').replaceChildren(sum, ...since, cut);
    $('effect-items').replaceChildren(...event.changes.map(changeItem));
  }
}

const WORD = { added: '+ added', removed: '− removed', changed: '~ changed' };

function changeItem(event) {
  const now = event.after || event.before;
  const was = event.change === 'changed' && make('p', { class: 'passage' },
    `was ${PRIORITY[event.before.priority] || event.before.priority} by ${event.before.rules.join(', ')}`);
  return make('li', { class: 'item', 'data-change': event.change },
    make('p', { class: 'top' }, make('span', { class: 'change', text: WORD[event.change] }), priority(now.priority),
      make('span', { class: 'source', text: event.source || '', dir: 'auto' }), make('span', { class: 'end' }, moment(event.at))),
    make('h3', { dir: 'auto', text: event.headline }), was || null,
    make('p', { class: 'below' }, ...now.rules.map((rule) => make('span', { class: 'chip rule', text: rule })), make('span', { class: 'hint', text: several(event.reports, 'report') })));
}

// What is new about an article that fires, against the rules in force.
function change(event) {
  const { before } = event;
  if (!before.rules.length) return make('span', { class: 'badge new', text: `new: was ${OUTCOME[before.outcome] || before.outcome}` });
  if (before.priority !== event.priority) return make('span', { class: 'badge', text: `was ${PRIORITY[before.priority] || before.priority}` });
  return null;
}

export function evidence(words) {
  return words.length ? make('span', {}, ': ', ...words.flatMap((word, number) => [number ? ', ' : '', make('q', { text: word, dir: 'auto' })])) : null;
}
