// The corner that tells how the pipeline does: what waits, what is dead, which rules are in force, whether copies are seen.

import { make, say } from '/page/dom.js';
import { get } from '/page/remote.js';
import { age, many } from '/page/words.js';

const EVERY = 10_000; // ms
const SILENT = 120; // seconds after which a classifier that has not spoken is taken to be away: it speaks every 30
const MUCH = 1000; // records waiting, from which on it is said in colour

// What is wrong with the rules, in a word or two, or ''. `rules` is what the classifiers say, the newest first.
export function rulesWrong(rules, seconds) {
  if (!rules?.length) return 'rules unknown';
  if (seconds - rules[0].told > SILENT) return 'classifier silent';
  const speaking = rules.filter(({ told }) => seconds - told <= SILENT);
  if (speaking.some(({ refused }) => refused)) return 'rules edit refused';
  return speaking.length > 1 ? `${speaking.length} rule sets` : '';
}

// What the corner says, and how it is meant; `seconds` is the time. Pure.
export function judged(pulse, newest, seconds = 0) {
  if (!pulse) return { word: 'pipeline unknown', state: 'wait' };
  const waiting = [pulse.articles, pulse.desk].map((each) => each?.waiting).filter((each) => each !== null && each !== undefined);
  const lag = waiting.length ? waiting.reduce((sum, each) => sum + each, 0) : null;
  const dead = pulse.dead?.last_hour || 0;
  const only = waiting.length > 1 ? '' : (pulse.desk?.waiting ?? null) === null ? 'articles: ' : 'desk: '; // nothing is said of the other
  const said = [lag === null ? 'lag unknown' : `${only}${lag > 0 ? `lag ${lag.toLocaleString('en')}` : 'no lag'}`];
  if (dead) said.push(many(dead, 'dead letter'));
  if (newest?.dedup === 'unavailable') said.push('copies unchecked');
  const rules = rulesWrong(pulse.rules, seconds);
  if (rules) said.push(rules);
  const state = newest?.dedup === 'unavailable' || dead || lag === null || lag > MUCH || rules ? 'wait' : 'good';
  return { word: said.join(' · '), state };
}

// The rule set in force at the classifiers, and what became of its newest edit, as they tell it. Pure.
export function rulesInForce(rules, newest, now) {
  const ago = (at) => `${age(at, now)} ago`;
  const lines = [];
  if (!rules) lines.push(['Rule set in force', 'unknown: Kafka did not answer']);
  else if (!rules.length) lines.push(['Rule set in force', 'unknown: no classifier has said what it judges by']);
  for (const { ruleset, count, since, told, refused, problems, problem } of rules || []) {
    const silent = now / 1000 - told > SILENT ? `; not heard of for ${age(told * 1000, now)}` : '';
    lines.push(['Rule set in force', `${ruleset}, ${many(count, 'rule')}, since ${ago(Date.parse(since))}${silent}`]);
    lines.push(['Newest edit of the rules', refused
      ? `refused ${ago(Date.parse(refused))}; the set before stays in force. ${problem}${problems > 1 ? ` (and ${many(problems - 1, 'more problem')})` : ''}`
      : 'in force']);
  }
  if (newest?.ruleset && !rules?.some(({ ruleset }) => ruleset === newest.ruleset)) lines.push(['Rule set of the newest alert', `${newest.ruleset}, ${ago(Date.parse(newest.issued))}`]);
  return lines;
}

export class PulseCorner {
  constructor(button, panel, { store, now, skew }) {
    Object.assign(this, { button, panel, store, now, skew });
    this.pulse = null;
    setInterval(() => !document.hidden && this.look(), EVERY);
  }

  async look() {
    try {
      this.pulse = await get('/v1/pulse');
    } catch {
      this.pulse = null;
    }
    this.show();
  }

  // Below its button, wherever the bar has wrapped it to.
  open() {
    this.panel.style.top = `${this.button.getBoundingClientRect().bottom + 6}px`;
    this.look();
  }

  // Ages go on while somebody looks.
  tick() {
    if (this.panel.matches(':popover-open')) this.show();
  }

  show() {
    const { word, state } = judged(this.pulse, this.store.newest, this.now() / 1000);
    this.button.dataset.state = state;
    say(this.button.querySelector('.word'), word);
    this.panel.replaceChildren(make('h2', { text: 'The pipeline' }), make('dl', {}, this.lines().map(([name, value]) => [make('dt', { text: name }), make('dd', { text: value })])));
  }

  lines() {
    const { pulse } = this;
    const newest = this.store.newest;
    const count = (value) => (value === null || value === undefined ? 'unknown' : value.toLocaleString('en'));
    if (!pulse) return [['State', 'The gateway did not answer.']];
    return [
      ['Articles waiting to be judged', count(pulse.articles?.waiting)],
      ['Waiting for the desk', count(pulse.desk?.waiting)],
      ['Dead letters', `${count(pulse.dead?.last_hour)} in the last hour, ${count(pulse.dead?.kept)} kept`],
      ...rulesInForce(pulse.rules, newest, this.now()),
      ['Copies', newest?.dedup === 'unavailable' ? 'unchecked: Redis was away when the newest alert was made' : 'checked'],
      ['This computer’s clock', this.skew() || 'agrees with the server’s'],
      ['Looked', pulse.looked ? `${many(Math.max(0, Math.round(this.now() / 1000 - pulse.looked)), 'second')} ago` : 'not yet'],
    ];
  }
}
