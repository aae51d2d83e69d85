/** Sessions of browsers: one-time keys that are exchanged for a cookie, and the cookies. Both are kept in memory, as hashes. */
import { randomBytes } from 'node:crypto';
import type { Clock } from '../ports/clock.js';
import type { Caller } from './exchange.js';
import { hashOf } from './tokens.js';

const hour = 3_600_000;

/** The lifetime of a session. */
export const sessionMs = 12 * hour;
/** The time in which a one-time key can be used. */
const keyMs = hour;
/** The maximum number of sessions, and of unused keys. Beyond it the oldest one ends. */
const entriesMax = 1_000;

interface Entry {
  readonly caller: Caller;
  readonly endsMs: number;
}

export class Sessions {
  private readonly keys = new Map<string, Entry>();
  private readonly open = new Map<string, Entry>();

  constructor(private readonly clock: Clock) {}

  /** Makes a key that can be exchanged once for a session. */
  issueKey(caller: Caller): string {
    return this.add(this.keys, caller, keyMs);
  }

  /** The caller of a one-time key. `undefined` if the key is unknown, used or too old. The key is used afterwards. */
  useKey(key: string): Caller | undefined {
    const hash = hashOf(key).toString('base64');
    const caller = this.live(this.keys, hash);
    this.keys.delete(hash);
    return caller;
  }

  /** Begins a session. Returns the secret of its cookie. */
  begin(caller: Caller): string {
    return this.add(this.open, caller, sessionMs);
  }

  callerOf(secret: string): Caller | undefined {
    return this.live(this.open, hashOf(secret).toString('base64'));
  }

  end(secret: string): void {
    this.open.delete(hashOf(secret).toString('base64'));
  }

  /** A secret has 256 random bits, and is found by its hash: the time of the look-up tells nothing of it. */
  private add(entries: Map<string, Entry>, caller: Caller, lifetimeMs: number): string {
    const secret = randomBytes(32).toString('base64url');
    for (const [hash, { endsMs }] of entries) {
      // Entries stand in the order of their ends.
      if (endsMs > this.clock.monotonicMs() && entries.size < entriesMax) break;
      entries.delete(hash);
    }
    entries.set(hashOf(secret).toString('base64'), { caller, endsMs: this.clock.monotonicMs() + lifetimeMs });
    return secret;
  }

  private live(entries: Map<string, Entry>, hash: string): Caller | undefined {
    const entry = entries.get(hash);
    return entry !== undefined && entry.endsMs > this.clock.monotonicMs() ? entry.caller : undefined;
  }
}

/** The value of a cookie. `undefined` if the request has none of this name. */
export function cookieOf(header: string | undefined, name: string): string | undefined {
  for (const pair of header?.split(';') ?? []) {
    const at = pair.indexOf('=');
    if (at > 0 && pair.slice(0, at).trim() === name) return pair.slice(at + 1).trim();
  }
  return undefined;
}
