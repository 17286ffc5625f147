// The verdict on one article, in full: the text with its marks, what fired, what nearly did, which places, which signals.

import { OUTCOME, make, moment, priority, runs } from '/page/lab-dom.js';
import { evidence } from '/page/lab-results.js';

const FIELD = { headline: 'Headline', description: 'Lead', body_text: 'Text' };

export function explained(answer) {
  const seen = answer.draft || answer.in_force;
  if (seen.error) return [make('p', { class: 'notice bad', text: seen.error })];
  return [
    make('p', { class: 'outcome' }, outcome(seen), answer.draft && make('span', { class: 'hint' }, ' by the edited rules; in force: ', outcome(answer.in_force))),
    make('p', { class: 'hint' }, `${seen.source} · ${seen.uri}${seen.version ? ` · v${seen.version}` : ''} · ${seen.article.language} · judged as of `, moment(answer.as_of)),
    ...seen.article.texts.map(({ field, runs: pieces }) => make('section', { class: 'whole' },
      make('h3', { text: FIELD[field] || field }), make('p', { dir: 'auto', 'data-field': field }, ...runs(pieces)))),
    part('Fired', seen.rules.length && seen.matches.map((match) => [match.rule, make('span', {}, `${match.priority}${match.topic ? `, ${match.topic}` : ''}`, evidence(match.words))])),
    part('Held back', seen.nearly.filter((miss) => miss.whole).map(missed)),
    part('Nearly fired', seen.nearly.filter((miss) => !miss.whole).map(missed)),
    part('About', seen.places.map((place) => [place.name, make('span', {}, place.code, evidence(place.words))])),
    part('Signals', seen.signals.map((signal) => [signal.name, make('span', {}, evidence(signal.evidence.map((one) => one.text)))])),
  ].filter(Boolean);
}

function outcome(seen) {
  return make('span', { class: 'badge', 'data-outcome': seen.outcome }, seen.priority && priority(seen.priority), `${seen.priority ? ' ' : ''}${OUTCOME[seen.outcome] || seen.outcome}`);
}

function missed(miss) {
  return [miss.rule, make('ul', { class: 'obstacles' },
    miss.found.length > 0 && make('li', {}, 'has', evidence(miss.found)),
    ...miss.obstacles.map((one) => make('li', {}, one.text, evidence(one.evidence))))];
}

function part(title, rows) {
  if (!rows || !rows.length) return null;
  return make('section', { class: 'part' }, make('h3', { text: title }), make('dl', {}, ...rows.flatMap(([term, value]) => [make('dt', { text: term, dir: 'auto' }), make('dd', {}, value)])));
}
