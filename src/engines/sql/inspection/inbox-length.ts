import type { InspectionStore } from '../ports/store.js';

/** The greatest number of messages that is counted for one instance. */
export const countMax = 1_000;
/** An inbox up to this number of rows is read within a millisecond, whatever the target. */
const shortInbox = 2_000;

/** Whether what waits for a few targets is found without a scan that the engine would feel. */
export async function isInboxShort(inspection: InspectionStore): Promise<boolean> {
  return (await inspection.countInbox(shortInbox + 1)) <= shortInbox;
}
