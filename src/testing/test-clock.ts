import { ioTurn } from './real-time.js';
import { ProcessClock } from './virtual-clock.js';

/** More than most need that come to rest; for the others, a turn of the event loop in between changes nothing. */
const drainsInARowMax = 250;

/**
 * Virtual time, which stands still while the engine computes: so the engine never finds that it has computed for long, and instances
 * that keep each other busy for ever would hold the event loop for seconds. Here it gets its turn all the same.
 */
export class TestClock extends ProcessClock {
  private drainsInARow = 0;

  override async drain(): Promise<void> {
    if (this.drainsInARow++ === 0) void ioTurn().then(() => (this.drainsInARow = 0));
    if (this.drainsInARow > drainsInARowMax) await ioTurn();
    return super.drain();
  }
}
