// The corner that tells how the pipeline does: what waits, what is dead, which rules are in force, whether copies are seen.

import { make, say } from '/page/dom.js';
import { get } from '/page/remote.js';
import { age, many } from '/page/words.js';

const EVERY = 10_000; // ms
const MUCH = 1000; // records waiting, from which on it is said in colour

// What the corner says, and how it is meant. Pure.
export function judged(pulse, newest) {
  if (!pulse) return { word: 'pipeline unknown', state: 'wait' };
  const waiting = [pulse.articles, pulse.desk].map((each) => each?.waiting).filter((each) => each !== null && each !== undefined);
  const lag = waiting.length ? waiting.reduce((sum, each) => sum + each, 0) : null;
  const dead = pulse.dead?.last_hour || 0;
  const only = waiting.length > 1 ? '' : (pulse.desk?.waiting ?? null) === null ? 'articles: ' : 'desk: '; // nothing is said of the other
  const said = [lag === null ? 'lag unknown' : `${only}${lag > 0 ? `lag ${lag.toLocaleString('en')}` : 'no lag'}`];
  if (dead) said.push(many(dead, 'dead letter'));
  if (newest?.dedup === 'unavailable') said.push('copies unchecked');
  const state = newest?.dedup === 'unavailable' || dead || lag === null || lag > MUCH ? 'wait' : 'good';
  return { word: said.join(' · '), state };
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

  // Ages go on while somebody looks.
  tick() {
    if (this.panel.matches(':popover-open')) this.show();
  }

  show() {
    const { word, state } = judged(this.pulse, this.store.newest);
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
      ['Rule set of the newest alert', newest?.ruleset ? `${newest.ruleset}, ${age(Date.parse(newest.issued), this.now())} ago` : 'unknown until an alert comes'],
      ['Copies', newest?.dedup === 'unavailable' ? 'unchecked: Redis was away when the newest alert was made' : 'checked'],
      ['This computer’s clock', this.skew() || 'agrees with the server’s'],
      ['Looked', pulse.looked ? `${many(Math.max(0, Math.round(this.now() / 1000 - pulse.looked)), 'second')} ago` : 'not yet'],
    ];
  }
}
