// The rule lab: an editor on one side, what its rule would have done on the other.

import * as api from '/page/lab-api.js';
import { $, count, make, several } from '/page/lab-dom.js';
import { Editor } from '/page/lab-editor.js';
import { explained } from '/page/lab-explain.js';
import { Results } from '/page/lab-results.js';
import { browser } from '/page/remote.js';

const CHECK_AFTER = 120; // ms without a keystroke
const TRY_AFTER = 250; // ms more
const SPEAK_AFTER = 900; // ms more; screen readers are not told of every letter
const LOOK_EVERY = 15_000;
const LOOK_SOON = 1_500;
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

const theme = browser.get('theme'); // as chosen on the alerts' page
if (theme) document.documentElement.dataset.theme = theme;

const editor = new Editor({ area: $('text'), under: $('under') });
const results = new Results((uri) => {
  $('asked').value = uri;
  select('explain');
  explain();
});

let lab = null; // the last status
let at = { rule: null, file: null, saved: '', base: null }; // what is edited; `saved` is its text in force
let faults = [];
let warned = [];
let checking = null; // aborts the check under way; `trying`, the trial
let trying = null;
let timer = 0;
let ok = false;

// -- what there is

async function look() {
  try {
    const first = lab === null;
    lab = await api.status();
    showStatus();
    if (first) await begin();
    later(lab.tail.state === 'loading' || lab.tail.judged < lab.tail.articles ? LOOK_SOON : LOOK_EVERY);
  } catch (error) {
    failed(error);
    if (!(error instanceof api.Denied) && error.status !== 403) later(LOOK_SOON * 2);
  }
}

let looking = 0;
function later(ms) {
  clearTimeout(looking);
  looking = setTimeout(look, ms);
}

let loaded = false;
function showStatus() {
  const { tail, you } = lab;
  $('who').textContent = `${you.user} · ${you.role}`;
  $('tail').dataset.state = tail.state;
  const state = { loading: 'loading recent articles', away: 'Kafka is away', following: several(tail.articles, 'recent article') }[tail.state];
  $('tail-word').textContent = tail.state === 'following' && tail.judged < tail.articles ? `${state}, ${count(tail.judged)} judged` : state;
  $('tail').title = tail.since ? `since ${new Date(tail.since).toLocaleString()}, ${tail.mib} MiB` : '';
  $('broken').hidden = !lab.problems.length;
  if (lab.problems.length) {
    const [one] = lab.problems;
    $('broken').textContent = `The rules file has ${several(lab.problems.length, 'problem')}; the last good rules stay in force. First: ${one.file || ''} line ${one.line}: ${one.message}`;
  }
  fillPick();
  showDeeds();
  if (!loaded && tail.state === 'following') {
    loaded = true;
    if (ok) attempt();
  }
}

function fillPick() {
  const wanted = lab.rules.map((rule) => rule.id).join() + lab.files.map((file) => file.file).join();
  if ($('pick').dataset.of !== wanted) {
    const groups = new Map();
    for (const rule of lab.rules) {
      const topic = rule.topic || 'no topic';
      if (!groups.has(topic)) groups.set(topic, []);
      groups.get(topic).push(make('option', { value: `rule:${rule.id}`, text: `${rule.id} · ${rule.priority}` }));
    }
    $('pick').replaceChildren(
      make('option', { value: 'new', text: 'a new rule' }),
      ...lab.files.map((file) => make('option', { value: `file:${file.file}`, text: `the whole file ${file.name}` })),
      ...[...groups].map(([topic, options]) => make('optgroup', { label: topic }, ...options)),
    );
    $('pick').dataset.of = wanted;
  }
  $('pick').value = at.rule ? `rule:${at.rule}` : at.file ? `file:${at.file}` : 'new';
}

const fileOf = () => (lab ? lab.files.find((file) => file.file === homeFile()) || lab.files.at(-1) : null);
const homeFile = () => at.file || (lab && lab.rules.find((rule) => rule.id === at.rule)?.file);
const question = () => ({ text: editor.text, ...(at.rule ? { replaces: [at.rule] } : {}), ...(at.file ? { file: at.file } : {}) });
const dirty = () => editor.text !== at.saved;
const precious = () => dirty() && editor.text.trim() !== STARTER.trim(); // what it would be a pity to lose

async function begin() {
  const query = new URLSearchParams(location.search);
  const kept = JSON.parse(sessionStorage.getItem(KEPT) || 'null');
  if (query.get('rule')) await open({ id: query.get('rule') }).catch(failed);
  else if (kept) {
    at = kept.at;
    put(kept.text);
  } else put(STARTER);
  if (query.get('explain')) results.explain(query.get('explain'));
}

function put(text) {
  editor.text = text;
  fillPick();
  edited();
}

async function open(query) {
  const found = await api.open(query);
  at = { rule: found.rule, file: query.file || null, saved: found.text, base: null };
  at.base = fileOf()?.digest ?? null;
  put(found.text);
}

// -- as one types

function edited() {
  clearTimeout(timer);
  ok = false;
  sessionStorage.setItem(KEPT, JSON.stringify({ at, text: editor.text }));
  showDeeds();
  timer = setTimeout(check, CHECK_AFTER);
}

async function check() {
  checking?.abort();
  checking = new AbortController();
  const { signal } = checking;
  try {
    const answer = await api.post('check', question(), signal);
    if (signal.aborted) return;
    ok = answer.ok;
    faults = answer.problems.map((one) => ({ ...one, level: 'bad' }));
    warned = [];
    showProblems();
    const [first] = faults;
    if (ok) verdict('good', describe(answer.rules));
    else verdict('bad', `${several(faults.length, 'problem')}. First, line ${first.line}, column ${first.column}`);
    if (ok) timer = setTimeout(attempt, TRY_AFTER);
    else stale();
    showDeeds();
  } catch (error) {
    if (error.name !== 'AbortError') failed(error);
  }
}

const CHANGE = { same: 'is as in force', changed: 'is changed', new: 'is new', removed: 'is removed' };
function describe(rules) {
  if (!rules.length) return 'No problems; as in force.';
  const words = rules.slice(0, 3).map((rule) => `${rule.id} ${CHANGE[rule.change]}`).join(', ');
  return `No problems. ${words}${rules.length > 3 ? ` and ${rules.length - 3} more` : ''}.`;
}

let speaking = 0;
function verdict(state, words) {
  $('verdict').dataset.state = state;
  $('verdict').textContent = words;
  clearTimeout(speaking);
  speaking = setTimeout(() => ($('spoken').textContent = words), SPEAK_AFTER);
}

function showProblems() {
  const all = [...faults, ...warned];
  editor.show(all.filter((one) => one.line && !one.file));
  $('problems').replaceChildren(...all.map((one) => {
    const place = one.line && !one.file ? make('button', { type: 'button', class: 'quiet', text: `${one.line}:${one.column}`, 'aria-label': `Go to line ${one.line}, column ${one.column}` }) : null;
    place?.addEventListener('click', () => editor.go(one));
    const word = { bad: 'Error', odd: 'Odd', example: 'Example' }[one.level];
    return make('li', { 'data-level': one.level }, place, make('span', {}, make('b', { text: `${word}: ` }), one.message));
  }));
}

let next = -1;
function nextProblem() {
  const all = [...faults, ...warned].filter((one) => one.line && !one.file);
  if (!all.length) return;
  next = (next + 1) % all.length;
  editor.go(all[next]);
  $('spoken').textContent = all[next].message;
}

// -- what it would have done

// What is shown is what the last text without problems would have done.
function stale() {
  trying?.abort();
  document.body.dataset.stale = '';
  work('As it was before the problem; repair it to try again.', null);
}

const DOING = { fired: 'asking recent articles', near: 'looking for near misses', judged: 'judging by the rules in force', before: 'alerts by the rules in force', after: 'alerts by the edited rules' };

async function attempt() {
  trying?.abort();
  const mine = (trying = new AbortController());
  delete document.body.dataset.stale;
  work('asking recent articles', 0);
  try {
    await api.trial(question(), mine.signal, (event) => !mine.signal.aborted && hear(event));
    if (mine.signal.aborted) return;
    work('', null);
    $('spoken').textContent = [$('fired-sum'), $('effect-sum')].map((sum) => sum.textContent).join(' ');
  } catch (error) {
    if (error.name === 'AbortError') return;
    work('', null);
    failed(error);
  }
}

function hear(event) {
  if (event.type === 'progress') return work(DOING[event.what] || event.what, event.of ? event.done / event.of : null);
  if (event.type === 'error') return failed(new Error(event.message));
  if (event.type === 'opinions') {
    warned = [...event.warnings.map((one) => ({ ...one, level: 'odd' })), ...event.examples.map((message) => ({ message, level: 'example' }))];
    return showProblems();
  }
  results.hear(event);
}

function work(words, share) {
  $('bar').hidden = share === null;
  if (share !== null) $('bar').value = share;
  $('work').textContent = words || '\u00a0';
}

// -- one article

async function explain() {
  const asked = $('asked').value.trim();
  if (!asked) return;
  const article = /\s/.test(asked) || asked.startsWith('{') || asked.length > 500 ? { pasted: asked } : { uri: asked };
  $('explained').setAttribute('aria-busy', 'true');
  try {
    const answer = await api.post('explain', { ...article, ...(ok ? { text: editor.text, ...(at.rule ? { replaces: [at.rule] } : {}) } : {}) });
    $('explained').replaceChildren(...explained(answer));
  } catch (error) {
    if (error instanceof api.Denied) return failed(error);
    $('explained').replaceChildren(make('p', { class: 'notice bad', text: error.message }));
  } finally {
    $('explained').removeAttribute('aria-busy');
  }
}

// -- into force

function showDeeds() {
  const file = fileOf();
  const mayWrite = Boolean(lab && lab.you.role === 'admin' && file?.writable);
  const inForce = !dirty() && at.base !== null;
  $('save').hidden = !mayWrite;
  $('save').disabled = !ok || inForce;
  $('save').textContent = file ? `Save to ${file.name}` : 'Save';
  $('download').hidden = mayWrite || !file;
  $('download').disabled = !ok;
  $('download').title = file && !file.writable ? file.why_not : 'only an admin may save';
  $('download').classList.toggle('primary', !mayWrite);
  $('discard').disabled = !dirty();
  $('restore').hidden = !(mayWrite && file.previous);
}

function said(words, level, ...more) {
  $('deed').hidden = false;
  $('deed').className = `notice ${level}`;
  $('deed').replaceChildren(words, ...more);
}

async function save() {
  if ($('save').hidden) return download();
  if ($('save').disabled) return;
  $('save').disabled = true;
  said('Saving', '');
  try {
    await api.post('save', { ...question(), base: at.base || fileOf().digest });
    await done();
    const undo = make('button', { type: 'button', text: 'Undo' });
    undo.addEventListener('click', restore);
    said('Saved, and in force within seconds. The file before is kept. ', 'good', undo);
  } catch (error) {
    await refused(error);
  }
}

async function restore() {
  const file = fileOf();
  said('Going back', '');
  try {
    await api.post('restore', { file: file.file, base: file.digest });
    await done();
    said('The file before is in force again; what was in force is kept in its place, so this can be undone too.', 'good');
    if (at.rule && lab.rules.some((rule) => rule.id === at.rule)) await open({ id: at.rule });
    else if (at.file) await open({ file: at.file });
    else edited();
  } catch (error) {
    await refused(error);
  }
}

// After a save: what is edited is what is in force.
async function done() {
  const ids = await api.post('check', question()).then((answer) => (answer.rules || []).map((rule) => rule.id), () => []);
  lab = await api.status();
  if (!at.file && ids.length === 1) at.rule = ids[0];
  at.saved = editor.text;
  at.base = fileOf().digest;
  showStatus();
  edited();
}

async function refused(error) {
  said(error.message, 'bad');
  showDeeds();
  if (error instanceof api.Denied) return failed(error);
  if (error.code === 'stale') {
    lab = await api.status().catch(() => lab);
    at.base = fileOf()?.digest ?? null;
    showStatus();
  }
}

async function download() {
  if ($('download').disabled) return;
  try {
    const { file, text } = await api.post('written', question());
    const link = make('a', { href: URL.createObjectURL(new Blob([text], { type: 'application/yaml' })), download: file.split(/[\\/]/).at(-1) });
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
    said(`Downloaded the whole file with this rule in it. ${$('download').title ? `Not saved here: ${$('download').title}.` : ''}`, 'good');
  } catch (error) {
    await refused(error);
  }
}

// -- tabs, keys, token

const TABS = ['fired', 'near', 'effect', 'explain'];
function select(name, focus = false) {
  for (const tab of TABS) {
    const button = $(`tab-${tab}`);
    button.setAttribute('aria-selected', String(tab === name));
    button.tabIndex = tab === name ? 0 : -1;
    $(tab).hidden = tab !== name;
  }
  if (focus) $(`tab-${name}`).focus();
}
for (const [number, tab] of TABS.entries()) {
  $(`tab-${tab}`).addEventListener('click', () => select(tab));
  $(`tab-${tab}`).addEventListener('keydown', (event) => {
    const to = { ArrowRight: number + 1, ArrowLeft: number - 1 + TABS.length, Home: 0, End: TABS.length - 1 }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    select(TABS[to % TABS.length], true);
  });
}

addEventListener('keydown', (event) => {
  const command = event.ctrlKey || event.metaKey;
  if (event.key === 'F8') nextProblem();
  else if (command && event.key === 'Enter' && event.target === $('text')) ok && attempt();
  else if (command && event.key === 'Enter' && event.target === $('asked')) explain();
  else if (command && event.key.toLowerCase() === 's') save();
  else return;
  event.preventDefault();
});
editor.addEventListener('edit', edited);
$('pick').addEventListener('change', () => {
  const [kind, ...name] = $('pick').value.split(':');
  if (precious() && !confirm('Leave what you have changed?')) return fillPick();
  if (kind === 'new') return fresh();
  open(kind === 'rule' ? { id: name.join(':') } : { file: name.join(':') }).catch(failed);
});
function fresh() {
  at = { rule: null, file: null, saved: '', base: null };
  put(STARTER);
}
$('fresh').addEventListener('click', () => (!precious() || confirm('Leave what you have changed?')) && fresh());
$('discard').addEventListener('click', () => put(at.saved || STARTER));
$('save').addEventListener('click', save);
$('download').addEventListener('click', download);
$('restore').addEventListener('click', restore);
$('ask').addEventListener('submit', (event) => {
  event.preventDefault();
  explain();
});
addEventListener('beforeunload', (event) => precious() && event.preventDefault());

function failed(error) {
  if (error instanceof api.Denied) {
    $('login-why').textContent = api.token.get() ? error.message : '';
    api.token.set(null);
    if (!$('login').open) $('login').showModal();
    return;
  }
  $('tail').dataset.state = 'away';
  $('tail-word').textContent = error.message;
  work('', null);
}
$('login-form').addEventListener('submit', (event) => {
  event.preventDefault();
  api.token.set($('token').value.trim());
  $('token').value = '';
  $('login').close();
  look();
});

look();
