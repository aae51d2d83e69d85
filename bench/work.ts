import type { DurableClient } from '../src/index.js';
import type { Figure } from './figure.js';

/** Units kept in flight through a client, in one process. */
export interface LoadWork {
  readonly name: string;
  readonly says: string;
  readonly inFlight: readonly number[];
  /** Messages that one unit stands for. */
  readonly messagesPerUnit: number;
  /** Units run before the measurement. Default 500, for half a second at most. */
  readonly warmUnits?: number;
  /** Measured units at most. Default: as many as the time allows. */
  readonly unitsMax?: number;
  /** The unit resolves with the ms that count, and only those do. */
  readonly timed?: boolean;
  prepare?(client: DurableClient): Promise<void>;
  unit(client: DurableClient, index: number): Promise<unknown>;
  /** Resolves when all that was sent is processed; within the measured time. */
  settle?(client: DurableClient): Promise<void>;
  /** @throws when what is stored is not what so many units make */
  check?(client: DurableClient, units: number): Promise<void>;
}

/** Measures in its own way, in processes of its own. */
export interface OwnWork {
  readonly name: string;
  readonly says: string;
  measure(seconds: number): Promise<readonly Figure[]>;
}

export type Work = LoadWork | OwnWork;
