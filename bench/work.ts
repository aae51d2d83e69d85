import type { DurableClient } from '../src/index.js';
import type { Figure } from './figure.js';

/** A work that keeps units in flight through a client, in one process. */
export interface LoadWork {
  readonly name: string;
  readonly says: string;
  readonly inFlight: readonly number[];
  /** Number of messages of one unit. */
  readonly messagesPerUnit: number;
  /** Units before the measurement. Default 500, for half a second at most. */
  readonly warmUnits?: number;
  /** Maximum number of measured units. Default: as many as the time allows. */
  readonly unitsMax?: number;
  /** Whether the unit resolves with its own latency in ms. */
  readonly timed?: boolean;
  prepare?(client: DurableClient): Promise<void>;
  unit(client: DurableClient, index: number): Promise<unknown>;
  /** Resolves when all sent messages are processed. Its time belongs to the measurement. */
  settle?(client: DurableClient): Promise<void>;
  /** @throws if the stored states do not match the number of units */
  check?(client: DurableClient, units: number): Promise<void>;
}

/** A work that measures in its own way, in separate processes. */
export interface OwnWork {
  readonly name: string;
  readonly says: string;
  measure(seconds: number): Promise<readonly Figure[]>;
}

export type Work = LoadWork | OwnWork;
