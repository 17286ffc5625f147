// What unfolds in place below a card: opened and closed by the reader, asked for when it is opened and when it is old.

import { revisionsPanel, sourcesPanel, trailPanel } from '/page/panels.js';
import { get } from '/page/remote.js';

const ASK = {
  revisions: async (column, row) => (await get('/v1/revisions', [['alert', row.key]])).items.map((item) => item.alert),
  trail: (column, row) => column.connection.ask('trail', { alert: row.key }),
};

// What an answer goes with: when there is another of these, the answer is old.
const OF = { revisions: (entry) => entry.alert, trail: (entry) => entry.sheet };

export const panels = (row, alert, now) => [
  row.open.has('why') && sourcesPanel(alert, now),
  row.open.has('revisions') && revisionsPanel(row.revisions, now),
  row.open.has('trail') && trailPanel(row.trail, now),
].filter(Boolean);

export function unfold(column, row, what) {
  const open = !row.open.has(what);
  if (open) row.open.add(what);
  else row.open.delete(what);
  column.list.change(row.key);
  reveal(column, row);
  if (open && ASK[what]) load(column, row, what);
}

// What was unfolded by the reader is brought into view, as far as it fits.
function reveal({ list }, row) {
  if (row.open.size && row.key === list.selected) list.goTo(row.key);
}

// An editor did something, or there is another revision: what stands open would say what is true no more.
export function renew(column, key) {
  const row = column.list.byKey.get(key);
  for (const what of row?.open ?? []) if (ASK[what] && row.as?.[what] !== OF[what](column.house.store.of(key))) ask(column, row, what);
}

async function load(column, row, what) {
  row[what] = null;
  const asked = performance.now();
  await ask(column, row, what);
  if (column.list.scrolledAt < asked) reveal(column, row); // else the reader is somewhere else by now
}

async function ask(column, row, what) {
  const as = OF[what](column.house.store.of(row.key));
  row.as = { ...row.as, [what]: as };
  try {
    const answer = await ASK[what](column, row);
    if (row.as[what] !== as) return; // it was asked for again meanwhile
    row[what] = answer;
  } catch (error) {
    if (row.as[what] !== as) return;
    row.as[what] = undefined; // the next change asks again
    row[what] ??= error.message || String(error);
  }
  column.list.change(row.key);
}
