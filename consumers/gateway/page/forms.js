// Dialogs: one question, its fields, and what was answered. The browser's own <dialog> keeps the focus inside.

import { make } from '/page/dom.js';

// ask({title, text, fields: [element...], confirm, danger}) -> FormData, or null if the person thinks better of it;
// `extra` buttons answer with their value.
export function ask({ title, text, fields = [], confirm = 'OK', danger = false, wide = false, cancel = true, extra = [] }) {
  return new Promise((resolve) => {
    const heading = make('h2', { id: 'ask-title', text: title });
    const form = make(
      'form', { method: 'dialog' },
      heading, text && make('p', { class: 'ask-text', dir: 'auto', text }), fields,
      make('div', { class: 'choices' },
        make('button', { type: 'submit', class: danger ? 'primary danger-fill' : 'primary', value: 'yes', text: confirm }),
        cancel && make('button', { type: 'button', text: 'Cancel', on: { click: () => finish(null) } }),
        extra.map((button) => (button.addEventListener('click', () => finish(button.value)), button))),
    );
    const dialog = make('dialog', { class: wide ? 'ask wide' : 'ask', 'aria-labelledby': 'ask-title' }, form);
    const back = document.activeElement;
    // All at once, not when the browser gets round to `close`: until then a field that is gone would hold the focus, and
    // what a quick hand types next would be lost in it.
    const finish = (answer) => {
      if (!dialog.isConnected) return;
      dialog.close();
      dialog.remove();
      goBack(back);
      resolve(answer);
    };
    dialog.addEventListener('cancel', (event) => event.target === dialog && finish(null));
    dialog.addEventListener('close', () => finish(null));
    form.addEventListener('submit', (event) => {
      event.preventDefault();
      finish(new FormData(form));
    });
    // Enter answers here too; a new line is Shift+Enter.
    form.addEventListener('keydown', (event) => {
      if (event.key !== 'Enter' || event.shiftKey || event.isComposing || event.target.tagName !== 'TEXTAREA') return;
      event.preventDefault();
      form.requestSubmit(form.querySelector('[type=submit]'));
    });
    document.body.append(dialog);
    dialog.showModal();
    (form.querySelector('[autofocus]') || form.querySelector('input, textarea, select, button'))?.focus();
  });
}

// To where the focus was; if that is gone (a card is made anew when its alert changes), to the chosen row.
function goBack(element = null) {
  const there = element?.isConnected && element !== document.body ? element : document.querySelector('.row.selected');
  there?.focus({ preventScroll: true });
}

export const field = (label, control, hint) => make('label', {}, label, control, hint && make('span', { class: 'hint', text: hint }));

// A short message in the corner, with at most one thing to do about it. Warnings stay until they are read.
// Of one `tag` only the last is shown: the undo of an older one would undo something else.
export function toaster(place) {
  return function toast(text, { act, on, stay = false, kind = 'plain', tag = '' } = {}) {
    if (!act) for (const older of [...place.children]) if (older.dataset.text === text) older.remove(); // once is enough
    if (tag) for (const older of place.querySelectorAll(`[data-tag=${tag}]`)) older.remove();
    const close = () => {
      const held = element.contains(document.activeElement);
      element.remove();
      if (held) goBack();
    };
    // Not from under a hand or a focus.
    const fade = () => (element.matches(':hover, :focus-within') ? setTimeout(fade, 1000) : close());
    const element = make(
      'div', { class: `toast ${kind}`, 'data-tag': tag || null, 'data-text': act ? null : text, on: { keydown: (event) => event.key === 'Escape' && (event.stopPropagation(), close()) } },
      make('p', { dir: 'auto', text }),
      act && make('button', { type: 'button', text: act, on: { click: () => (close(), on()) } }),
      make('button', { type: 'button', class: 'quiet', text: '✕', 'aria-label': 'Dismiss this message', on: { click: close } }),
    );
    place.append(element);
    while (place.children.length > 4) place.firstChild.remove();
    if (!stay) setTimeout(fade, act ? 10_000 : 5000);
    return close;
  };
}
