// Questions over plain HTTP, with the token that is kept for this tab; and what the browser keeps for us.

export class Denied extends Error {}

const shelf = (storage) => ({
  get: (name) => storage.getItem(`flashwire.${name}`),
  set: (name, value) => {
    try {
      if (value === null) storage.removeItem(`flashwire.${name}`);
      else storage.setItem(`flashwire.${name}`, value);
    } catch { /* full, or not allowed: the page works without */ }
  },
});
export const tab = shelf(sessionStorage); // for this tab, through reloads
export const browser = shelf(localStorage); // for all tabs, for good

export async function get(path, pairs = []) {
  const token = tab.get('token');
  const query = new URLSearchParams(pairs).toString();
  const url = query ? `${path}${path.includes('?') ? '&' : '?'}${query}` : path;
  const answer = await fetch(url, { headers: token ? { Authorization: `Bearer ${token}` } : {} });
  if (answer.ok) return answer.json();
  const { message = `status ${answer.status}` } = await answer.json().catch(() => ({}));
  throw answer.status === 401 ? new Denied(message) : new Error(message);
}
