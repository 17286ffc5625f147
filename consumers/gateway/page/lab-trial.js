// As one types: whether the rule is right, then what it would have done. What is shown is always of the last good text.

import * as api from '/page/lab-api.js';
import { $, make, several } from '/page/lab-dom.js';

const CHECK_AFTER = 120; // ms without a keystroke
const TRY_AFTER = 250; // ms more
const SPEAK_AFTER = 900; // ms more; screen readers are not told of every letter
const CHANGE = { same: 'is as in force', changed: 'is changed', new: 'is new', removed: 'is removed' };
const DOING = { fired: 'asking recent articles', near: 'looking for near misses', judged: 'judging by the rules in force', before: 'alerts by the rules in force', after: 'alerts by the edited rules' };

export class Trial {
  // failed(error): it could not be asked; changed(): whether the draft is good is another
  constructor({ draft, editor, results, failed, changed }) {
    Object.assign(this, { draft, editor, results, failed, changed });
    this.faults = [];
    this.warned = [];
    this.next = -1;
  }

  edited() {
    clearTimeout(this.timer);
    this.draft.ok = false;
    this.unchecked = true;
    this.draft.keep();
    this.changed();
    this.timer = setTimeout(() => this.check(), CHECK_AFTER);
  }

  // Once the text as it stands is checked: who saves right after a keystroke means this text.
  async settled() {
    if (!this.unchecked) return;
    clearTimeout(this.timer);
    await this.check();
  }

  async check() {
    this.checking?.abort();
    const { signal } = (this.checking = new AbortController());
    try {
      const answer = await api.post('check', this.draft.question, signal);
      if (!signal.aborted) this.checked(answer);
    } catch (error) {
      if (error.name !== 'AbortError') this.failed(error);
    }
  }

  checked({ ok, problems, rules }) {
    this.draft.ok = ok;
    this.unchecked = false;
    this.faults = problems.map((one) => ({ ...one, level: 'bad' }));
    this.warned = [];
    this.showProblems();
    const [first] = this.faults;
    if (ok) this.verdict('good', describe(rules));
    else this.verdict('bad', `${several(this.faults.length, 'problem')}. First, line ${first.line}, column ${first.column}`);
    if (ok) this.timer = setTimeout(() => this.attempt(), TRY_AFTER);
    else this.stale();
    this.changed();
  }

  verdict(state, words) {
    $('verdict').dataset.state = state;
    $('verdict').textContent = words;
    clearTimeout(this.speaking);
    this.speaking = setTimeout(() => ($('spoken').textContent = words), SPEAK_AFTER);
  }

  // -- problems

  get problems() {
    return [...this.faults, ...this.warned];
  }

  get placed() {
    return this.problems.filter((one) => one.line && !one.file);
  }

  showProblems() {
    this.editor.show(this.placed);
    $('problems').replaceChildren(...this.problems.map((one) => {
      const place = one.line && !one.file ? make('button', { type: 'button', class: 'quiet', text: `${one.line}:${one.column}`, 'aria-label': `Go to line ${one.line}, column ${one.column}` }) : null;
      place?.addEventListener('click', () => this.editor.go(one));
      const word = { bad: 'Error', odd: 'Odd', example: 'Example' }[one.level];
      return make('li', { 'data-level': one.level }, place, make('span', {}, make('b', { text: `${word}: ` }), one.message));
    }));
  }

  nextProblem() {
    const all = this.placed;
    if (!all.length) return;
    this.next = (this.next + 1) % all.length;
    this.editor.go(all[this.next]);
    $('spoken').textContent = all[this.next].message;
  }

  // -- what it would have done

  stale() {
    this.trying?.abort();
    document.body.dataset.stale = '';
    this.work('As it was before the problem; repair it to try again.', null);
  }

  async attempt() {
    if (!this.draft.ok) return;
    this.trying?.abort();
    const { signal } = (this.trying = new AbortController());
    delete document.body.dataset.stale;
    this.work('asking recent articles', 0);
    try {
      await api.trial(this.draft.question, signal, (event) => !signal.aborted && this.hear(event));
      if (signal.aborted) return;
      this.work('', null);
      $('spoken').textContent = [$('fired-sum'), $('effect-sum')].map((sum) => sum.textContent).join(' ');
    } catch (error) {
      if (error.name !== 'AbortError') this.failed(error);
    }
  }

  hear(event) {
    if (event.type === 'progress') return this.work(DOING[event.what] || event.what, event.of ? event.done / event.of : null);
    if (event.type === 'error') return this.failed(new Error(event.message));
    if (event.type === 'opinions') {
      this.warned = [...event.warnings.map((one) => ({ ...one, level: 'odd' })), ...event.examples.map((message) => ({ message, level: 'example' }))];
      return this.showProblems();
    }
    this.results.hear(event);
  }

  work(words, share) {
    $('bar').hidden = share === null;
    if (share !== null) $('bar').value = share;
    $('work').textContent = words || '\u00a0';
  }
}

function describe(rules) {
  if (!rules.length) return 'No problems; as in force.';
  const words = rules.slice(0, 3).map((rule) => `${rule.id} ${CHANGE[rule.change]}`).join(', ');
  return `No problems. ${words}${rules.length > 3 ? ` and ${rules.length - 3} more` : ''}.`;
}
