/** Workers and partitions: who is alive, how long its lease lasts, and who owns what. */
import type { Page, Partition, Worker } from '../api/answers.js';
import { useResource } from '../api/resource.js';
import { Section } from '../ui/drawer.js';
import { Empty, Loading, Problem } from '../ui/states.js';
import { Table, type Column } from '../ui/table.js';
import { count, plural, shown, UserText } from '../ui/text.js';
import { duration } from '../ui/time.js';

export function WorkersPage() {
  const workers = useResource<Page<Worker>>('workers', () => true);
  const partitions = useResource<{ readonly items: readonly Partition[] }>('partitions', () => true);
  return (
    <>
      <Section title="Workers and clients">
        {workers.data === undefined ? (
          workers.error === undefined ? (
            <Loading />
          ) : (
            <Problem error={workers.error} />
          )
        ) : workers.data.items.length === 0 ? (
          <Empty title="No worker has joined">
            <code>DurableHost.start(…)</code> makes the first row.
          </Empty>
        ) : (
          <Table
            label="Workers and clients"
            items={workers.data.items}
            columns={columns}
            idOf={({ incarnation }) => String(incarnation)}
          />
        )}
      </Section>
      <Section title="Partitions">
        {partitions.data === undefined ? (
          partitions.error === undefined ? (
            <Loading />
          ) : (
            <Problem error={partitions.error} />
          )
        ) : (
          <Partitions partitions={partitions.data.items} workers={workers.data?.items ?? []} />
        )}
      </Section>
    </>
  );
}

const columns: readonly Column<Worker>[] = [
  {
    title: 'Name',
    kind: 'head',
    cell: ({ name, here }) => (
      <>
        <UserText text={name} /> {here && <span class="tag">this process</span>}
      </>
    ),
  },
  { title: 'Kind', cell: ({ kind }) => kind },
  {
    title: 'State',
    cell: ({ alive }) => (
      <span class={`status ${alive ? 'is-completed' : 'is-terminated'}`}>{alive ? 'alive' : 'gone'}</span>
    ),
  },
  {
    title: 'Lease left',
    kind: 'number',
    cell: ({ alive, leaseLeftMs }) => (alive ? lease(leaseLeftMs) : <span class="muted">–</span>),
  },
  { title: 'Partitions', kind: 'number', cell: ({ partitions }) => count(partitions) },
  { title: 'Commits', kind: 'number', cell: ({ seq }) => count(seq) },
  { title: 'Incarnation', kind: 'number', cell: ({ incarnation }) => String(incarnation) },
  {
    title: 'Version',
    kind: 'wide',
    cell: ({ version }) => (version === '' ? <span class="muted">unknown</span> : shown(version)),
  },
];

function lease(ms: number) {
  return ms < 0 ? <span class="is-failed">over for {duration(-ms)}</span> : duration(ms);
}

interface PartitionsProps {
  readonly partitions: readonly Partition[];
  readonly workers: readonly Worker[];
}

function Partitions({ partitions, workers }: PartitionsProps) {
  const lost = partitions.filter(({ owner }) => owner === null).length;
  return (
    <>
      <p class="muted sentence">
        {plural(partitions.length, 'partition')},{' '}
        {lost === 0 ? 'each with an owner' : `${count(lost)} without an owner`}. The epoch is the fencing token: it
        grows with each change of the owner.
      </p>
      <div class="compact">
        <Table
          label="Partitions"
          items={partitions}
          idOf={({ partition }) => String(partition)}
          columns={[
            { title: 'Partition', kind: 'head', cell: ({ partition }) => String(partition) },
            { title: 'Owner', cell: ({ owner }) => <Owner owner={owner} workers={workers} /> },
            { title: 'Epoch', kind: 'number', cell: ({ epoch }) => count(epoch) },
            {
              title: 'Crashes in a row',
              kind: 'number',
              cell: ({ crashes }) =>
                crashes === 0 ? <span class="muted">0</span> : <span class="is-failed">{crashes}</span>,
            },
            {
              title: 'Waiting here',
              kind: 'number',
              cell: ({ live }) => (live === null ? <span class="muted">–</span> : count(live.backlog)),
            },
            {
              title: 'Moves',
              kind: 'wide',
              cell: ({ live }) => (live?.leaving === true ? 'leaving' : <span class="muted">–</span>),
            },
          ]}
        />
      </div>
    </>
  );
}

function Owner({ owner, workers }: { readonly owner: number | null; readonly workers: readonly Worker[] }) {
  if (owner === null) return <span class="is-failed">none</span>;
  const worker = workers.find(({ incarnation }) => incarnation === owner);
  return (
    <>
      {worker === undefined ? `incarnation ${owner}` : <UserText text={worker.name} max={40} />}{' '}
      {worker?.alive === false && <span class="tag">gone</span>}
    </>
  );
}
