import { EntitySchema } from 'typeorm';
import type { MemberKind } from '../../../src/engines/sql/ports/store.js';

/** Fence, lease and membership of one worker or client. Every commit adds 1 to `seq`, and needs `alive` to be 1. */
export interface WorkerRow {
  incarnation: number;
  name: string;
  kind: MemberKind;
  seq: number;
  /** 0 or 1. Never returns to 1. */
  alive: number;
  expiresAt: number;
  /** 0 or 1: whether its process has had the exclusive lock. */
  holds: number;
  /** The newest hub time and active time that the worker has committed. */
  hubTime: number;
  activeMs: number;
  /** Reserved for several workers on one database: part of the fence, version of the package, JSON text of the names it runs. */
  token: string | null;
  version: string | null;
  names: string | null;
}

export const WorkerRow = new EntitySchema<WorkerRow>({
  name: 'WorkerRow',
  tableName: 'worker',
  columns: {
    incarnation: { type: 'integer', primary: true, generated: 'increment' },
    name: { type: 'text' },
    seq: { type: 'integer' },
    alive: { type: 'integer' },
    expiresAt: { name: 'expires_at', type: 'integer' },
    kind: { type: 'text', default: 'worker' },
    holds: { type: 'integer', default: 0 },
    hubTime: { name: 'hub_time', type: 'integer', default: 0 },
    activeMs: { name: 'active_ms', type: 'integer', default: 0 },
    token: { type: 'text', nullable: true },
    version: { type: 'text', nullable: true },
    names: { type: 'text', nullable: true },
  },
});
