// Which columns there are and in what order: kept in this browser, or taken from a link.

import { MOST_COLUMNS, column, fromFragment, toFragment } from '/page/filter.js';
import { browser } from '/page/remote.js';

const FIRST = [
  { id: 'all', name: 'All alerts', filter: {}, sound: 'bulletin' },
  { id: 'top', name: 'Flash and bulletin', filter: { min_priority: 'bulletin' }, sound: 'interrupting' },
];

export const freshId = () => Math.random().toString(36).slice(2, 10);

// {columns, replaced}: what a link brought stands in for the own columns, which are handed out to be had back.
export function load() {
  const linked = fromFragment(location.hash);
  const own = saved();
  if (!linked.length) return { columns: own, replaced: null };
  history.replaceState(null, '', location.pathname);
  const columns = linked.map((spec) => column(spec, freshId()));
  save(columns);
  return { columns, replaced: own };
}

function saved() {
  try {
    const kept = JSON.parse(browser.get('columns'));
    if (Array.isArray(kept) && kept.length) return kept.slice(0, MOST_COLUMNS).map((spec) => column(spec, String(spec.id).replace(/\W/g, '') || freshId()));
  } catch { /* nothing kept, or nothing of use */ }
  return FIRST.map((spec) => column(spec, spec.id));
}

export const save = (columns) => browser.set('columns', JSON.stringify(columns));

export const shared = (columns) => `${location.origin}${location.pathname}#${toFragment(columns)}`;
