import { setTimeout } from 'node:timers/promises';
import { DurableHost } from 'durable-entities';
import { Device, IDevice } from './device.js';
import { IMonitor, Monitor } from './monitor.js';

await using host = await DurableHost.start({ storage: ':memory:', register: [Device, Monitor] });
const { client } = host;

async function heartbeats(...devices: string[]): Promise<void> {
  for (const key of devices) await client.signalEntity(IDevice, key, (device) => device.heartbeat());
}

/** Sends heartbeats of these devices until the given number of devices is silent. */
async function silentOnes(count: number, ...living: string[]): Promise<string[]> {
  for (;;) {
    await heartbeats(...living);
    const silent = await client.callEntity(IMonitor, 'all', (monitor) => monitor.silentDevices());
    if (silent.length === count) return silent;
    await setTimeout(50);
  }
}

await heartbeats('boiler', 'door', 'lift');
console.log('at first            ', await silentOnes(0));
console.log('the lift has stopped', await silentOnes(1, 'boiler', 'door'));
console.log('the lift is back    ', await silentOnes(0, 'boiler', 'door', 'lift'));
console.log('power cut           ', await silentOnes(3));
