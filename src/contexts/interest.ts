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

export interface Followed extends Promise<unknown> {
  readonly interest: Interest | undefined;
}

/** A function of the language that was given to `then` of a promise without interest. Its race has not been made. */
interface Unraced {
  readonly promise: Followed;
  readonly onFulfilled: (value: never) => unknown;
  readonly onRejected: (error: never) => unknown;
}

/**
 * A race matters only if a promise with interest joins it. So those of other promises (most calls of `Promise.all`) are made when the first
 * promise with interest joins any race, and at once from then on, until the turn ends. No call of `Promise.race` is longer than a turn.
 */
let unraced: Unraced[] = [];
let racing = false;

/** Called when a turn has ended. */
export function forgetUnraced(): void {
  racing = false;
  if (unraced.length > 0) unraced = [];
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
  then: (promise: Followed, onFulfilled: Callback, onRejected: Callback) => Promise<unknown>,
  derived: (promise: Promise<unknown>, interest: Interest | undefined) => void,
): Promise<unknown> {
  const { interest } = promise;
  if (!isOfLanguage(onFulfilled) || !isOfLanguage(onRejected)) {
    lastLook = undefined;
    const next = then(promise, onFulfilled, onRejected);
    derived(next, interest?.derive());
    return next;
  }
  if (interest === undefined && !racing) {
    lastLook = undefined;
    unraced.push({ promise, onFulfilled, onRejected });
    return then(promise, onFulfilled, onRejected);
  }
  if (!racing) startRacing(then);
  const joined = raceOf(onFulfilled, onRejected);
  if (interest === undefined) joined.join(undefined, onRejected);
  else interest.join(joined, onRejected);
  lastLook = undefined;
  return then(
    promise,
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

function raceOf(onFulfilled: object, onRejected: unknown): Race {
  let race = races.get(onFulfilled);
  if (race === undefined) races.set(onFulfilled, (race = new Race(onRejected)));
  return race;
}

/** Makes the races that promises without interest have joined in this turn. */
function startRacing(then: Parameters<typeof followedThen>[3]): void {
  racing = true;
  for (const { promise, onFulfilled, onRejected } of unraced) {
    const race = raceOf(onFulfilled, onRejected);
    race.join(undefined, onRejected);
    void then(
      promise,
      () => race.fulfilled(),
      () => race.rejected(onRejected),
    );
  }
  unraced = [];
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
