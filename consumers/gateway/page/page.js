// The editors' page: puts the connection and the feed together.

import { Feed, gapNotice } from '/page/feed.js';
import { Stream } from '/page/stream.js';

const $ = (id) => document.getElementById(id);
const PAGE = 100;
const MISSED_PAGES = 20;

const memory = {
  get: (name) => sessionStorage.getItem(`flashwire.${name}`),
  set: (name, value) => (value === null ? sessionStorage.removeItem(`flashwire.${name}`) : sessionStorage.setItem(`flashwire.${name}`, value)),
};

const stream = new Stream(`${location.protocol === 'https:' ? 'wss' : 'ws'}://${location.host}/v1/stream`, {
  token: () => memory.get('token'),
});
const now = () => Date.now() + stream.skew;
const feed = new Feed($('feed'), $('pill'), now);
let state = { state: 'connecting' };
let beat = 0;
let older = null; // `before` of the next page of older alerts
let unseen = 0;

// -- history

class Denied extends Error {}

async function get(url) {
  const token = memory.get('token');
  const answer = await fetch(url, { headers: token ? { Authorization: `Bearer ${token}` } : {} });
  if (answer.status === 401) throw new Denied((await answer.json()).message);
  if (!answer.ok) throw new Error(`${url}: ${answer.status}`);
  return answer.json();
}

async function loadOlder(before, options) {
  const page = await get(`/v1/alerts?limit=${PAGE}${before === null ? '' : `&before=${before}`}`);
  for (const { alert } of page.items) feed.append(alert, options);
  older = page.more ? page.next : null;
  $('older').hidden = older === null;
  return page;
}

async function loadMissed(url) {
  let count = 0;
  let next = url;
  for (let pages = 0; next && pages < MISSED_PAGES; pages += 1) {
    const page = await get(`${next}&limit=500`);
    for (const { alert } of page.items) count += feed.take(alert) ? 1 : 0;
    next = page.more ? `/v1/alerts?after=${page.next}` : null;
  }
  showEmpty();
  return `${count} alerts that were missing are now in the feed${next ? '; there are more' : ''}.`;
}

// -- what is shown of the connection

const WORD = {
  connecting: () => 'connecting',
  live: () => 'live',
  catching: ({ behind }) => `catching up ${behind}`,
  reconnecting: ({ at }) => (at > Date.now() ? `reconnecting in ${Math.ceil((at - Date.now()) / 1000)} s` : 'reconnecting'),
  silent: ({ seconds }) => `no news for ${seconds} s: reconnecting`,
  denied: () => 'a token is needed',
  stopped: ({ code, why }) => `stopped (${code}${why ? `: ${why}` : ''})`,
};

function show(next = state) {
  state = next;
  $('state').dataset.state = state.state;
  const word = WORD[state.state](state);
  if ($('state-word').textContent !== word) $('state-word').textContent = word;
  const seconds = Math.round((Date.now() - beat) / 1000);
  $('pulse').textContent = beat ? `last heard ${seconds} s ago` : '';
}

function showEmpty() {
  $('empty').hidden = feed.alerts.size > 0;
  document.title = unseen ? `(${unseen}) Flashwire` : 'Flashwire';
}

stream.addEventListener('state', ({ detail }) => show(detail));
stream.addEventListener('cursor', ({ detail }) => memory.set('cursor', detail));
stream.addEventListener('welcome', ({ detail }) => {
  heard();
  $('who').textContent = `${detail.user} · ${detail.role}`;
});
stream.addEventListener('beat', heard);
stream.addEventListener('alert', ({ detail }) => {
  heard();
  if (feed.take(detail.alert) && document.hidden && detail.alert.interrupt) unseen += 1;
  if (state.state === 'catching') show({ state: 'catching', behind: Math.max(0, stream.head - detail.seq) });
  showEmpty();
});
stream.addEventListener('gap', ({ detail }) => feed.notice(gapNotice(detail, loadMissed)));
stream.addEventListener('denied', ({ detail }) => ask(detail.ended ? 'The token has ended.' : detail.why));

function heard() {
  beat = Date.now();
  show();
}

// -- the token

function ask(why) {
  memory.set('token', null);
  show({ state: 'denied' });
  $('login-why').textContent = why || '';
  if (!$('login').open) $('login').showModal();
}

$('login-form').addEventListener('submit', (event) => {
  event.preventDefault();
  memory.set('token', $('token').value.trim());
  $('token').value = '';
  $('login').close();
  start();
});

// -- keys, clock, visibility

const KEYS = { j: () => feed.step(1), k: () => feed.step(-1), o: () => feed.toggle(), Enter: () => feed.toggle(), g: () => feed.toTop() };

addEventListener('keydown', (event) => {
  const typing = event.target.closest('input, textarea, dialog, summary, a, button');
  if (event.ctrlKey || event.metaKey || event.altKey || (typing && (event.key === 'Enter' || typing.matches('input, textarea, dialog')))) return;
  const act = KEYS[event.key];
  if (!act) return;
  event.preventDefault();
  act();
});
setInterval(() => {
  stream.watch();
  show();
  feed.tick();
}, 1000);
addEventListener('online', () => stream.hurry());
document.addEventListener('visibilitychange', () => {
  if (document.hidden) return;
  unseen = 0;
  showEmpty();
  stream.hurry();
});
$('older').addEventListener('click', () => loadOlder(older).catch(refused));
addEventListener('pagehide', () => memory.set('eye', scrollY > 8 ? feed.underEye() : null));

// -- start: what was seen before, from history; what came since, from the stream, by the cursor kept for this tab

function refused(error) {
  if (error instanceof Denied) ask(error.message);
  else show({ state: 'stopped', code: 'history', why: error.message });
}

async function start() {
  const cursor = memory.get('cursor');
  const [epoch, seq] = (cursor || '').split(':');
  try {
    const settling = { settling: true };
    let page = await loadOlder(cursor ? `${epoch}:${Number(seq) + 1}` : null, settling);
    const eye = memory.get('eye');
    for (let pages = 0; eye && !feed.find(eye) && older !== null && pages < 4; pages += 1) page = await loadOlder(older, settling);
    stream.cursor = cursor || `${page.epoch}:${page.head}`;
    if (eye) feed.find(eye)?.scrollIntoView();
  } catch (error) {
    if (error instanceof Denied) return ask(error.message);
    stream.cursor = cursor; // without history the live feed is still worth having
  }
  showEmpty();
  stream.connect();
}

history.scrollRestoration = 'manual';
start();
