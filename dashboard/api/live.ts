/** Live stream of the task hub: one connection for all pages, which can be paused, and which reconnects by itself. */
import { batch, computed, effect, signal } from '@preact/signals';
import { apiUrl } from './client.js';
import type { Changes, Rates } from './answers.js';

type Connection = 'connecting' | 'live' | 'lost';

const retryMs = [500, 1_000, 2_000, 4_000] as const;

/** Whether the reader has paused the page. */
export const isPaused = signal(false);
/** Whether the page may read at all: after a login, or where none is needed. */
export const isAllowed = signal(false);
const isHidden = signal(document.hidden);
const connection = signal<Connection>('connecting');

/** The state that the top bar shows. */
export const liveState = computed(() => (isPaused.value ? 'paused' : connection.value));
/** When the connection was lost. `undefined` while there is one. */
export const lostAtMs = signal<number | undefined>(undefined);
/** Grows when everything on the page may be out of date: after a new connection, or when the page goes on after a pause. */
export const refreshCount = signal(0);
export const rates = signal<Rates | undefined>(undefined);
/** Whether changes of all instances arrive. A process without the worker hears nothing, and pages read again by a timer. */
export const hearsAll = computed(() => rates.value === undefined || rates.value.role === 'active');

/** Number of failed connections since the page was opened. */
export const failureCount = signal(0);

const listeners = new Set<(changes: Changes) => void>();

/** Calls back with committed changes. Returns a function that stops the calls. */
export function onChanges(listener: (changes: Changes) => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** Begins to follow the hub. Pauses in a hidden tab. */
export function followHub(): void {
  document.addEventListener('visibilitychange', () => {
    isHidden.value = document.hidden;
  });
  effect(() => {
    if (isPaused.value || isHidden.value || !isAllowed.value) return;
    return connect();
  });
}

function connect(): () => void {
  let source: EventSource | undefined;
  let timer: number | undefined;
  let failures = 0;
  const open = () => {
    source = new EventSource(apiUrl('live'));
    source.addEventListener('open', () => {
      failures = 0;
      batch(() => {
        connection.value = 'live';
        lostAtMs.value = undefined;
        refreshCount.value = refreshCount.peek() + 1;
      });
    });
    source.addEventListener('error', () => {
      source?.close();
      connection.value = 'lost';
      lostAtMs.value ??= Date.now();
      failureCount.value = failureCount.peek() + 1;
      timer = window.setTimeout(open, retryMs[Math.min(failures++, retryMs.length - 1)]);
    });
    source.addEventListener('changes', ({ data }) => {
      const changes = JSON.parse(data as string) as Changes;
      for (const listener of listeners) listener(changes);
    });
    source.addEventListener('rates', ({ data }) => {
      rates.value = JSON.parse(data as string) as Rates;
    });
  };
  open();
  return () => {
    source?.close();
    window.clearTimeout(timer);
    connection.value = 'connecting';
  };
}
