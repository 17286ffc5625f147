// What is known of each alert, whichever column heard of it: its newest revision, the one before, what editors did.

export class Store extends EventTarget {
  constructor() {
    super();
    this.alerts = new Map(); // id -> {alert, before, told, rang, corrected, wrong, sheet, dismissed, busy}
    this.newest = null; // the alert heard last, for what it says of rules and copies
  }

  // The feed was started anew: revisions count from 1 again.
  anew(epoch) {
    if (this.epoch === epoch) return;
    this.epoch = epoch;
    for (const entry of this.alerts.values()) entry.old = true;
  }

  of(id) {
    let entry = this.alerts.get(id);
    if (!entry) this.alerts.set(id, (entry = { alert: null, before: null, told: null, rang: null, corrected: null, wrong: null, sheet: null, dismissed: null, busy: null }));
    return entry;
  }

  // Whether it is a newer revision than what was known. At least once is the rule: repeats are normal.
  take(alert) {
    const entry = this.of(alert.id);
    if (entry.old && entry.alert) entry.told = entry.rang = entry.corrected = entry.wrong = null;
    remember(entry, alert);
    if (entry.alert && !entry.old && entry.alert.revision >= alert.revision) {
      if (!entry.before && entry.alert.revision === alert.revision + 1) entry.before = alert;
      return false;
    }
    entry.before = entry.old ? null : entry.alert;
    entry.old = false;
    entry.alert = alert;
    if (!this.newest || this.newest.issued <= alert.issued) this.newest = alert;
    this.tell(alert.id);
    return true;
  }

  // A `desk` frame: the whole present state of one alert among editors.
  takeSheet(sheet) {
    const entry = this.of(sheet.alert);
    if (JSON.stringify(entry.sheet) === JSON.stringify(sheet)) return;
    entry.sheet = sheet;
    // When; as far as is known, where something else was done with it since.
    entry.dismissed = sheet.state !== 'dismissed' ? null : sheet.do === 'dismiss' ? sheet.at : entry.dismissed || sheet.at;
    this.tell(sheet.alert);
  }

  setBusy(id, what) {
    this.of(id).busy = what;
    this.tell(id);
  }

  forget(ids) {
    for (const id of ids) if (!this.alerts.get(id)?.sheet) this.alerts.delete(id);
  }

  tell(id) {
    this.dispatchEvent(new CustomEvent('change', { detail: id }));
  }
}

// Whether an editor is done with it. What interrupts after that was not before him: it is shown like any other news.
export const isDismissed = ({ dismissed, rang }) => Boolean(dismissed) && !(rang && Date.parse(rang.issued) >= Date.parse(dismissed));

// What a later, quiet revision says nothing of: that and why it interrupted last, and what the last correction put right.
function remember(entry, alert) {
  if (alert.interrupt && !(entry.rang?.revision >= alert.revision)) entry.rang = alert;
  if (alert.reason && !(entry.told?.revision >= alert.revision)) entry.told = alert;
  if (alert.op === 'correction' && !(entry.corrected?.revision >= alert.revision)) {
    entry.corrected = alert;
    entry.wrong = [entry.alert, entry.before].find((one) => one?.revision === alert.revision - 1) || null;
  }
  if (entry.corrected?.revision === alert.revision + 1) entry.wrong ||= alert;
}
