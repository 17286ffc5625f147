// Rows of any height in one column, as numbers: where each stands, and which covers a height. Nothing here draws.
//
// Rows stand by `seq`, the newest first. Heights are whole steps of 4 px: so a correction of the scroll position is one
// of whole device pixels too (at 1, 1.25, 1.5, 2...), where a browser would round it and the text would creep.

export const STEP = 4;
const GUESS = 152; // px of a row that was never laid out

export const stepped = (height) => Math.ceil(height / STEP) * STEP;

// Sets `at` and `top` of each. -> {height of all, guess of a row that was never laid out}
export function stack(rows) {
  const known = rows.filter((row) => row.height);
  const guess = known.length ? Math.round(known.reduce((sum, row) => sum + row.height, 0) / known.length / STEP) * STEP : GUESS;
  let top = 0;
  for (const [at, row] of rows.entries()) {
    row.at = at;
    row.top = top;
    top += row.height || guess;
  }
  return { height: top, guess };
}

// The row that covers this height; halving, as their tops ascend.
export function indexAt(rows, height) {
  let [low, high] = [0, rows.length - 1];
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (rows[middle].top <= height) low = middle;
    else high = middle - 1;
  }
  return Math.max(0, low);
}

export function between(rows, top, bottom) {
  const found = [];
  for (let at = indexAt(rows, top); at < rows.length && rows[at].top < bottom; at += 1) found.push(rows[at]);
  return found;
}

// Two lists in descending order of seq as one; mostly all of one stands before all of the other.
export function merged(rows, more) {
  if (!rows.length || (more.length && more.at(-1).seq >= rows[0].seq)) return [...more, ...rows];
  if (!more.length || more[0].seq <= rows.at(-1).seq) return [...rows, ...more];
  return [...rows, ...more].sort((a, b) => b.seq - a.seq);
}
