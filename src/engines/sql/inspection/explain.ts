/**
 * Explains why an entity or an orchestration does not move. The walk follows what waits for what over rows, histories and messages, and adds
 * what the memory of this process knows.
 */
import type { Explanation } from '../../../hub/explanation.js';
import type { Details } from './details.js';
import { explainEntity } from './explain-entity.js';
import { explainRun } from './explain-run.js';
import type { InspectionPorts } from './ports.js';
import { Walk } from './walk.js';

/** @param id of an entity or an orchestration */
export async function explain(ports: InspectionPorts, details: Details, id: string): Promise<Explanation> {
  const membership = await ports.store.members();
  const walk = new Walk(ports, details, membership, { entity: explainEntity, run: explainRun });
  await walk.follow(0, id);
  const { links, isCut } = walk;
  return { subject: id, links, isCut };
}
