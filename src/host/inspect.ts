/** Builds the inspectors of hosts and clients. Loaded at their first use. */
import type { ClassLayer } from '../classes/support.js';
import { EngineFacts } from '../engines/sql/inspection/engine-facts.js';
import type { InspectionPorts, RegisteredCode } from '../engines/sql/inspection/ports.js';
import { SqlInspector } from '../engines/sql/inspection/sql-inspector.js';
import type { Engine } from '../engines/sql/engine.js';
import type { Store } from '../engines/sql/ports/store.js';
import type { Inspector } from '../hub/inspector.js';
import { checkedInspector } from '../inspect/checked-inspector.js';
import { Statistics } from '../inspect/statistics.js';
import { durationMs } from '../model/duration.js';
import type { Clock } from '../ports/clock.js';
import type { Logger } from '../ports/log.js';

interface CommonParts {
  readonly store: Store;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly partitionCount: number;
  readonly classes: Pick<ClassLayer, 'definitions' | 'declaredOperations'>;
}

/** The inspector of a host. It begins to collect statistics. */
export function inspectHost({ engine, classes, ...parts }: CommonParts & { readonly engine: Engine }): Inspector {
  const { clock } = parts;
  const facts = new EngineFacts(
    () => engine.present,
    () => clock.monotonicMs(),
  );
  const statistics = new Statistics(clock, () => (engine.present === undefined ? undefined : facts.gauges()));
  engine.observe(statistics);
  return inspectorOn({
    ...parts,
    process: engine.status().name,
    hubTimeMs: () => engine.hubTimeMs(),
    role: () => engine.role,
    incarnation: () => engine.present?.term.incarnation,
    facts,
    code: registeredCode(classes),
    commits: (listener) => engine.listenToCommits(listener),
    statistics: () => statistics.figures,
  });
}

/** The inspector of a client without a host. */
export function inspectClient({
  classes,
  process,
  hubTimeMs,
  isClosed,
  ...parts
}: CommonParts & {
  readonly process: string;
  readonly hubTimeMs: () => number;
  readonly isClosed: () => boolean;
}): Inspector {
  const code = classes.definitions.length === 0 ? undefined : registeredCode(classes);
  return inspectorOn({
    ...parts,
    process,
    hubTimeMs,
    role: () => (isClosed() ? 'stopped' : 'client'),
    incarnation: () => undefined,
    code,
  });
}

function inspectorOn(ports: InspectionPorts): Inspector {
  return checkedInspector(new SqlInspector(ports));
}

function registeredCode(classes: CommonParts['classes']): RegisteredCode {
  const { definitions } = classes;
  const versions = new Map<string, number[]>();
  for (const definition of definitions)
    if (definition.kind === 'orchestration')
      versions.set(definition.name, [...(versions.get(definition.name) ?? []), definition.version ?? 1]);
  return {
    entities: definitions
      .filter((definition) => definition.kind === 'entity')
      .map(({ name, options: { effects = 'external', expireAfter } }) => ({
        name: name.toLowerCase(),
        effects,
        expireAfterMs: expireAfter === undefined ? undefined : durationMs(expireAfter, 'expireAfter'),
        operations: classes.declaredOperations(name.toLowerCase()),
      })),
    orchestrations: Array.from(versions, ([name, all]) => ({ name, versions: all.toSorted((a, b) => b - a) })),
    activities: definitions.filter(({ kind }) => kind === 'activity').map(({ name }) => name),
  };
}
