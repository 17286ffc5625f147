// Elements from code. Text is only ever text: nothing from an article becomes markup.

export const $ = (id) => document.getElementById(id);

export function make(tag, { text, on = {}, ...attributes } = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value !== null && value !== undefined && value !== false) element.setAttribute(name, value === true ? '' : value);
  }
  for (const [name, act] of Object.entries(on)) element.addEventListener(name, act);
  if (text !== undefined) element.textContent = text;
  element.append(...children.flat(Infinity).filter((child) => child || child === 0));
  return element;
}

// Set only what differs: every needless write costs a layout, and readers of screens hear it.
export function say(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

// A link only where the address is one of the web: never javascript: or data:.
export function webAddress(url) {
  try {
    return ['http:', 'https:'].includes(new URL(url).protocol) ? url : null;
  } catch {
    return null;
  }
}
