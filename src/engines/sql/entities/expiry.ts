/** Applies `expireAfter` of entities: exact in every turn of the entity, whenever retention deletes its row. */
import type { ExpirySweep } from '../retention/expired-entities.js';
import type { WorkerTerm } from '../live/worker-term.js';
import type { LiveEntity } from '../live/live-instance.js';

export class Expiry {
  constructor(
    private readonly term: WorkerTerm,
    private readonly sweep: ExpirySweep,
  ) {}

  /**
   * Called before any operation runs. An expired entity no longer exists. Its row is deleted with the batch of the message that found this
   * out.
   */
  forgetExpired(entity: LiveEntity): void {
    const { term } = this;
    if (entity.expiresAtMs === undefined) return;
    const nowMs = term.nowMs();
    if (entity.expiresAtMs > nowMs) return;
    entity.expiresAtMs = undefined;
    entity.storedState = undefined;
    entity.cell?.expire();
    entity.createdAtMs = nowMs;
    entity.startWritten = false;
    term.markDirty(entity);
  }

  /** Restarts the time of the entity after a change of its state. */
  changed(entity: LiveEntity): void {
    const expireAfterMs = entity.program?.expireAfterMs;
    const expires = expireAfterMs !== undefined && entity.cell?.exists === true;
    entity.expiresAtMs = expires ? this.term.nowMs() + expireAfterMs : undefined;
    if (entity.expiresAtMs !== undefined) this.sweep.written(entity.expiresAtMs);
  }
}
