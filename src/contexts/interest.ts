/**
 * Tracks whether code still waits for a promise. A wait for an event that lost its race must receive no event.
 *
 *   not looked at --look--> followed by code, by derived promises, by races --all its races are decided--> forgotten
 *   forgotten --look--> followed
 *
 * JavaScript does not notify a promise that loses a race. But `Promise.race` and similar functions call `then` of each promise with the
 * same built-in functions. This identifies the promises of one race, and the race is decided when one of them settles. Every other
 * look at a promise (`await`, a `then` with a function of the program) follows it for ever.
 */

/** A race, which follows its promises until it is decided. */
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

  /** A rejection decides the race, unless each promise has its own reject function (`Promise.any`). */
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

/** A wait for an event that can be left and entered again. */
export interface Forgettable {
  /** Called when no code waits for it any more. */
  rest(): void;
  /** Called when code waits for it again. */
  wake(): void;
}

const code = Symbol('code');

export class Interest {
  private readonly followers = new Set<Race | Interest | typeof code>();
  private looked = false;
  private served = false;

  /** @param of the wait, or the interest of the promise from which this one is derived; it is forgotten with this interest */
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

  /** Whether the wait has received its event. */
  get wasServed(): boolean {
    return this.served;
  }

  /** Notes that the wait has received its event. This decides the races that follow it directly. */
  serve(): void {
    this.served = true;
    for (const follower of this.followers) if (follower instanceof Race) follower.fulfilled();
  }

  /** Notes a look at the promise. The look counts as one of code until a race joins. */
  look(): void {
    lastLook = this.followers.has(code) ? undefined : this;
    this.follow(code);
  }

  /** Joins a race. The look before was part of the race, and so not one of code. */
  join(race: Race, reject: unknown): void {
    const look = lastLook === this;
    race.join(this, reject);
    if (look) this.forget(code);
  }

  /** The interest of a promise that a function of the program derived from this one. */
  derive(): Interest {
    const derived = new Interest(this);
    this.follow(derived);
    return derived;
  }
}

/** The interest whose promise was looked at last. `undefined` if code followed it before. */
let lastLook: Interest | undefined;

/** Races by the function that they pass as `onFulfilled`. */
const races = new WeakMap<object, Race>();

interface Followed {
  readonly interest: Interest | undefined;
}

type Callback = ((value: never) => unknown) | null | undefined;

/**
 * `then` of a followed promise.
 * @param then the built-in `then`
 * @param derived called with the resulting promise and its interest, so that it is followed too
 */
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

/** Whether this is one of the unnamed built-in functions that settle promises. */
function isOfLanguage(callback: Callback): callback is (value: never) => unknown {
  if (typeof callback !== 'function') return false;
  try {
    return callback.name === '' && Function.prototype.toString.call(callback) === 'function () { [native code] }';
  } catch {
    return false;
  }
}
