// Sounds, notifications and what readers of screens hear. Only for revisions that must interrupt a person, each once,
// whatever columns it is in; and what is higher is never silenced by what came before.

import { $, say } from '/page/dom.js';
import { PRIORITY, deed, rank } from '/page/words.js';
import { browser } from '/page/remote.js';

const QUIET = 2500; // ms after a sound in which none of the same or a lower priority is played
const SPEAK_EVERY = 4000; // ms between two announcements to readers of screens
const LEAST = { interrupting: 0, bulletin: rank('bulletin'), flash: rank('flash'), none: 9 };

// [frequency in Hz, start in s, length in s] of each note: the higher the priority, the more and the brighter.
const TONES = {
  flash: [[784, 0, 0.14], [988, 0.15, 0.14], [1319, 0.3, 0.3], [988, 0.62, 0.12], [1319, 0.75, 0.34]],
  bulletin: [[659, 0, 0.16], [880, 0.18, 0.3]],
  urgent: [[587, 0, 0.22]],
  routine: [[440, 0, 0.12]],
};

// Whether to play now. `last` is {rank, at} of the sound played last.
export const mayPlay = (priority, last, now) => !last || rank(priority) > last.rank || now - last.at >= QUIET;

export class Attention {
  // show(id): its notification was clicked; heard(): whether sounds are heard may be another now
  constructor(show, heard) {
    Object.assign(this, { show, heard });
    this.known = new Set(); // id:revision
    this.last = null;
    this.unsaid = 0;
    this.quiet = browser.get('quiet') === 'yes';
    this.audio = new AudioContext();
    // Most browsers are silent until a person has touched the page; not every key or touch counts, so each is tried.
    for (const touch of ['pointerdown', 'pointerup', 'keydown']) addEventListener(touch, () => this.audible || this.audio.resume(), { passive: true });
    this.audio.addEventListener('statechange', heard);
  }

  get audible() {
    return this.audio.state === 'running';
  }

  setQuiet(quiet) {
    this.quiet = quiet;
    browser.set('quiet', quiet ? 'yes' : null);
  }

  // An alert that came live in a column.
  call(alert, column, before) {
    if (!alert.interrupt) return;
    const key = `${alert.id}:${alert.revision}`;
    const priority = alert.delivery || alert.priority;
    if (!this.quiet && rank(priority) >= LEAST[column.sound]) this.sound(priority, key);
    if (!this.quiet && column.notify) this.notify(alert, before, key);
    if (this.first(`said:${key}`)) this.speak(alert, priority, before);
  }

  first(key) {
    if (this.known.has(key)) return false;
    this.known.add(key);
    if (this.known.size > 5000) this.known.delete(this.known.values().next().value);
    return true;
  }

  sound(priority, key) {
    if (!this.audible) return; // nor does what was not heard silence anything
    const now = performance.now();
    if (this.known.has(`sound:${key}`) || !mayPlay(priority, this.last, now)) return;
    this.first(`sound:${key}`);
    this.last = { rank: rank(priority), at: now };
    for (const note of TONES[priority] || TONES.routine) this.note(note);
  }

  note([frequency, start, length]) {
    const at = this.audio.currentTime + start;
    const tone = new OscillatorNode(this.audio, { type: 'triangle', frequency });
    const volume = new GainNode(this.audio, { gain: 0 });
    volume.gain.setValueAtTime(0, at);
    volume.gain.linearRampToValueAtTime(0.25, at + 0.015);
    volume.gain.exponentialRampToValueAtTime(0.001, at + length);
    tone.connect(volume).connect(this.audio.destination);
    tone.start(at);
    tone.stop(at + length);
  }

  notify(alert, before, key) {
    if (globalThis.Notification?.permission !== 'granted' || (document.hasFocus() && !document.hidden)) return;
    if (!this.first(`notified:${key}`)) return;
    const word = before ? deed(alert, before) : PRIORITY[alert.priority] || alert.priority;
    // One place per alert: its correction takes the place of what it corrects. A flash stays until it is dealt with.
    const shown = new Notification(`${word}: ${alert.headline}`, { body: (before && alert.reason) || alert.summary, tag: alert.id, renotify: true, silent: true, requireInteraction: alert.priority === 'flash' });
    shown.onclick = () => {
      focus();
      this.show(alert.id);
      shown.close();
    };
  }

  // Politely, one at a time; where many come, how many.
  speak(alert, priority, before) {
    if (rank(priority) < rank('bulletin')) return;
    const words = before ? `${deed(alert, before)}: ${alert.headline}. ${alert.reason || ''}` : `${PRIORITY[priority]}: ${alert.headline}`;
    const wait = (this.spokenAt || -Infinity) + SPEAK_EVERY - performance.now();
    if (wait > 0) {
      this.unsaid += 1;
      this.later ||= setTimeout(() => {
        this.later = 0;
        this.spokenAt = performance.now();
        say($('says'), this.unsaid === 1 ? words : `${this.unsaid} more important alerts`);
        this.unsaid = 0;
      }, wait);
      return;
    }
    this.spokenAt = performance.now();
    say($('says'), words);
  }
}
