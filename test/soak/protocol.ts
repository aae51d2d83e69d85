/** Messages between the runner and the processes of the soak. */

/** Receipts, and rows of processes that are gone, can be kept no shorter. */
export const keptAtLeastMs = 60_000;

export interface HostSettings {
  readonly storage: string;
  /** Retention of everything else, and how long unused entities stay. */
  readonly keptMs: number;
}

export type HostCommand = { readonly do: 'measure' } | { readonly do: 'stop' };

export interface Measured {
  /** After a garbage collection. */
  readonly heapBytes: number;
  readonly residentBytes: number;
  /** Open timers, sockets and other resources of the event loop. */
  readonly handles: number;
  readonly descriptors: number;
}

export type HostMessage = { readonly ready: true } | { readonly measured: Measured };

export const endings = ['killed', 'ended without close()', 'closed'] as const;
export type Ending = (typeof endings)[number];

export interface ClientSettings extends HostSettings {
  /** Of every client another one. */
  readonly name: string;
  readonly seed: number;
  readonly ending: Ending;
  readonly livesMs: number;
  /** Between the beginnings of two acts. */
  readonly everyMs: number;
}

export type ClientMessage =
  | { readonly acked: number }
  /** An error that nothing explains. */
  | { readonly surprise: string };
