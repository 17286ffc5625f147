// What is being edited: a rule, a file or something new, what of it is in force, and where it would be saved.

const KEPT = 'flashwire.lab';
const STARTER = `- id: my-rule
  name: What it is for
  priority: urgent
  match: (earthquake OR quake) NEAR/6 (strikes OR hits OR rocks)
  examples:
    match:
      - Strong earthquake strikes off the coast
    no_match:
      - Film about an earthquake opens
`;

export class Draft {
  // `editor` holds the text
  constructor(editor) {
    this.editor = editor;
    this.lab = null; // the last status
    this.ok = false; // whether the text has no problems
    this.is({});
  }

  // `saved` is its text in force, `base` the digest of its file as it was then.
  is({ rule = null, file = null, saved = '', base = null }) {
    this.at = { rule, file, saved, base };
  }

  opened({ rule, text }, file) {
    this.is({ rule, file, saved: text });
    this.rebase();
  }

  rebase() {
    this.at.base = this.file?.digest ?? null;
  }

  get starter() {
    return STARTER;
  }

  get file() {
    if (!this.lab) return null;
    const home = this.at.file || this.lab.rules.find((rule) => rule.id === this.at.rule)?.file;
    return this.lab.files.find((file) => file.file === home) || this.lab.files.at(-1);
  }

  get question() {
    const { rule, file } = this.at;
    return { text: this.editor.text, ...(rule ? { replaces: [rule] } : {}), ...(file ? { file } : {}) };
  }

  get dirty() {
    return this.editor.text !== this.at.saved;
  }

  // What it would be a pity to lose.
  get precious() {
    return this.dirty && this.editor.text.trim() !== STARTER.trim();
  }

  // A slip of the finger must not cost the work: it outlives a reload.
  keep() {
    sessionStorage.setItem(KEPT, JSON.stringify({ at: this.at, text: this.editor.text }));
  }

  // The text kept before a reload, or null.
  kept() {
    const kept = JSON.parse(sessionStorage.getItem(KEPT) || 'null');
    if (kept) this.at = kept.at;
    return kept && kept.text;
  }
}
