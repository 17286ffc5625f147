// What a column takes from history: what was there before it, what is further down, what a gap left out.

import { pairs } from '/page/filter.js';
import { Denied, browser, get, tab } from '/page/remote.js';
import { many } from '/page/words.js';

const PAGE = 100;
const PAGES_FOR_PLACE = 10; // pages of history loaded to find the place of before a reload
const GAP_PAGES = 20;
export const ERA = 2 ** 44; // seqs start anew with an epoch; rows of a later one stand above

// What was seen before, from history; what came since, from the stream, by the cursor kept for this tab.
export async function begin(column) {
  const cursor = tab.get(`cursor.${column.spec.id}`);
  const place = JSON.parse(tab.get(`place.${column.spec.id}`) || 'null');
  const [epoch, seq] = (cursor || '').split(':');
  const turn = (column.turn = (column.turn || 0) + 1);
  const overtaken = () => column.closed || column.turn !== turn; // by another filter, or the column's end
  column.tell('loading');
  try {
    let page = await pageOf(column, cursor ? [['before', `${epoch}:${Number(seq) + 1}`]] : []);
    const items = [...page.items];
    for (let more = 1; place && !place.key.includes(':') && page.more && more < PAGES_FOR_PLACE && !items.some(({ alert }) => alert.id === place.key); more += 1) {
      page = await pageOf(column, [['before', page.next]]);
      items.push(...page.items);
    }
    if (overtaken()) return;
    column.older = page.more ? page.next : null;
    column.epoch = page.epoch;
    column.settled = true;
    settle(column, items);
    // Straight to the place of before: what stands on top would else count as seen.
    if (place) column.list.goTo(place.key, place.offset);
    else column.list.layout();
    column.stream(cursor || `${page.epoch}:${page.head}`);
  } catch (error) {
    if (overtaken()) return;
    if (error instanceof Denied) return column.denied(error.message);
    column.stream(cursor); // without history the live feed is still worth having
  }
  column.show();
}

// What could not be had at the start, now that the server answers.
export async function catchUpOnHistory(column) {
  column.settled = true;
  try {
    const page = await pageOf(column, []);
    column.older = page.more ? page.next : null;
    below(column, page.items);
  } catch {
    column.settled = false;
  }
}

function pageOf(column, more) {
  return get('/v1/alerts', [...pairs(column.spec.filter), ['limit', PAGE], ...more]);
}

// From history: a card stands where its alert was first seen; each later revision that interrupted has its line.
export function settle(column, items) {
  const first = new Map();
  for (const { seq, alert } of items) {
    column.house.store.take(alert);
    if (!(first.get(alert.id)?.seq < seq)) first.set(alert.id, { seq, alert });
  }
  const rows = [...first].map(([id, { seq }]) => ({ key: id, seq: column.era * ERA + seq, kind: 'card', open: new Set() }));
  for (const { seq, alert } of items) {
    if (!alert.interrupt || first.get(alert.id).seq === seq) continue;
    const before = items.find((one) => one.alert.id === alert.id && one.alert.revision === alert.revision - 1)?.alert;
    rows.push(column.echoOf(alert, column.era * ERA + seq, before));
  }
  const [epoch, last] = (browser.get(`seen.${column.spec.id}`) || '').split(':');
  if (epoch === column.epoch) for (const row of rows) if (row.seq > Number(last)) column.unseen.add(row.key);
  column.list.add(rows);
}

export async function loadOlder(column) {
  if (column.older === null || column.loading) return;
  column.loading = true;
  try {
    const page = await pageOf(column, [['before', column.older]]);
    column.older = page.more ? page.next : null;
    below(column, page.items);
  } catch (error) {
    if (error instanceof Denied) column.denied(error.message);
  } finally {
    setTimeout(() => (column.loading = false), 300);
  }
}

// Alerts that are not here yet take their places; those that are stay in theirs. Answers how many were not.
export function below(column, items) {
  const rows = new Map();
  for (const { seq, alert } of items) {
    column.house.store.take(alert);
    const at = column.era * ERA + seq;
    if (!column.list.byKey.has(alert.id) && !(rows.get(alert.id)?.seq < at)) rows.set(alert.id, { key: alert.id, seq: at, kind: 'card', open: new Set() });
  }
  column.list.add([...rows.values()]);
  return rows.size;
}

export async function loadGap(column, row) {
  const { gap } = row;
  if (gap.loading || gap.said) return;
  gap.loading = true;
  column.list.change(row.key);
  let count = 0;
  let next = gap.url;
  try {
    let oldest = 0;
    for (let pages = 0; next && pages < GAP_PAGES; pages += 1) {
      const page = await get(next, [...pairs(column.spec.filter), ['limit', 500]]);
      count += below(column, page.items.filter(({ seq }) => seq < gap.next || gap.why === 'epoch'));
      oldest = page.oldest;
      next = page.more && !(page.items.at(-1)?.seq >= gap.next) ? `/v1/alerts?after=${page.next}` : null;
    }
    const lost = oldest > gap.after + 1 && gap.why !== 'epoch' ? '; what was older is no longer kept' : '';
    gap.said = `${many(count, 'alert')} that ${count === 1 ? 'was' : 'were'} missing ${count === 1 ? 'is' : 'are'} now in the feed${lost}${next ? '; there are more' : ''}.`;
  } catch (error) {
    gap.said = undefined;
    column.house.toast(`What was missed could not be loaded: ${error.message}`);
  }
  gap.loading = false;
  column.list.change(row.key);
}
