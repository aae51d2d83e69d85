/** Locks: who holds which entity, and who waits for it, as a table or as a graph. */
import { useSignal, useSignalEffect } from '@preact/signals';
import type { FunctionComponent } from 'preact';
import type { Lock, Page } from '../api/answers.js';
import { withQuery } from '../api/client.js';
import { useResource } from '../api/resource.js';
import { entityAddress, route, setQuery } from '../routing/route.js';
import { Segments } from '../ui/form.js';
import { EntityLink, RunLink } from '../ui/links.js';
import { Empty, Loading, Problem } from '../ui/states.js';
import { Status } from '../ui/status.js';
import { Table, type Column } from '../ui/table.js';
import { count, plural } from '../ui/text.js';
import { Time } from '../ui/time.js';

interface GraphProps {
  readonly locks: readonly Lock[];
}

export function LocksPage() {
  const { form = 'table', cursor, entity } = route.value.query;
  const { data, error } = useResource<Page<Lock>>(withQuery('locks', { limit: 50, cursor }), () => true);
  if (data === undefined) return error === undefined ? <Loading /> : <Problem error={error} />;
  const locks = data.items;
  return (
    <>
      <div class="page-tools">
        <p class="muted sentence">
          The longest held lock stands first. Locks are requested in one order, so no cycles are possible.
        </p>
        <Segments
          label="Form of the locks"
          value={form === 'graph' ? 'graph' : 'table'}
          options={[
            ['table', 'Table'],
            ['graph', 'Graph'],
          ]}
          onChange={(name) => setQuery({ form: name === 'table' ? undefined : name }, { replace: true })}
        />
      </div>
      {locks.length === 0 && (
        <Empty title="No entity is locked">
          An orchestration that calls <code>context.lock(…)</code> makes the first row, while it holds the lock.
        </Empty>
      )}
      {locks.length > 0 && form === 'graph' && <LazyGraph locks={locks} />}
      {locks.length > 0 && form !== 'graph' && (
        <Table
          label="Locks"
          isLong
          items={locks}
          columns={columns}
          idOf={({ entityId }) => entityId}
          hrefOf={({ entityId }) => entityAddress(entityId)}
          isOpen={({ entityId }) => entityId === entity}
        />
      )}
      {data.next !== null && (
        <button type="button" class="button" onClick={() => setQuery({ cursor: data.next ?? undefined })}>
          Next page
        </button>
      )}
    </>
  );
}

const columns: readonly Column<Lock>[] = [
  { title: 'Entity', kind: 'head', cell: ({ entityId }) => EntityLink({ id: entityId }) },
  { title: 'Held by', cell: ({ instanceId }) => RunLink({ id: instanceId, max: 60 }) },
  {
    title: 'Holder',
    cell: ({ holder }) =>
      holder === null ? <span class="muted">no row</span> : Status({ status: holder.runtimeStatus }),
  },
  { title: 'For', kind: 'number', cell: ({ since }) => Time({ at: since, since: true, focus: false }) },
  { title: 'Orchestrations that wait', kind: 'wide', cell: waitersCell },
  { title: 'Messages', kind: 'number', cell: ({ waiting }) => count(waiting) },
];

/** Waiters that are named in a row. */
const namedMax = 3;

function waitersCell({ waiters, waiterCount }: Lock) {
  if (waiterCount === 0) return <span class="muted">none</span>;
  const named = waiters.slice(0, namedMax);
  return (
    <span class="run-list">
      {named.map(({ instanceId }) => (
        <RunLink key={instanceId} id={instanceId} max={40} />
      ))}
      {waiterCount > named.length && <span class="muted">and {plural(waiterCount - named.length, 'other')}</span>}
    </span>
  );
}

/** The graph and its layout are loaded when they are first seen. */
function LazyGraph(props: GraphProps) {
  const loaded = useSignal<{ readonly Graph: FunctionComponent<GraphProps> } | undefined>(undefined);
  useSignalEffect(() => {
    void import('./lock-graph.js').then(({ LockGraph }) => {
      loaded.value = { Graph: LockGraph };
    });
  });
  return loaded.value === undefined ? <Loading /> : <loaded.value.Graph {...props} />;
}
