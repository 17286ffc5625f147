// Into force: saved by an admin where the file can be written, and taken back; downloaded by everyone else.

import * as api from '/page/lab-api.js';
import { $, make } from '/page/lab-dom.js';

export class Deeds {
  // failed(error): a token is needed; settled(): the text is checked; edited(), open(query), shown(): the page follows
  constructor({ draft, failed, settled, edited, open, shown }) {
    Object.assign(this, { draft, failed, settled, edited, open, shown });
    $('save').addEventListener('click', () => this.save());
    $('download').addEventListener('click', () => this.download());
    $('restore').addEventListener('click', () => this.restore());
  }

  show() {
    const { lab, file, ok, dirty, at } = this.draft;
    const mayWrite = Boolean(lab && lab.you.role === 'admin' && file?.writable);
    $('save').hidden = !mayWrite;
    $('save').disabled = !ok || (!dirty && at.base !== null);
    $('save').textContent = file ? `Save to ${file.name}` : 'Save';
    $('download').hidden = mayWrite || !file;
    $('download').disabled = !ok;
    $('download').title = file && !file.writable ? file.why_not : 'only an admin may save';
    $('download').classList.toggle('primary', !mayWrite);
    $('discard').disabled = !dirty;
    $('restore').hidden = !(mayWrite && file.previous);
  }

  said(words, level, ...more) {
    $('deed').hidden = false;
    $('deed').className = `notice ${level}`;
    $('deed').replaceChildren(words, ...more);
  }

  async save() {
    if ($('save').hidden) return this.download();
    await this.settled();
    if (!this.draft.ok) return this.said('Not saved: the text has problems.', 'bad');
    if ($('save').disabled) return this.said('Nothing to save: it is as in force.', '');
    $('save').disabled = true;
    this.said('Saving', '');
    try {
      const { question, at, file } = this.draft;
      await api.post('save', { ...question, base: at.base || file.digest });
      await this.done(question);
      const undo = make('button', { type: 'button', text: 'Undo' });
      undo.addEventListener('click', () => this.restore());
      this.said('Saved, and in force within seconds. The file before is kept. ', 'good', undo);
    } catch (error) {
      await this.refused(error);
    }
  }

  async restore() {
    const { file, at } = this.draft;
    this.said('Going back', '');
    try {
      await api.post('restore', { file: file.file, base: file.digest });
      await this.done(this.draft.question);
      this.said('The file before is in force again; what was in force is kept in its place, so this can be undone too.', 'good');
      if (at.rule && this.draft.lab.rules.some((rule) => rule.id === at.rule)) await this.open({ id: at.rule });
      else if (at.file) await this.open({ file: at.file });
      else this.edited();
    } catch (error) {
      await this.refused(error);
    }
  }

  // After a save: what was asked is what is in force; what was typed meanwhile is not.
  async done(question) {
    const { draft } = this;
    const ids = await api.post('check', question).then((answer) => (answer.rules || []).map((rule) => rule.id), () => []);
    draft.lab = await api.status();
    if (!draft.at.file && ids.length === 1) [draft.at.rule] = ids;
    draft.at.saved = question.text;
    draft.rebase();
    this.shown();
    this.edited();
  }

  async refused(error) {
    const { draft } = this;
    this.said(error.message, 'bad');
    this.show();
    if (error instanceof api.Denied) return this.failed(error);
    if (error.code !== 'stale') return;
    draft.lab = await api.status().catch(() => draft.lab);
    draft.rebase();
    this.shown();
  }

  async download() {
    await this.settled();
    if (!this.draft.ok) return this.said('Not downloaded: the text has problems.', 'bad');
    try {
      const { file, text } = await api.post('written', this.draft.question);
      const link = make('a', { href: URL.createObjectURL(new Blob([text], { type: 'application/yaml' })), download: file.split(/[\\/]/).at(-1) });
      link.click();
      setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
      this.said(`Downloaded the whole file with this rule in it. ${$('download').title ? `Not saved here: ${$('download').title}.` : ''}`, 'good');
    } catch (error) {
      await this.refused(error);
    }
  }
}
