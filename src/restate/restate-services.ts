/** The Restate services of the registered code: one for each name, and one for the records of orchestrations. */
import { entityObject } from './entities/entity-object.js';
import { Operations } from './entities/operations.js';
import { activityService, orchestrationService } from './orchestrations/code-services.js';
import { runObject } from './orchestrations/run-object.js';
import type { Retention } from './wire/limits.js';
import type { HandlerPorts } from './wire/ports.js';

export function restateServices(ports: HandlerPorts, retention: Retention) {
  const { userCode, names } = ports;
  const named = (kind: string) =>
    userCode.names.flatMap((announced) => (announced.startsWith(`${kind}:`) ? [announced.slice(kind.length + 1)] : []));
  const entities = named('entity').flatMap((name) => {
    const program = userCode.entity(name);
    return program === undefined
      ? []
      : [entityObject(names.entity(name), new Operations(name, program, ports), retention)];
  });
  const orchestrations = named('orchestration').map((name) => orchestrationService(name, ports, retention));
  const activities = named('activity').flatMap((name) => {
    const program = userCode.activity(name);
    return program === undefined ? [] : [activityService(name, program, ports, retention)];
  });
  return [runObject(ports, retention), ...entities, ...orchestrations, ...activities];
}
