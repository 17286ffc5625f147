// What is true of the connection, in words. Pure: column states in, words out; nothing is called live that is silent.

const seconds = (ms) => Math.max(0, Math.round(ms / 1000));

// states: [{state, behind, until, why, code, heard}], `heard` in ms of our clock, 0 for never. -> {state, word, detail}
export function summary(states, now) {
  const of = (...names) => states.filter(({ state }) => names.includes(state));
  const denied = of('denied');
  if (denied.length) return { state: 'denied', word: 'a token is needed', detail: denied[0].why || '' };
  const [stopped] = of('stopped');
  if (stopped) return { state: 'stopped', word: `stopped (${stopped.code}${stopped.why ? `: ${stopped.why}` : ''})`, detail: 'reload to try again' };
  const away = of('waiting', 'connecting', 'closed', 'loading');
  if (away.length) return absent(away, now);
  const heard = Math.min(...states.map((each) => each.heard));
  const detail = `heard ${seconds(now - heard)} s ago`;
  const behind = of('catching-up').reduce((sum, each) => sum + (each.behind || 0), 0);
  if (of('catching-up').length) return { state: 'catching', word: `catching up ${behind.toLocaleString('en')}`, detail };
  return { state: 'live', word: 'live', detail };
}

function absent(away, now) {
  const heard = away.map((each) => each.heard).filter(Boolean);
  if (!heard.length) {
    const tried = away.some(({ state }) => state === 'waiting');
    return { state: tried ? 'away' : 'connecting', word: tried ? 'cannot connect: trying again' : 'connecting', detail: wait(away, now) };
  }
  return { state: 'away', word: `no news for ${seconds(now - Math.min(...heard))} s: reconnecting`, detail: wait(away, now) };
}

function wait(away, now) {
  const until = Math.max(0, ...away.map((each) => (each.state === 'waiting' ? each.until : 0)));
  return until > now ? `next try in ${Math.ceil((until - now) / 1000)} s` : '';
}

// A clock that is off by more than a reader would forgive.
export function skewed(ms) {
  if (Math.abs(ms) < 5000) return '';
  const off = Math.abs(ms) < 120_000 ? `${Math.round(Math.abs(ms) / 1000)} s` : `${Math.round(Math.abs(ms) / 60_000)} min`;
  return `this computer's clock is ${off} ${ms > 0 ? 'slow' : 'fast'}; ages go by the server's`;
}
