import { expect } from 'chai';
import type { InspectionPorts } from '../../src/engines/sql/inspection/ports.js';
import { Details } from '../../src/engines/sql/inspection/details.js';
import type { InspectionStore } from '../../src/engines/sql/ports/store.js';
import { ScanGate } from '../../src/inspect/scan-gate.js';
import { ioTurn, ProcessClock, VirtualTime } from '../../src/testing/virtual-clock.js';
import { deferred } from '../engine/world.js';

describe('the messages of an entity', () => {
  /** Whether a page of messages is there while a scan runs. */
  async function isThereDuringScan(rows: number): Promise<boolean> {
    const gate = new ScanGate(new ProcessClock(new VirtualTime()));
    const inspection: Pick<InspectionStore, 'countInbox' | 'inbox'> = {
      countInbox: async (max) => Math.min(max, rows),
      inbox: async () => [],
    };
    const store = { inspect: () => inspection as InspectionStore };
    const details = new Details({ partitionCount: 4, store } as unknown as InspectionPorts, gate);
    const scan = deferred();
    const scanning = gate.run(() => scan.promise);
    let isThere = false;
    const messages = details.messages('@counter@a', {}).then(() => (isThere = true));
    await ioTurn();
    const during = isThere;
    scan.resolve();
    await Promise.all([scanning, messages]);
    return during;
  }

  it('are read during a scan if few messages wait in all', async () => {
    expect(await isThereDuringScan(2_000)).to.equal(true);
  });

  it('wait for the end of a scan if many messages wait in all', async () => {
    expect(await isThereDuringScan(2_001)).to.equal(false);
  });
});
