/** The power fails: what was not synced is lost, torn, or there in another order; and the product starts on what is left. */
import type { FaultKind } from '../fault-kind.js';
import { noPreload } from '../native/compile.js';
import { missed } from '../tally.js';
import { PowerStory, type PowerFailure } from '../power/power-story.js';

const failuresPerStory = 100;
const lives = 4;
const ackedMax = 1_500;

class PowerFailures extends PowerStory {
  private failing: AsyncGenerator<PowerFailure, never> | undefined;

  /** Resolves with what came of the next one. */
  async next(): Promise<PowerFailure> {
    if (this.failing === undefined) {
      await this.record(lives, ackedMax);
      this.failing = this.failures();
    }
    return (await this.failing.next()).value;
  }

  override async finish(): Promise<string[]> {
    return [...(await this.unrecorded()), ...(await super.finish())];
  }
}

export const power: FaultKind = {
  name: 'power',
  weight: 3,
  cyclesPerStory: failuresPerStory,
  unavailable: noPreload,
  async open(folder, seed) {
    return new PowerFailures(folder, seed);
  },
  async cycle({ story, tally }) {
    const { situation, damage, changesLost, namesLost, acknowledgements, problems, folder } = await (
      story as PowerFailures
    ).next();
    tally.fault(
      changesLost + namesLost > 0 ? 'power: something unsynced is lost' : `power: nothing unsynced is lost ${missed}`,
    );
    tally.detail(`power failed ${situation}`);
    tally.detail(`disk after a power failure: ${damage}`);
    if (changesLost > 0) tally.detail('disks on which writes are lost or torn');
    if (namesLost > 0) tally.detail('disks on which names of files are lost');
    tally.detail('acknowledgements that were held against a disk', acknowledgements);
    for (const problem of problems) tally.problem(`${folder} (${situation}, ${damage})`, problem);
  },
};
