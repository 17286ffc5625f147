// The rule lab: puts together an editor on one side and what its rule would have done on the other.

import * as api from '/page/lab-api.js';
import { Deeds } from '/page/lab-deeds.js';
import { $, count, make, several } from '/page/lab-dom.js';
import { Draft } from '/page/lab-draft.js';
import { Editor } from '/page/lab-editor.js';
import { explained } from '/page/lab-explain.js';
import { Results } from '/page/lab-results.js';
import * as tabs from '/page/lab-tabs.js';
import { Trial } from '/page/lab-trial.js';
import { browser } from '/page/remote.js';

const LOOK_EVERY = 15_000;
const LOOK_SOON = 1_500;

const theme = browser.get('theme'); // as chosen on the alerts' page
if (theme) document.documentElement.dataset.theme = theme;

const editor = new Editor({ area: $('text'), under: $('under') });
const draft = new Draft(editor);
const results = new Results((uri) => {
  $('asked').value = uri;
  tabs.select('explain');
  explain();
});
const trial = new Trial({ draft, editor, results, failed, changed: () => deeds.show() });
const deeds = new Deeds({ draft, failed, settled: () => trial.settled(), edited: () => trial.edited(), open, shown: showStatus });

// -- what there is

async function look() {
  try {
    const first = draft.lab === null;
    const { tail } = (draft.lab = await api.status());
    showStatus();
    if (first) await begin();
    later(tail.state === 'loading' || tail.judged < tail.articles ? LOOK_SOON : LOOK_EVERY);
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
  const { tail, you, problems } = draft.lab;
  $('who').textContent = `${you.user} · ${you.role}`;
  $('tail').dataset.state = tail.state;
  const state = { loading: 'loading recent articles', away: 'Kafka is away', following: several(tail.articles, 'recent article') }[tail.state];
  $('tail-word').textContent = tail.state === 'following' && tail.judged < tail.articles ? `${state}, ${count(tail.judged)} judged` : state;
  $('tail').title = tail.since ? `since ${new Date(tail.since).toLocaleString()}, ${tail.mib} MiB` : '';
  $('broken').hidden = !problems.length;
  if (problems.length) {
    const [one] = problems;
    $('broken').textContent = `The rules file has ${several(problems.length, 'problem')}; the last good rules stay in force. First: ${one.file || ''} line ${one.line}: ${one.message}`;
  }
  fillPick();
  deeds.show();
  if (!loaded && tail.state === 'following') {
    loaded = true;
    trial.attempt();
  }
}

function fillPick() {
  const { rules, files } = draft.lab;
  const { rule, file } = draft.at;
  const wanted = rules.map(({ id }) => id).join() + files.map((one) => one.file).join();
  if ($('pick').dataset.of !== wanted) {
    const groups = new Map();
    for (const { id, topic = '', priority } of rules) {
      const name = topic || 'no topic';
      if (!groups.has(name)) groups.set(name, []);
      groups.get(name).push(make('option', { value: `rule:${id}`, text: `${id} · ${priority}` }));
    }
    $('pick').replaceChildren(
      make('option', { value: 'new', text: 'a new rule' }),
      ...files.map((one) => make('option', { value: `file:${one.file}`, text: `the whole file ${one.name}` })),
      ...[...groups].map(([topic, options]) => make('optgroup', { label: topic }, ...options)),
    );
    $('pick').dataset.of = wanted;
  }
  $('pick').value = rule ? `rule:${rule}` : file ? `file:${file}` : 'new';
}

// -- what is edited

async function begin() {
  const query = new URLSearchParams(location.search);
  if (query.get('rule')) await open({ id: query.get('rule') }).catch(failed);
  else put(draft.kept() ?? draft.starter);
  if (query.get('explain')) results.explain(query.get('explain'));
}

function put(text) {
  editor.text = text;
  fillPick();
  trial.edited();
}

async function open(query) {
  const found = await api.open(query);
  draft.opened(found, query.file || null);
  put(found.text);
}

function fresh() {
  draft.is({});
  put(draft.starter);
}

const mayLeave = () => !draft.precious || confirm('Leave what you have changed?');

// -- one article

async function explain() {
  const asked = $('asked').value.trim();
  if (!asked) return;
  const article = /\s/.test(asked) || asked.startsWith('{') || asked.length > 500 ? { pasted: asked } : { uri: asked };
  const { text, replaces } = draft.question;
  $('explained').setAttribute('aria-busy', 'true');
  try {
    const answer = await api.post('explain', { ...article, ...(draft.ok ? { text, ...(replaces ? { replaces } : {}) } : {}) });
    $('explained').replaceChildren(...explained(answer));
  } catch (error) {
    if (error instanceof api.Denied) return failed(error);
    $('explained').replaceChildren(make('p', { class: 'notice bad', text: error.message }));
  } finally {
    $('explained').removeAttribute('aria-busy');
  }
}

// -- keys, buttons, token

tabs.listen();
addEventListener('keydown', (event) => {
  const command = event.ctrlKey || event.metaKey;
  if (event.key === 'F8') trial.nextProblem();
  else if (command && event.key === 'Enter' && event.target === $('text')) trial.attempt();
  else if (command && event.key === 'Enter' && event.target === $('asked')) explain();
  else if (command && event.key.toLowerCase() === 's') deeds.save();
  else return;
  event.preventDefault();
});
editor.addEventListener('edit', () => trial.edited());
$('pick').addEventListener('change', () => {
  const [kind, ...name] = $('pick').value.split(':');
  if (!mayLeave()) return fillPick();
  if (kind === 'new') return fresh();
  open(kind === 'rule' ? { id: name.join(':') } : { file: name.join(':') }).catch(failed);
});
$('fresh').addEventListener('click', () => mayLeave() && fresh());
$('discard').addEventListener('click', () => put(draft.at.saved || draft.starter));
$('ask').addEventListener('submit', (event) => {
  event.preventDefault();
  explain();
});
addEventListener('beforeunload', (event) => draft.precious && event.preventDefault());

function failed(error) {
  trial.work('', null);
  if (error instanceof api.Denied) {
    $('login-why').textContent = api.token.get() ? error.message : '';
    api.token.set(null);
    if (!$('login').open) $('login').showModal();
    return;
  }
  $('tail').dataset.state = 'away';
  $('tail-word').textContent = error.message;
}
$('login-form').addEventListener('submit', (event) => {
  event.preventDefault();
  api.token.set($('token').value.trim());
  $('token').value = '';
  $('login').close();
  look();
});

look();
