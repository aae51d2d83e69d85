/**
 * Whether anybody still waits for a promise: a wait for an event that lost its race takes no event.
 *
 *   not looked at --look--> followed by code, by what is derived from it, by races --all its races are decided--> forgotten
 *   forgotten --look--> followed
 *
 * A promise of the language calls nobody when it loses a race. But `Promise.race` and its like call `then` of each promise with
 * functions of the language, the same ones for each; so the promises of one race are known, and that it is decided is known when one
 * of them settles. Whatever else looks at a promise (`await`, a `then` with a function of the program) follows it for good.
 */

/** Follows a promise as long as it has not been decided. */
class Race {
  private readonly followed = new Set<Interest>();
  private decided = false;
  private members = 0;

  constructor(private readonly reject: unknown) {}

  join(interest: Interest | undefined, reject: unknown): void {
    if (reject === this.reject) this.members++;
    if (interest === undefined || this.decided) return;
    if (interest.wasServed) return this.fulfilled();
    this.followed.add(interest);
    interest.follow(this);
  }

  fulfilled(): void {
    this.decide();
  }

  /** Where each promise has a function of its own for this (`Promise.any`), the others go on. */
  rejected(reject: unknown): void {
    if (reject === this.reject && this.members > 1) this.decide();
  }

  private decide(): void {
    if (this.decided) return;
    this.decided = true;
    for (const interest of this.followed) interest.forget(this);
    this.followed.clear();
  }
}

/** What waits for an event, as far as this is concerned. */
export interface Forgettable {
  /** Nobody waits for it any more. */
  rest(): void;
  /** Somebody waits for it again. */
  wake(): void;
}

const code = Symbol('code');

export class Interest {
  private readonly followers = new Set<Race | Interest | typeof code>();
  private looked = false;
  private served = false;

  /** @param of what is forgotten with it: the wait, or what its promise is derived from */
  constructor(private readonly of: Forgettable | Interest) {}

  follow(follower: Race | Interest | typeof code): void {
    const forgotten = this.looked && this.followers.size === 0;
    this.looked = true;
    this.followers.add(follower);
    if (!forgotten) return;
    if (this.of instanceof Interest) this.of.follow(this);
    else this.of.wake();
  }

  forget(follower: Race | Interest | typeof code): void {
    if (!this.followers.delete(follower) || this.followers.size > 0) return;
    if (this.of instanceof Interest) this.of.forget(this);
    else this.of.rest();
  }

  /** Its event has been given to the wait, whose promise settles at once. */
  get wasServed(): boolean {
    return this.served;
  }

  /** The wait has its event: the races that follow it directly are decided. */
  serve(): void {
    this.served = true;
    for (const follower of this.followers) if (follower instanceof Race) follower.fulfilled();
  }

  /** Somebody looks at the promise: what it is for is not known yet. */
  look(): void {
    lastLook = this.followers.has(code) ? undefined : this;
    this.follow(code);
  }

  /** The look before was the one by which a race begins. */
  join(race: Race, reject: unknown): void {
    const look = lastLook === this;
    race.join(this, reject);
    if (look) this.forget(code);
  }

  /** Of a promise that is derived from this one by a function of the program. */
  derive(): Interest {
    const derived = new Interest(this);
    this.follow(derived);
    return derived;
  }
}

/** The interest whose promise was looked at last, where that was news. */
let lastLook: Interest | undefined;

/** By what a race calls when one of its promises is fulfilled. */
const races = new WeakMap<object, Race>();

interface Followed {
  readonly interest: Interest | undefined;
}

type Callback = ((value: never) => unknown) | null | undefined;

/** `then` of a promise that is followed. `then`: that of the language; `derived`: has what came of it followed too. */
export function followedThen(
  promise: Followed,
  onFulfilled: Callback,
  onRejected: Callback,
  then: (onFulfilled: Callback, onRejected: Callback) => Promise<unknown>,
  derived: (promise: Promise<unknown>, interest: Interest | undefined) => void,
): Promise<unknown> {
  const { interest } = promise;
  if (!isOfLanguage(onFulfilled) || !isOfLanguage(onRejected)) {
    lastLook = undefined;
    const next = then(onFulfilled, onRejected);
    derived(next, interest?.derive());
    return next;
  }
  let race = races.get(onFulfilled);
  if (race === undefined) races.set(onFulfilled, (race = new Race(onRejected)));
  const joined = race;
  if (interest === undefined) joined.join(undefined, onRejected);
  else interest.join(joined, onRejected);
  lastLook = undefined;
  return then(
    (value: never) => {
      joined.fulfilled();
      return onFulfilled(value);
    },
    (error: never) => {
      joined.rejected(onRejected);
      return onRejected(error);
    },
  );
}

/** Whether this is one of the functions without a name by which the language settles promises. */
function isOfLanguage(callback: Callback): callback is (value: never) => unknown {
  if (typeof callback !== 'function') return false;
  try {
    return callback.name === '' && Function.prototype.toString.call(callback) === 'function () { [native code] }';
  } catch {
    return false;
  }
}
