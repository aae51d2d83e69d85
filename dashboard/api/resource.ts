/** Resources: answers of the API that a component shows, read again when a change concerns them. */
import { useSignal, useSignalEffect, type Signal } from '@preact/signals';
import { useEffect, useMemo, useRef } from 'preact/hooks';
import { ApiError, get } from './client.js';
import { hearsAll, isPaused, onChanges, refreshCount } from './live.js';
import type { Changed, Changes } from './answers.js';
import { loseSession } from './session.js';

/** The shortest time between two readings of one answer, unless a component wants a longer one. A slow answer is read at most half of the time. */
const restMsOtherwise = 1_000;
/** The longest rest after a slow answer. The server bounds how often it scans by itself. */
const slowRestMs = 5_000;
/** Interval of readings if the process hears of no changes. */
const pollMs = 5_000;

export interface Resource<Answer> {
  /** The newest answer. `undefined` before the first one. */
  readonly data: Answer | undefined;
  readonly error: ApiError | undefined;
  readonly isLoading: boolean;
}

/** The last answer, and its path: after a change of the path the answer before is of another thing. */
interface Read<Answer> extends Resource<Answer> {
  readonly path: string | undefined;
}

/** Decides whether a change concerns an answer. `data` is the newest answer. */
export type Concerns<Answer = unknown> = (changed: Changed, data: Answer | undefined) => boolean;

class Reader<Answer> {
  private abort: AbortController | undefined;
  private timer: number | undefined;
  private isStale = false;
  private restsUntil = 0;

  constructor(
    private readonly path: string,
    private readonly shown: Signal<Read<Answer>>,
    private readonly restMs: number,
  ) {}

  /** Reads now, or after the rest since the last reading. */
  again(): void {
    this.isStale = true;
    if (this.abort !== undefined || this.timer !== undefined) return;
    const waitMs = Math.max(0, this.restsUntil - performance.now());
    this.timer = window.setTimeout(() => {
      this.timer = undefined;
      void this.read();
    }, waitMs);
  }

  async read(): Promise<void> {
    const { path, shown } = this;
    const abort = (this.abort = new AbortController());
    this.isStale = false;
    const begun = performance.now();
    try {
      const data = await get<Answer>(path, abort.signal);
      if (!abort.signal.aborted) shown.value = { path, data, error: undefined, isLoading: false };
    } catch (error) {
      if (abort.signal.aborted) return;
      const problem = error instanceof ApiError ? error : new ApiError(0, 'UNKNOWN', String(error), '');
      if (problem.status === 401) loseSession();
      // What was shown stays, unless the thing has gone.
      const data = problem.status === 404 ? undefined : shown.peek().data;
      shown.value = { path, data, error: problem, isLoading: false };
      this.isStale ||= problem.status === 0 || problem.status === 503;
    }
    this.abort = undefined;
    const now = performance.now();
    this.restsUntil = Math.max(begun + this.restMs, now + Math.min(now - begun, slowRestMs));
    if (this.isStale) this.again();
  }

  stop(): void {
    this.abort?.abort();
    window.clearTimeout(this.timer);
  }
}

const empty = { path: undefined, data: undefined, error: undefined, isLoading: true } as const;

/**
 * Reads a path, and reads it again after changes that concern it.
 * @param path `undefined` reads nothing
 */
export function useResource<Answer>(
  path: string | undefined,
  concerns: Concerns<Answer>,
  restMs = restMsOtherwise,
): Resource<Answer> & { readonly again: () => void } {
  const shown = useSignal<Read<Answer>>(empty);
  const reader = useMemo(() => (path === undefined ? undefined : new Reader<Answer>(path, shown, restMs)), [path]);
  const newest = useRef(reader);
  newest.current = reader;
  const newestConcerns = useRef(concerns);
  newestConcerns.current = concerns;
  useEffect(() => {
    shown.value = empty;
    if (reader === undefined) return;
    void reader.read();
    const stop = onChanges(({ instances, more }: Changes) => {
      const { data } = shown.peek();
      if (more || instances.some((changed) => newestConcerns.current(changed, data))) reader.again();
    });
    return () => {
      stop();
      reader.stop();
    };
  }, [reader]);
  useSignalEffect(() => {
    if (refreshCount.value > 1) newest.current?.again();
  });
  useSignalEffect(() => {
    if (hearsAll.value || isPaused.value) return;
    const timer = window.setInterval(() => newest.current?.again(), pollMs);
    return () => window.clearInterval(timer);
  });
  const { data, error, isLoading } = shown.value.path === path ? shown.value : empty;
  return { data, error, isLoading, again: () => reader?.again() };
}
