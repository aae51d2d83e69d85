import { Entity, entityInterface } from 'durable-entities'; // in your program: from 'durable-entities'
import { IMonitor } from './monitor.js';

export interface IDevice {
  heartbeat(): void;
  remind(token: number): void;
}

export const IDevice = entityInterface<IDevice>('IDevice', { heartbeat: 'signal', remind: 'signal' });

/** A device that says nothing for this long is silent. In life: minutes. */
const silenceMs = 700;

/**
 * A device. Each heartbeat sets a reminder: a signal to itself, delivered later. Reminders are not called off; they carry
 * the token of their heartbeat, and one whose token is not the last has been outdated by a later heartbeat.
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
