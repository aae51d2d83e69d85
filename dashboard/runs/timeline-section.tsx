/** Timeline of an orchestration: a chart with zoom, or the same as a table. */
import { useSignal } from '@preact/signals';
import type { Timeline } from '../api/answers.js';
import { runPath } from '../api/client.js';
import { useResource } from '../api/resource.js';
import { Section } from '../ui/drawer.js';
import { Segments } from '../ui/form.js';
import { SubjectLink } from '../ui/links.js';
import { Loading, Problem } from '../ui/states.js';
import { Outcome } from '../ui/status.js';
import { Table, type Column } from '../ui/table.js';
import { Time } from '../ui/time.js';
import { TimelineChart } from './timeline-chart.js';
import { rowsOf, type TimelineRow } from './timeline-rows.js';
import { titleOf, waited, worked } from './timeline-words.js';

/** Levels of sub-orchestrations that are read. */
const depth = 3;

export function TimelineSection({ id }: { readonly id: string }) {
  const form = useSignal<'chart' | 'table'>('chart');
  const { data, error } = useResource<Timeline>(
    runPath(id, `/timeline?depth=${depth}`),
    (changed, known) => changed.id === id || isBelow(known, changed.id),
  );
  if (data === undefined) return error === undefined ? <Loading /> : <Problem error={error} />;
  const rows = rowsOf(data);
  const tools = (
    <Segments
      label="Form of the timeline"
      value={form.value}
      options={[
        ['chart', 'Chart'],
        ['table', 'Table'],
      ]}
      onChange={(name) => (form.value = name)}
    />
  );
  return (
    <Section title="Timeline" tools={rows.length === 0 ? undefined : tools}>
      {rows.length === 0 && (
        <p class="muted sentence">{data.isCut ? 'No step can be read.' : 'No step: the code has asked for nothing.'}</p>
      )}
      {rows.length > 0 && form.value === 'chart' && <TimelineChart timeline={data} rows={rows} />}
      {rows.length > 0 && form.value === 'table' && (
        <Table label="Timeline" items={rows} columns={columns} idOf={({ key }) => key} />
      )}
      {data.isCut && rows.length > 0 && <p class="note">The timeline shows the first 1,000 steps that can be read.</p>}
    </Section>
  );
}

function isBelow(timeline: Timeline | undefined, id: string): boolean {
  return timeline?.bars.some(({ child }) => child !== null && (child.instanceId === id || isBelow(child, id))) ?? false;
}

const columns: readonly Column<TimelineRow>[] = [
  { title: 'Step', kind: 'head', cell: (row) => <span class={`depth-${Math.min(row.depth, 8)}`}>{titleOf(row)}</span> },
  { title: 'Kind', cell: ({ bar }) => bar.kind },
  { title: 'Subject', cell: ({ bar }) => <Subjects bar={bar} /> },
  { title: 'Asked', cell: ({ bar }) => <Time at={bar.scheduledAt} focus={false} /> },
  { title: 'Waited', kind: 'number', cell: (row) => <Waited row={row} /> },
  { title: 'Worked', kind: 'number', cell: (row) => <Worked row={row} /> },
  { title: 'Outcome', cell: ({ bar }) => <Outcome outcome={bar.outcome} /> },
];

/** Components of their own, because the time moves. */
function Waited({ row }: { readonly row: TimelineRow }) {
  return <>{waited(row)}</>;
}

function Worked({ row }: { readonly row: TimelineRow }) {
  return <>{worked(row)}</>;
}

function Subjects({ bar: { target, targets } }: { readonly bar: TimelineRow['bar'] }) {
  if (targets !== null)
    return (
      <>
        {targets.map((id) => (
          <SubjectLink key={id} id={id} />
        ))}
      </>
    );
  return target === null ? <span class="muted">–</span> : <SubjectLink id={target} />;
}
