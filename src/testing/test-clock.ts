import { ioTurn } from './real-time.js';
import { ProcessClock } from './virtual-clock.js';

/** More drains than most tests need to become idle. For the others, a turn of the event loop in between changes nothing. */
const drainsInARowMax = 250;

/**
 * The virtual clock of a test process. Virtual time stands still while the engine computes, so the engine never yields because of a long
 * computation. This clock gives the event loop a turn after some drains, so that endless work of instances does not block it.
 */
export class TestClock extends ProcessClock {
  private drainsInARow = 0;

  override async drain(): Promise<void> {
    if (this.drainsInARow++ === 0) void ioTurn().then(() => (this.drainsInARow = 0));
    if (this.drainsInARow > drainsInARowMax) await ioTurn();
    return super.drain();
  }
}
