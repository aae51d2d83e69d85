import { Entity, entityInterface } from 'durable-entities';
import { IMonitor } from './monitor.js';

export interface IDevice {
  heartbeat(): void;
  remind(token: number): void;
}

export const IDevice = entityInterface<IDevice>('IDevice', { heartbeat: 'signal', remind: 'signal' });

/** A device without a heartbeat for this time is silent. A real application uses minutes. */
const silenceMs = 700;

/**
 * A device. Each heartbeat schedules a reminder: a signal to the device itself. A later heartbeat does not cancel the reminder. The
 * reminder carries the token of its heartbeat, and the device ignores a reminder whose token is not the newest.
 */
@Entity({ implements: [IDevice], effects: 'none' })
export class Device implements IDevice {
  token = 0;
  isSilent = false;

  heartbeat(): void {
    const { current } = Entity;
    const token = ++this.token;
    const scheduledTime = Date.now() + silenceMs;
    current.signalEntity(IDevice, current.entityId, (device) => device.remind(token), { scheduledTime });
    if (this.isSilent) this.turn(false);
  }

  remind(token: number): void {
    if (token === this.token) this.turn(true);
  }

  private turn(isSilent: boolean): void {
    const { current } = Entity;
    this.isSilent = isSilent;
    const name = current.entityKey;
    current.signalEntity(IMonitor, 'all', (monitor) => (isSilent ? monitor.silent(name) : monitor.back(name)));
  }
}
