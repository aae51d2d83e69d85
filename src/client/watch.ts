/** Async iterator of the committed states of one entity. */
import { InvalidArgumentError } from '../errors/index.js';
import type { EntitySnapshot } from '../hub/snapshots.js';
import type { HubWatcher } from '../hub/task-hub.js';
import { isA } from '../model/options.js';

/** The watched entity, and the function that makes items of its stored states. */
export interface Watched<Item> {
  readonly hub: HubWatcher;
  readonly id: string;
  /** `state` is JSON text, `null` if the entity does not exist. @throws StateDeserializationError, which ends the watch */
  readonly show: (state: string | null) => Item;
  readonly signal: AbortSignal | undefined;
}

interface Reader<Item> {
  resolve(result: IteratorResult<Item, undefined>): void;
  reject(error: unknown): void;
}

/** Holds only the newest state that was not yielded yet. A slow reader therefore misses states in between. */
export class StateWatch<Item> implements AsyncIterator<Item, undefined> {
  private newest: { readonly state: string | null } | undefined;
  private given: { readonly state: string | null } | undefined;
  private readonly readers: Reader<Item>[] = [];
  /** Set once the watch has ended. The error, if there is one, is reported once. */
  private end: { error: Error | undefined } | undefined;
  private begun = false;
  private stopFollowing: () => void = () => {};

  constructor(private readonly watched: Watched<Item>) {}

  next(): Promise<IteratorResult<Item, undefined>> {
    this.begin();
    return new Promise((resolve, reject) => {
      this.readers.push({ resolve, reject });
      this.give();
    });
  }

  return(): Promise<IteratorResult<Item, undefined>> {
    this.abort();
    return Promise.resolve({ done: true, value: undefined });
  }

  private begin(): void {
    if (this.begun) return;
    this.begun = true;
    const { hub, id, signal } = this.watched;
    if (signal?.aborted === true) return this.abort();
    signal?.addEventListener('abort', this.abort);
    const stop = hub.followEntity(id, (news) => this.heard(news));
    if (this.end === undefined) this.stopFollowing = stop;
  }

  private heard(news: EntitySnapshot | undefined | Error): void {
    if (this.end !== undefined) return;
    if (news instanceof Error) this.finish(news);
    else this.newest = { state: news?.state ?? null };
    this.give();
  }

  private give(): void {
    while (this.readers.length > 0) {
      const state = this.takeNewest();
      if (state !== undefined) this.show(state);
      else if (this.end === undefined) return;
      else this.tellEnd(this.end);
    }
  }

  /** Skips a state that was yielded last: a row is also written for its lock or schedule, and a state may return to an earlier value. */
  private takeNewest(): string | null | undefined {
    const { newest, given } = this;
    this.newest = undefined;
    if (newest === undefined || newest.state === given?.state) return undefined;
    this.given = newest;
    return newest.state;
  }

  private show(state: string | null): void {
    const reader = this.readers.shift() as Reader<Item>;
    try {
      reader.resolve({ done: false, value: this.watched.show(state) });
    } catch (error) {
      this.abort();
      reader.reject(error);
    }
  }

  private tellEnd(end: { error: Error | undefined }): void {
    const { error } = end;
    end.error = undefined;
    const reader = this.readers.shift() as Reader<Item>;
    if (error === undefined) reader.resolve({ done: true, value: undefined });
    else reader.reject(error);
  }

  private readonly abort = (): void => {
    this.newest = undefined;
    this.finish(undefined);
    this.give();
  };

  private finish(error: Error | undefined): void {
    this.begun = true;
    if (this.end !== undefined) return void (this.end.error = error);
    this.end = { error };
    this.watched.signal?.removeEventListener('abort', this.abort);
    this.stopFollowing();
  }
}

/** Checks the option `signal` of a watch. @throws InvalidArgumentError */
export function checkSignal(signal: unknown): void {
  if (signal === undefined || isA(signal, AbortSignal)) return;
  const hint = 'Give AbortSignal.timeout(30_000) or the like.';
  throw new InvalidArgumentError('signal', 'it is not an AbortSignal', hint);
}
