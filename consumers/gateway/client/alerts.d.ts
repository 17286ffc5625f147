/** Types of alerts.js: a Flashwire gateway's alerts in a browser, through breaks, without loss. */

export type Priority = 'flash' | 'bulletin' | 'urgent' | 'routine';

/** One revision of one alert; `alerts schema alert` describes every field. Fields are only ever added. */
export interface Alert {
  id: string;
  revision: number;
  op: 'new' | 'update' | 'correction' | 'hold' | 'withdrawal' | 'expiry';
  status: 'live' | 'held' | 'withdrawn' | 'expired';
  /** Whether a person must be interrupted. */
  interrupt: boolean;
  priority: Priority;
  delivery: Priority;
  headline: string;
  summary: string;
  reason?: string | null;
  language: string;
  url?: string | null;
  regions: { code: string; name: string }[];
  topics: string[];
  rules: string[];
  issued: string;
  [more: string]: unknown;
}

/** OR inside an axis, AND across axes; `{}` is everything. */
export interface Filter {
  regions?: string[];
  topics?: string[];
  rules?: string[];
  languages?: string[];
  sources?: string[];
  min_priority?: Priority;
  /** An expression in the rule language. */
  text?: string;
  not?: Omit<Filter, 'not'>;
}

export interface Options {
  /** Or a function that makes a fresh one for each connection, and before the old one ends; asked again if it fails. */
  token?: string | (() => string | null | Promise<string | null>);
  /** Where to begin: what the event `cursor` gave last, `oldest`, or a time such as `-15m`. Absent: live. */
  cursor?: string | null;
  onGap?: 'replay' | 'live' | 'fail';
  /** Filters by name; absent: everything. */
  subscriptions?: Record<string, Filter>;
  /** The program's name, for the gateway's log. */
  client?: string;
}

export interface Welcome {
  session: string;
  epoch: string;
  head: number;
  oldest: number;
  /** Seconds. */
  heartbeat: number;
  /** The gateway's clock, epoch milliseconds. */
  now: number;
  expires?: number;
  user: string;
  role: 'viewer' | 'editor' | 'admin';
  resume: { ok: boolean; from: number };
  limits: { subscriptions: number; message: number };
}

/** The whole present state of one alert among editors. */
export interface Desk {
  alert: string;
  claimed_by?: string;
  note?: string;
  state: 'open' | 'dismissed';
  do: Action;
  by: string;
  at: string;
}

export type Action =
  | 'claim' | 'release' | 'dismiss' | 'restore' | 'note'
  | 'escalate' | 'correct' | 'withdraw' | 'hold' | 'unhold';

/** `stopped`: coming back would not help (4501 and 4002 want another token); call `connect` when something changed. */
export interface StateChange {
  state: 'connecting' | 'catching-up' | 'live' | 'waiting' | 'stopped' | 'closed';
  /** Alerts still to come, while `catching-up`. */
  behind?: number;
  /** Close code and reason, when `waiting`, `stopped` or `closed`. */
  code?: number;
  why?: string;
  /** When it tries again, epoch milliseconds of our clock. */
  until?: number;
}

export interface Events {
  state: StateChange;
  welcome: Welcome;
  /** A revision newer than any given out before. The cursor moves after all listeners have returned. */
  alert: { seq: number; alert: Alert };
  /** Alerts after `after` and before `next` may have been missed. */
  gap: { after: number; next: number; why: 'expired' | 'epoch' | 'limit' | 'future'; url: string };
  live: { seq: number };
  heartbeat: { seq: number };
  lag: { behind: number; conflated: number };
  /** Editors only. After `live` comes the present state of every alert that was ever touched. */
  desk: Desk;
  expiring: { in: number };
  /** To be kept, if a reload is to go on from here. */
  cursor: string;
}

/** What was asked was refused; `code` is the protocol's, or the close code if the stream stopped or was closed. */
export interface Refused extends Error {
  code: string | number;
}

export class AlertStream extends EventTarget {
  constructor(url: string, options?: Options);
  readonly url: string;
  readonly state: StateChange['state'];
  /** Everything up to here was handled. */
  readonly cursor?: string | null;
  /** The last welcome; null from `connect` until the next one. */
  readonly session: Welcome | null;
  readonly subscriptions: Record<string, Filter | null | undefined>;
  token?: Options['token'];

  /** Connect, or do so again now: when the network is back, the tab is seen again, or there is another token. */
  connect(): void;
  /** End for good, or until `connect`; what was asked and not yet answered is refused. */
  close(): void;
  /** Add or replace a filter, without a gap; without `filter` take it away. Answers the seq from which on it holds. */
  subscribe(id: string, filter?: Filter | null): Promise<number>;
  /** Do something as an editor. Sent again after a break until the desk has answered; done once, by its `id`. */
  act(
    alert: Pick<Alert, 'id' | 'revision'>,
    what: Action,
    more?: { id?: string; priority?: Priority; headline?: string; note?: string },
  ): Promise<{ seq: number; revision?: number }>;
  /** Ask for older alerts, newest first, or for what editors did with one alert. */
  ask(
    type: 'history',
    more?: { before?: number; limit?: number; filter?: Filter },
  ): Promise<{ items: { seq: number; alert: Alert }[]; more: boolean; next?: number }>;
  ask(type: 'trail', more: { alert: string }): Promise<{ alert: string; items: Record<string, unknown>[]; more: boolean }>;

  addEventListener<K extends keyof Events>(
    type: K,
    listener: (event: CustomEvent<Events[K]>) => void,
    options?: boolean | AddEventListenerOptions,
  ): void;
}

/** Whether to come back after a close code, also an unknown one. */
export function mayReconnect(code: number): boolean;
