// What editors do with an alert: asked of the desk, answered by it; refusals explained, what can be undone undone.

import { ask, field } from '/page/forms.js';
import { make } from '/page/dom.js';
import { isDismissed } from '/page/store.js';
import { DOING, PRIORITIES, PRIORITY, clock, rank } from '/page/words.js';

const DONE = {
  claim: 'It is yours', release: 'Released', dismiss: 'Dismissed', restore: 'Restored', escalate: 'Escalated', hold: 'Held',
  unhold: 'The hold is lifted', correct: 'Corrected', withdraw: 'Withdrawn', note: 'Noted',
};
const UNDO = { claim: 'release', release: 'claim', dismiss: 'restore', restore: 'dismiss', hold: 'unhold', unhold: 'hold' };
const SLOW = 5500; // ms after which the desk's silence is spoken of

export class Actions {
  // stream() gives a live connection or null; `show(id)` takes the reader to a card
  constructor({ store, stream, who, toast, now, show }) {
    Object.assign(this, { store, stream, who, toast, now, show });
    this.last = null; // {do, id} of what may be undone
  }

  // The buttons of the selected card, with their keys.
  tools(entry) {
    const { alert, sheet } = entry;
    const over = ['withdrawn', 'expired'].includes(alert.status);
    const button = (act, key, text, more = {}) => make('button', { type: 'button', 'data-act': act, 'data-focus': act, title: `${text} (${key})`, ...more }, text, make('kbd', { 'aria-hidden': 'true', text: key }));
    return make(
      'div', { class: 'tools', role: 'toolbar', 'aria-label': 'What to do with it' },
      button('claim', 'c', this.releases(sheet) ? 'Release' : 'Claim'),
      button('dismiss', 'd', isDismissed(entry) ? 'Restore' : 'Dismiss'),
      !over && alert.priority !== 'flash' && button('escalate', 'e', 'Escalate'),
      !over && button('hold', 'h', alert.status === 'held' ? 'Lift hold' : 'Hold'),
      !over && button('correct', 'r', 'Correct'),
      !over && button('withdraw', 'x', 'Withdraw', { class: 'danger' }),
      button('note', 'n', 'Note'),
      button('trail', 't', 'Trail'),
    );
  }

  // By key or button; what needs words asks for them.
  async act(what, id) {
    if (!this.who.editor) return this.toast('Only editors may do that; your token is one to look.');
    const entry = this.store.of(id);
    const { alert, sheet } = entry;
    const over = ['withdrawn', 'expired'].includes(alert.status);
    if (over && ['escalate', 'hold', 'correct', 'withdraw'].includes(what)) return this.toast(`The alert is ${alert.status}: nothing of it can be changed.`);
    switch (what) {
      case 'claim': return this.releases(sheet) ? this.release(alert, sheet) : this.send('claim', alert);
      case 'dismiss': return this.send(isDismissed(entry) ? 'restore' : 'dismiss', alert);
      case 'hold': return this.send(alert.status === 'held' ? 'unhold' : 'hold', alert);
      case 'escalate': return this.escalate(alert);
      case 'correct': return this.correct(alert);
      case 'withdraw': return this.withdraw(alert);
      case 'note': return this.note(alert);
    }
  }

  // One's own, and by an admin anybody's: who has it may have gone home.
  releases(sheet) {
    return Boolean(sheet?.claimed_by) && (sheet.claimed_by === this.who.user || this.who.role === 'admin');
  }

  async release(alert, { claimed_by: holder }) {
    const others = holder !== this.who.user;
    if (others && !(await ask({ title: `Release it from ${holder}?`, text: alert.headline, fields: [make('p', { class: 'hint', text: 'Anybody may claim it then.' })], confirm: 'Release' }))) return;
    await this.send('release', alert, {}, others ? null : UNDO.release); // what was not ours is not ours to have back
  }

  async escalate(alert) {
    const higher = PRIORITIES.filter((each) => rank(each) > rank(alert.priority));
    if (!higher.length) return this.toast('It is a flash already: there is nothing above.');
    const choices = higher.map((each, at) => make('label', { class: 'inline' },
      make('input', { type: 'radio', name: 'priority', value: each, checked: at === 0, autofocus: at === 0 }),
      make('span', { class: 'priority', 'data-priority': each }, make('i', { 'aria-hidden': 'true' }), PRIORITY[each])));
    const answer = await ask({ title: 'Escalate', text: alert.headline, fields: [make('fieldset', { class: 'radios' }, make('legend', { text: 'All subscribers are interrupted by it as' }), choices)], confirm: 'Escalate' });
    if (answer) await this.send('escalate', alert, { priority: answer.get('priority') });
  }

  async correct(alert, typed = alert.headline) {
    const control = make('textarea', { name: 'headline', rows: '3', required: true, maxlength: '300', autofocus: true, dir: 'auto' });
    control.value = typed;
    const answer = await ask({ title: 'Correct the headline', fields: [field('Headline', control, 'All who saw the alert are told of the correction, and what it said before.')], confirm: 'Issue the correction' });
    const headline = answer?.get('headline').trim();
    if (headline && headline !== alert.headline) await this.send('correct', alert, { headline });
  }

  async withdraw(alert) {
    const answer = await ask({ title: 'Withdraw this alert?', text: alert.headline, fields: [make('p', { class: 'hint', text: 'All who saw it are told that it no longer stands. It cannot be taken back.' })], confirm: 'Withdraw', danger: true });
    if (answer) await this.send('withdraw', alert);
  }

  async note(alert) {
    const control = make('textarea', { name: 'note', rows: '2', required: true, maxlength: '1000', autofocus: true, dir: 'auto' });
    const answer = await ask({ title: 'Note for the other editors', text: alert.headline, fields: [field('Note', control)], confirm: 'Add the note' });
    const note = answer?.get('note').trim();
    if (note) await this.send('note', alert, { note });
  }

  async send(what, alert, more = {}, undo = UNDO[what]) {
    const stream = this.stream();
    if (!stream) return this.toast('Not connected: nothing was sent to the desk.', { kind: 'bad', stay: true, act: 'Try again', on: () => this.send(what, alert, more, undo) });
    this.store.setBusy(alert.id, DOING[what]);
    const slow = setTimeout(() => this.toast('The desk has not answered yet; it is still being waited for.', { kind: 'wait' }), SLOW);
    try {
      await stream.act(alert, what, more);
      this.done(what, alert.id, undo);
    } catch (error) {
      this.refused(what, alert, more, error);
    } finally {
      clearTimeout(slow);
      this.store.setBusy(alert.id, null);
    }
  }

  done(what, id, undo) {
    this.last = undo ? { do: undo, id } : null;
    const offer = this.last && { act: 'Undo (z)', on: () => this.undo() };
    this.toast(`${DONE[what]}.`, { ...offer, tag: 'done' });
  }

  undo() {
    const { last } = this;
    if (!last) return this.toast('There is nothing to undo.');
    this.last = null;
    return this.send(last.do, this.store.of(last.id).alert);
  }

  // Why the desk said no, and what can be done about it.
  refused(what, alert, more, { code, message = '' }) {
    const { sheet, alert: newest } = this.store.of(alert.id);
    const bad = { kind: 'bad', stay: true };
    const holder = /^claimed by (.*)$/s.exec(message)?.[1];
    if (holder !== undefined) {
      const since = sheet?.claimed_by === holder && sheet.do === 'claim' ? ` since ${clock(Date.parse(sheet.at), this.now())}` : '';
      return this.toast(`Not ${what === 'release' ? 'released' : 'yours'}: ${holder} has had it${since}.`, { ...bad, act: 'Show', on: () => this.show(alert.id) });
    }
    if (code === 'stale_revision') {
      const again = what === 'correct' ? { act: 'Correct again', on: () => this.correct(this.store.of(alert.id).alert, more.headline) } // what was typed is not lost
        : newest.revision > alert.revision ? { act: 'Show', on: () => this.show(alert.id) } : {};
      return this.toast(`${DOING[what]}: not done, because the alert has changed since you looked (${message.replace('the alert is', 'it is')}). Read it again first.`, { ...bad, ...again });
    }
    if (code === 'unavailable') {
      return this.toast(`${DOING[what]}: the desk cannot be reached (${message}).`, { ...bad, act: 'Try again', on: () => this.send(what, newest, more) });
    }
    const said = { not_found: 'the desk does not know this alert (any more)', forbidden: 'your token does not allow it' }[code] || message;
    this.toast(`${DOING[what]}: not done, because ${said}.`, bad);
  }
}
