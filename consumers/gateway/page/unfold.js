// What unfolds in place below a card: opened and closed by the reader, asked for when it is first wanted.

import { revisionsPanel, sourcesPanel, trailPanel } from '/page/panels.js';
import { get } from '/page/remote.js';

const ASK = {
  revisions: async (column, row) => (await get('/v1/revisions', [['alert', row.key]])).items.map((item) => item.alert),
  trail: (column, row) => column.connection.ask('trail', { alert: row.key }),
};

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

async function load(column, row, what) {
  row[what] = null;
  const asked = performance.now();
  try {
    row[what] = await ASK[what](column, row);
  } catch (error) {
    row[what] = error.message || String(error);
  }
  column.list.change(row.key);
  if (column.list.scrolledAt < asked) reveal(column, row); // else the reader is somewhere else by now
}
