// The tabs of the results: one shown, arrows go through them.

import { $ } from '/page/lab-dom.js';

const TABS = ['fired', 'near', 'effect', 'explain'];

export function select(name, focus = false) {
  for (const tab of TABS) {
    const button = $(`tab-${tab}`);
    button.setAttribute('aria-selected', String(tab === name));
    button.tabIndex = tab === name ? 0 : -1;
    $(tab).hidden = tab !== name;
  }
  if (focus) $(`tab-${name}`).focus();
}

export function listen() {
  for (const [number, tab] of TABS.entries()) {
    $(`tab-${tab}`).addEventListener('click', () => select(tab));
    $(`tab-${tab}`).addEventListener('keydown', (event) => {
      const to = { ArrowRight: number + 1, ArrowLeft: number - 1 + TABS.length, Home: 0, End: TABS.length - 1 }[event.key];
      if (to === undefined) return;
      event.preventDefault();
      select(TABS[to % TABS.length], true);
    });
  }
}
