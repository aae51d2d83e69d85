/**
 * External events of one execution: arrived events that the code has not read, and waits whose events have not arrived.
 *
 * If several waits have one name, those of the newest turn are served first, within a turn in the order of their calls. Names are compared
 * without regard to case. Unread events are delivered one after the other, the oldest first. The code that follows one event runs before
 * the next is delivered, so that of several racing waits only one receives an event. Executions that began under version 0.1 compare
 * names exactly, serve the oldest wait first, and deliver an unread event to its wait at once.
 */

/** Serves a wait. `read` returns the event. It throws if this version cannot read the event. */
type Waiter = (read: () => unknown) => void;

interface Arrived {
  readonly name: string;
  readonly text: string | undefined;
}

/** Waits for one name that began in one turn, in the order of their calls. */
interface Turn {
  readonly turn: number;
  readonly waits: Set<EventWaiting>;
}

/** Maximum number of names in a status. */
const namesShown = 50;

export class EventBuffer {
  /** Unread events by number of arrival. */
  private readonly arrived = new Map<number, Arrived>();
  private arrivals = 0;
  private readonly byName = new Map<string, Set<number>>();
  /** Turns with waits by name, the newest turn last. */
  private readonly turns = new Map<string, Turn[]>();
  private count = 0;
  private givingOut = false;

  /** @param exact whether the rules of version 0.1 apply */
  constructor(readonly exact: boolean) {}

  /** Number of waits that have not been served. */
  get waiting(): number {
    return this.count;
  }

  get unreadCount(): number {
    return this.arrived.size;
  }

  /** Names of the unread events, the oldest first. */
  get unread(): readonly string[] {
    return firstOf(this.arrived.values(), ({ name }) => name);
  }

  /** Names of the awaited events, each once, in the spelling of a wait. */
  get awaited(): readonly string[] {
    return firstOf(this.turns.values(), ([turn]) => turn?.waits.values().next().value?.name ?? '');
  }

  /** Whether an unread event has this name. */
  has(name: string): boolean {
    return this.byName.has(this.keyOf(name));
  }

  /** Delivers unread events to their waits, some microtasks later, and then calls `done`. Has no effect while a delivery is in progress. */
  giveOut(isOver: () => boolean, decode: (text: string | undefined) => unknown, done: () => void): void {
    if (this.givingOut) return;
    this.givingOut = true;
    const next = () => {
      const wait = isOver() ? undefined : this.oldestAwaited();
      if (wait === undefined) {
        this.givingOut = false;
        if (!isOver()) done();
        return;
      }
      const text = this.take(wait.name)?.text;
      this.remove(wait);
      wait.serve(() => decode(text));
      afterMicrotasks(microtasksBetween, next);
    };
    afterMicrotasks(microtasksBetween, next);
  }

  /** The wait that receives the oldest unread event that any wait is for. */
  private oldestAwaited(): EventWaiting | undefined {
    let oldest = Number.POSITIVE_INFINITY;
    let found: EventWaiting | undefined;
    for (const [key, turns] of this.turns) {
      const number = this.byName.get(key)?.values().next().value ?? oldest;
      if (number >= oldest) continue;
      oldest = number;
      found = turns.at(-1)?.waits.values().next().value;
    }
    return found;
  }

  /** Delivers an event to the first wait for it. Keeps the event if there is no such wait. */
  add(name: string, text: string | undefined, decode: (text: string | undefined) => unknown): void {
    const wait = this.turns.get(this.keyOf(name))?.at(-1)?.waits.values().next().value;
    if (wait === undefined) return this.keep(name, text);
    this.remove(wait);
    wait.serve(() => decode(text));
  }

  private keep(name: string, text: string | undefined): void {
    const number = ++this.arrivals;
    const key = this.keyOf(name);
    this.arrived.set(number, { name, text });
    const numbers = this.byName.get(key);
    if (numbers === undefined) this.byName.set(key, new Set([number]));
    else numbers.add(number);
  }

  /** Removes and returns the oldest unread event of this name. `undefined` if no unread event has this name. */
  take(name: string): { readonly text: string | undefined } | undefined {
    const key = this.keyOf(name);
    const numbers = this.byName.get(key);
    const number = numbers?.values().next().value;
    if (numbers === undefined || number === undefined) return undefined;
    numbers.delete(number);
    if (numbers.size === 0) this.byName.delete(key);
    const event = this.arrived.get(number);
    this.arrived.delete(number);
    return event;
  }

  /** Adds a wait of this turn for the next event of this name. */
  wait(name: string, turn: number, serve: Waiter): EventWaiting {
    const wait = new EventWaiting(this, name, serve);
    this.enter(wait, turn);
    return wait;
  }

  /** @internal */
  enter(wait: EventWaiting, turn: number): void {
    const key = this.keyOf(wait.name);
    const asked = this.exact ? 0 : turn;
    let turns = this.turns.get(key);
    if (turns === undefined) this.turns.set(key, (turns = []));
    let last = turns.at(-1);
    if (last?.turn !== asked) turns.push((last = { turn: asked, waits: new Set() }));
    last.waits.add(wait);
    wait.entered(last);
    this.count++;
  }

  /** Removes a wait. `false` if it is not in the buffer. @internal */
  remove(wait: EventWaiting): boolean {
    const { turn } = wait;
    if (turn === undefined) return false;
    turn.waits.delete(wait);
    wait.entered(undefined);
    this.count--;
    if (turn.waits.size > 0) return true;
    const key = this.keyOf(wait.name);
    const turns = this.turns.get(key) ?? [];
    turns.splice(turns.lastIndexOf(turn), 1);
    if (turns.length === 0) this.turns.delete(key);
    return true;
  }

  /** The unread events, in order of arrival. */
  unprocessed(): { name: string; value: string | undefined }[] {
    return Array.from(this.arrived.values(), ({ name, text }) => ({ name, value: text }));
  }

  private keyOf(name: string): string {
    return this.exact ? name : name.toLowerCase();
  }
}

/** Number of microtasks after which a race of promises that are derived from waits is decided. */
const microtasksBetween = 10;

function afterMicrotasks(count: number, callback: () => void): void {
  if (count === 0) callback();
  else void Promise.resolve().then(() => afterMicrotasks(count - 1, callback));
}

/** One wait for an event. */
export class EventWaiting {
  private place: Turn | undefined = undefined;

  constructor(
    private readonly buffer: EventBuffer,
    readonly name: string,
    readonly serve: Waiter,
  ) {}

  get turn(): Turn | undefined {
    return this.place;
  }

  entered(place: Turn | undefined): void {
    this.place = place;
  }

  /** Stops the wait. `false` if it was served or stopped before. */
  stop(): boolean {
    return this.buffer.remove(this);
  }
}

function firstOf<T>(all: Iterable<T>, name: (each: T) => string): readonly string[] {
  const names: string[] = [];
  for (const each of all) {
    if (names.length === namesShown) break;
    names.push(name(each));
  }
  return names;
}
