// The editors' page: puts columns, connection, keys and attention together.

import { Actions } from '/page/actions.js';
import { Attention } from '/page/attention.js';
import { Board } from '/page/board.js';
import { $, make, say, webAddress } from '/page/dom.js';
import { MOST_COLUMNS, column as columnOf } from '/page/filter.js';
import { askColumn } from '/page/filterform.js';
import { ask, toaster } from '/page/forms.js';
import { listen, sheet } from '/page/keys.js';
import { freshId, load, save, shared } from '/page/layout.js';
import { skewed, summary } from '/page/link.js';
import { loadGap } from '/page/past.js';
import { PulseCorner } from '/page/pulse.js';
import { browser, get, tab } from '/page/remote.js';
import { Store } from '/page/store.js';
import { renew, unfold as unfoldIn } from '/page/unfold.js';
import { age, clock } from '/page/words.js';

const store = new Store();
const toast = toaster($('toasts'));
const names = new Map([['unknown', 'place unknown']]); // of places, by code
const who = { user: null, role: null, editor: false };
const attention = new Attention((id) => board.show(id), () => showSounds());

const house = {
  store, who, attention, toast, skew: 0,
  now: () => Date.now() + house.skew,
  nameOf: (code) => names.get(code) || code,
  denied, welcomed, expiring,
  changed: () => soon(showLink),
  counted: () => soon(countNow),
  tools: (entry) => actions.tools(entry),
};

const actions = new Actions({
  store, who, toast, now: house.now, show: (id) => board.show(id),
  stream: () => [board.active, ...board.columns].find((column) => column?.connection?.state === 'live' || column?.connection?.state === 'catching-up')?.connection || null,
});
const board = new Board(house, { changed: save, command: (name, column) => (board.activate(column), commands[name]()) });
const pulse = new PulseCorner($('pulse'), $('pulse-panel'), { store, now: house.now, skew: () => skewed(house.skew) });

store.addEventListener('change', ({ detail: id }) => {
  for (const column of board.columns) {
    column.list.change(id);
    renew(column, id);
  }
});

// -- who, and for how long

function welcomed({ now, user, role }) {
  house.skew = now - Date.now();
  if (Math.abs(house.skew) < 1500) house.skew = 0; // the way here takes time too
  say($('skew'), skewed(house.skew));
  Object.assign(who, { user, role, editor: role === 'editor' || role === 'admin' });
  $('who').replaceChildren(make('bdi', { text: user }), ` · ${role}`);
  document.body.dataset.role = role;
}

function denied(why) {
  tab.set('token', null);
  askToken(why);
}

let warned = () => {}; // takes away what said that the token ends
function askToken(why) {
  warned();
  const form = $('login');
  say($('login-why'), why || '');
  if (!form.open) form.showModal();
}

let renewing = false;
async function expiring(seconds) {
  if (renewing) return;
  renewing = true;
  const now = house.now();
  warned = toast(`Your token ends at ${clock(now + seconds * 1000, now)}.`, { kind: 'wait', stay: true, act: 'Enter a new one', on: () => askToken() });
  setTimeout(() => (renewing = false), seconds * 1000);
}

$('login-form').addEventListener('submit', (event) => {
  event.preventDefault();
  tab.set('token', $('token').value.trim());
  $('token').value = '';
  $('token').blur(); // else it would swallow keys a while after it is gone
  $('login').close();
  restart();
});
// While there is a token that counts, this may be put off; without one there is nothing to go back to.
$('login').addEventListener('cancel', (event) => tab.get('token') || event.preventDefault());

function restart() {
  learnNames();
  board.set(board.specs);
  pulse.look();
}

// -- what is true of the connection, and how much is new

// At most once a frame, and also where no frames are drawn: a hidden tab's title is still read.
const due = new Set();
function soon(act) {
  if (!due.size) setTimeout(() => {
    const acts = [...due];
    due.clear();
    for (const each of acts) each();
  }, 30);
  due.add(act);
}

const hurry = () => {
  for (const { connection } of board.columns) if (connection?.state === 'waiting') connection.connect();
};

function showLink() {
  const { state, word, detail } = summary(board.columns.map(({ link }) => link), Date.now());
  $('state').dataset.state = state;
  say($('state-word'), navigator.onLine || state === 'live' ? word : `${word} (this computer is offline)`);
  say($('heard'), detail);
  for (const column of board.columns) {
    const own = summary([column.link], Date.now());
    column.sign.hidden = own.state === 'live' || board.columns.length === 1;
    column.sign.dataset.state = own.state;
    say(column.sign, own.word);
  }
}

function countNow() {
  const unseen = new Set(board.columns.flatMap((column) => [...column.unseen]));
  document.title = unseen.size ? `(${unseen.size > 999 ? '999+' : unseen.size}) Flashwire` : 'Flashwire';
  board.drawTabs();
}

function tick() {
  showLink();
  const now = house.now();
  for (const time of document.querySelectorAll('.age')) say(time, age(Number(time.dataset.at), now));
  for (const column of board.columns) column.tick();
  pulse.tick();
}

// A hidden tab draws nothing, so that what came is laid out when it is seen again.
document.addEventListener('visibilitychange', () => {
  if (document.hidden) return;
  hurry();
  for (const column of board.columns) column.list.soon();
});
addEventListener('online', hurry);
addEventListener('offline', showLink);
addEventListener('pagehide', () => board.columns.forEach((column) => column.keep()));

// -- clicks in cards

$('board').addEventListener('click', (event) => {
  const element = event.target.closest('.row');
  const column = element && board.columns.find((each) => each.element.contains(element));
  const row = column?.list.byKey.get(element.dataset.key);
  if (!row) return;
  const act = event.target.closest('[data-act]')?.dataset.act;
  if (act) event.preventDefault();
  if (act === 'load') loadGap(column, row);
  else if (act === 'show') board.show(row.alert.id);
  else if (['why', 'revisions', 'trail'].includes(act)) unfoldIn(column, row, act);
  else if (act) actions.act(act, row.key);
  else if (!event.target.closest('a') && getSelection().isCollapsed && column.list.selected !== row.key) column.list.select(row.key);
});

// -- commands

const chosen = () => {
  const row = board.active?.list.byKey.get(board.active.list.selected);
  return row ? { column: board.active, row } : null;
};

const onRow = (act) => () => {
  const found = chosen();
  return found ? void act(found) : false;
};
const onCard = (act) => () => {
  const found = chosen();
  if (found?.row.kind === 'card') act(found);
  else toast(found?.row.kind === 'echo' ? 'This line tells of an alert: Enter goes to its card.' : 'Choose an alert first: j and k.');
};
const unfold = (what) => onCard(({ column, row }) => unfoldIn(column, row, what));
const act = (what) => onCard(({ row }) => actions.act(what, row.key));

const commands = {
  next: () => board.active.list.step(1),
  previous: () => board.active.list.step(-1),
  open: onRow(({ column, row }) => {
    if (row.kind === 'gap') loadGap(column, row);
    else if (row.kind === 'echo') board.show(row.alert.id);
    else unfoldIn(column, row, 'why');
  }),
  revisions: unfold('revisions'),
  trail: unfold('trail'),
  source: onCard(({ row }) => {
    const address = webAddress(store.of(row.key).alert.url);
    if (address) open(address, '_blank', 'noopener,noreferrer');
    else toast('The alert has no link to its source.');
  }),
  newest: () => board.active.toNewest(),
  pause: () => board.active.pause(),
  leave: () => {
    board.active.list.select(null);
    document.activeElement?.blur();
  },
  ...Object.fromEntries(['claim', 'dismiss', 'escalate', 'hold', 'correct', 'withdraw', 'note'].map((what) => [what, act(what)])),
  undo: () => actions.undo(),
  column: (key) => board.go(Number(key) - 1),
  left: () => board.beside(-1),
  right: () => board.beside(1),
  find: () => edit(board.active, 'text'),
  edit: () => edit(board.active),
  add,
  moveLeft: () => board.move(board.active, -1),
  moveRight: () => board.move(board.active, 1),
  share,
  quiet: () => setQuiet(!attention.quiet),
  theme: () => setTheme({ '': 'dark', dark: 'light', light: '' }[browser.get('theme') || '']),
  pulse: () => void $('pulse-panel').togglePopover(),
  message: () => ($('toasts').hasChildNodes() ? $('toasts').lastElementChild.querySelector('button').focus() : false),
  help: () => ask({ title: 'Keys', fields: [sheet()], confirm: 'Close', wide: true, cancel: false }),
};

const seen = (axis) => {
  const name = { languages: 'language' }[axis];
  const values = [...store.alerts.values()].filter(({ alert }) => alert).flatMap(({ alert }) => (axis === 'sources' ? alert.sources.map(({ source }) => source) : name ? [alert[name]] : alert[axis]));
  return [...new Set(values)].sort().slice(0, 200);
};

async function edit(column, focus) {
  const given = { names, seen, focus, place: { first: column === board.columns[0], last: column === board.columns.at(-1) } };
  const answer = await askColumn(column.spec, given);
  if (!answer) return;
  if (answer === 'remove') return board.remove(column);
  if (typeof answer === 'string') return board.move(column, { left: -1, right: 1 }[answer]);
  const same = JSON.stringify(answer.filter) === JSON.stringify(column.spec.filter);
  column.spec = { ...column.spec, ...answer };
  save(board.specs);
  board.number();
  if (same) column.describe();
  else await column.refilter();
}

async function add() {
  if (board.columns.length >= MOST_COLUMNS) return toast(`There are ${MOST_COLUMNS} columns, which is as many as there can be.`);
  const answer = await askColumn({ name: 'New column', filter: {}, sound: 'interrupting', notify: false }, { fresh: true, names, seen });
  if (answer) board.go(board.columns.indexOf(board.add(columnOf(answer, freshId()))));
}

async function share() {
  const link = shared(board.specs);
  const control = make('input', { type: 'text', readonly: true, class: 'code', 'aria-label': 'Link', autofocus: true });
  control.value = link;
  const answer = await ask({ title: 'These columns as a link', text: 'Whoever opens it sees the same columns, with a token of their own.', fields: [control], confirm: 'Copy' });
  if (answer) await navigator.clipboard.writeText(link).then(() => toast('The link is copied.'), () => toast('This browser does not let us copy; mark the link and copy it.'));
}

function setQuiet(quiet) {
  attention.setQuiet(quiet);
  showSounds();
}

function showSounds() {
  const { quiet, audible } = attention;
  $('quiet').setAttribute('aria-pressed', String(quiet));
  $('quiet').dataset.state = quiet || audible ? 'as-wanted' : 'mute';
  say($('quiet-word'), quiet ? 'Do not disturb' : audible ? 'Sounds on' : 'Click to hear');
}

function setTheme(theme) {
  browser.set('theme', theme || null);
  if (theme) document.documentElement.dataset.theme = theme;
  else delete document.documentElement.dataset.theme;
}

$('pulse-panel').addEventListener('beforetoggle', ({ newState }) => newState === 'open' && pulse.open());

for (const name of ['help', 'add', 'share']) $(name).addEventListener('click', () => commands[name]());
// Who touches it because it says that nothing is heard wants to hear.
let waking = false;
for (const touch of ['pointerdown', 'keydown']) $('quiet').addEventListener(touch, () => (waking = $('quiet').dataset.state === 'mute'));
$('quiet').addEventListener('click', () => waking || commands.quiet());

// -- start

async function learnNames() {
  const codes = [...new Set(board.specs.flatMap(({ filter }) => [...(filter.regions || []), ...(filter.not?.regions || [])]))].filter((code) => !names.has(code));
  if (!codes.length) return;
  const { items } = await get('/v1/regions', codes.map((code) => ['code', code])).catch(() => ({ items: [] }));
  for (const { code, name } of items) names.set(code, name);
  for (const column of board.columns) column.describe();
}

history.scrollRestoration = 'manual';
setTheme(browser.get('theme') || '');
setQuiet(attention.quiet);
listen(commands);
const { columns, replaced } = load();
board.set(columns);
learnNames();
if (replaced) toast('These columns came with the link.', { act: 'Back to my own', stay: true, on: () => (board.set(replaced), save(replaced)) });
pulse.look();
setInterval(tick, 1000);
