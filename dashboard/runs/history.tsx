/** History of an orchestration: its events in order, page after page. */
import { useSignal } from '@preact/signals';
import type { History, HistoryEvent } from '../api/answers.js';
import { get, runPath, withQuery } from '../api/client.js';
import { useResource } from '../api/resource.js';
import { perform } from '../ui/action.js';
import { Section } from '../ui/drawer.js';
import { Folded } from '../ui/json.js';
import { SubjectLink } from '../ui/links.js';
import { Loading, Problem } from '../ui/states.js';
import { Table, type Column } from '../ui/table.js';
import { shown, UserText } from '../ui/text.js';
import { precise, Time } from '../ui/time.js';

const pageSize = 50;

export function HistoryTable({ id }: { readonly id: string }) {
  const first = useResource<History>(
    withQuery(runPath(id, '/history'), { limit: pageSize }),
    (changed) => changed.id === id,
  );
  const rest = useSignal<readonly History[]>([]);
  if (first.data === undefined) return first.error === undefined ? <Loading /> : <Problem error={first.error} />;
  const last = rest.value.at(-1) ?? first.data;
  const items = [...first.data.items, ...rest.value.flatMap((page) => page.items)];
  const more = () =>
    perform(async () => {
      const page = await get<History>(
        withQuery(runPath(id, '/history'), { limit: pageSize, cursor: last.next ?? undefined }),
      );
      rest.value = [...rest.value, page];
    }, 'Read further events');
  return (
    <Section title="History">
      {items.length === 0 ? (
        last.problem === null && <p class="muted sentence">No event yet: the code has not run.</p>
      ) : (
        <Table label="History" items={items} columns={columns} idOf={({ index }) => String(index)} />
      )}
      {last.next !== null && (
        <button type="button" class="button" onClick={() => void more()}>
          Read further events
        </button>
      )}
      {last.problem !== null && <p class="problem">{shown(last.problem, 1_000)}</p>}
    </Section>
  );
}

const columns: readonly Column<HistoryEvent>[] = [
  { title: '#', kind: 'number', cell: ({ index }) => String(index) },
  { title: 'Event', kind: 'head', cell: (event) => <Kind event={event} /> },
  { title: 'Time', cell: ({ at }) => <Time at={at} focus={false} /> },
  { title: 'Subject', cell: (event) => <Subject event={event} /> },
  { title: 'Value or error', kind: 'wide', cell: ({ value, error }) => <Folded payload={error ?? value} /> },
];

/** `entityCalled` as `entity called`. */
function words(kind: string): string {
  return kind.replaceAll(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
}

function Kind({ event: { kind, task, kept, startedAt, at } }: { readonly event: HistoryEvent }) {
  return (
    <span class={kind === 'failed' ? 'is-failed' : ''}>
      {words(kind)} {task !== null && <span class="tag">task {task}</span>}
      {kept && <span class="tag">kept by a rewind</span>}
      {startedAt !== null && at !== null && (
        <span class="muted"> worked {precise(Date.parse(at) - Date.parse(startedAt))}</span>
      )}
    </span>
  );
}

function Subject({ event: { name, target, targets, due } }: { readonly event: HistoryEvent }) {
  return (
    <>
      {name !== null && <UserText text={name} max={60} />} {target !== null && <SubjectLink id={target} />}
      {targets !== null && targets.map((id) => <SubjectLink key={id} id={id} />)}
      {due !== null && (
        <>
          due <Time at={due} focus={false} />
        </>
      )}
    </>
  );
}
