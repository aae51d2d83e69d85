import { Entity, entityInterface } from 'durable-entities';

export interface IMonitor {
  silent(device: string): void;
  back(device: string): void;
  silentDevices(): Promise<string[]>;
}

export const IMonitor = entityInterface<IMonitor>('IMonitor', {
  silent: 'signal',
  back: 'signal',
  silentDevices: 'call',
});

/** Stores which devices are silent. */
@Entity({ implements: [IMonitor], effects: 'none' })
export class Monitor implements IMonitor {
  devices = new Set<string>();

  silent(device: string): void {
    this.devices.add(device);
  }

  back(device: string): void {
    this.devices.delete(device);
  }

  async silentDevices(): Promise<string[]> {
    return [...this.devices].sort();
  }
}
