/** Orchestrations: the list with its filters, and work on all that fit. */
import type { Changed, Run, Types } from '../api/answers.js';
import { useResource } from '../api/resource.js';
import { mayWrite } from '../api/session.js';
import { route, runAddress, setQuery } from '../routing/route.js';
import { FilterText, Select } from '../ui/form.js';
import { Brief } from '../ui/json.js';
import { RunLink } from '../ui/links.js';
import { useList } from '../ui/list.js';
import { Empty } from '../ui/states.js';
import { Status } from '../ui/status.js';
import { ListTable, type Column } from '../ui/table.js';
import { shown, UserText } from '../ui/text.js';
import { duration, Time } from '../ui/time.js';
import { BulkWork } from './bulk.js';

export const statuses = ['pending', 'running', 'suspended', 'completed', 'failed', 'terminated'] as const;

export function RunsPage() {
  const { name = '', status = '', id = '', idle = '', contains = '', order = 'desc', cursor, run } = route.value.query;
  const types = useResource<Types>('types', () => false);
  const filter = { name, status, idPrefix: id, contains, idleForMs: idle };
  const list = useList<Run>({
    path: 'runs',
    query: { ...filter, order, cursor, limit: 50 },
    idOf: ({ instanceId }) => instanceId,
    concerns: (changed) => changed.kind === 'orchestration' && (name === '' || changed.name === name),
    patch: (row, { runtimeStatus }: Changed) => ({ ...row, runtimeStatus: runtimeStatus ?? row.runtimeStatus }),
  });
  const isFiltered = Object.values(filter).some((field) => field !== '');
  return (
    <>
      <Filters names={(types.data?.orchestrations ?? []).map((type) => type.name)} />
      {mayWrite.value && isFiltered && <BulkWork key={JSON.stringify(filter)} filter={filter} />}
      <ListTable
        label="Orchestrations"
        isLong
        list={list}
        columns={columns}
        idOf={({ instanceId }) => instanceId}
        hrefOf={({ instanceId }) => runAddress(instanceId)}
        isOpen={({ instanceId }) => instanceId === run}
        empty={
          isFiltered ? (
            <Empty title="No orchestration fits the filter">Upper and lower case differ in ids.</Empty>
          ) : (
            <Empty title="No orchestration was started yet">
              <code>client.startNew(…)</code> makes the first row.
            </Empty>
          )
        }
      />
    </>
  );
}

const idleChoices = [
  ['', 'any'],
  ['60000', '1 min'],
  ['3600000', '1 h'],
  ['86400000', '1 day'],
] as const;

function Filters({ names }: { readonly names: readonly string[] }) {
  const { name = '', status = '', id = '', idle = '', contains = '', order = 'desc' } = route.value.query;
  const set = (changes: Record<string, string>) =>
    setQuery({ ...changes, cursor: undefined, page: undefined }, { replace: true });
  const options = [...new Set(name === '' ? names : [...names, name])].map((one) => [one, shown(one, 60)] as const);
  return (
    <div class="filters" role="search" aria-label="Filter of orchestrations">
      <Select
        label="Name"
        value={name}
        options={[['', 'all'], ...options]}
        onChange={(value) => set({ name: value })}
      />
      <Select
        label="Status"
        value={status}
        options={[['', 'all'], ['pending,running,suspended', 'open'], ...statuses.map((one) => [one, one] as const)]}
        onChange={(value) => set({ status: value })}
      />
      <FilterText label="Id begins with" value={id} onChange={(value) => set({ id: value })} />
      <FilterText label="Contains" value={contains} onChange={(value) => set({ contains: value })} />
      <Select label="Open, unmoved for" value={idle} options={idleChoices} onChange={(value) => set({ idle: value })} />
      <Select
        label="Order of ids"
        value={order}
        options={[
          ['desc', 'newest first'],
          ['asc', 'ascending'],
        ]}
        onChange={(value) => set({ order: value === 'desc' ? '' : value })}
      />
    </div>
  );
}

const columns: readonly Column<Run>[] = [
  { title: 'Orchestration', kind: 'head', cell: ({ instanceId }) => RunLink({ id: instanceId }) },
  { title: 'Name', cell: ({ name }) => UserText({ text: name, max: 60 }) },
  { title: 'Status', cell: ({ runtimeStatus }) => Status({ status: runtimeStatus }) },
  { title: 'Created', cell: ({ createdAt }) => Time({ at: createdAt, focus: false }) },
  { title: 'Took', kind: 'number', cell: took },
  { title: 'Output, error or custom status', kind: 'wide', cell: resultCell },
];

function took({ createdAt, endedAt }: Run) {
  if (endedAt === null) return Time({ at: createdAt, since: true, focus: false });
  return duration(Date.parse(endedAt) - Date.parse(createdAt));
}

function resultCell({ problem, error, output, customStatus }: Run) {
  if (problem !== null) return <span class="is-failed">{shown(problem)}</span>;
  const message = (error?.value as { readonly message?: unknown } | undefined)?.message;
  if (typeof message === 'string') return <span class="is-failed">{shown(message)}</span>;
  return Brief({ payload: output ?? customStatus });
}
