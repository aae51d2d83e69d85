/** Messages that wait for an entity, in their order, and scheduled signals, which can be cancelled by name. */
import type { EntityDetail, Message, Page } from '../api/answers.js';
import { entityPath, post } from '../api/client.js';
import { useResource } from '../api/resource.js';
import { mayWrite } from '../api/session.js';
import { Action } from '../ui/action.js';
import { Section } from '../ui/drawer.js';
import { Folded } from '../ui/json.js';
import { RunLink } from '../ui/links.js';
import { Table, type Column } from '../ui/table.js';
import { plural, shown, UserText } from '../ui/text.js';
import { duration, Time } from '../ui/time.js';

export function WaitingMessages({
  entity: { entityId: id, name, key, backlog, scheduled },
}: {
  readonly entity: EntityDetail;
}) {
  const { data } = useResource<Page<Message>>(entityPath(name, key, '/messages'), (changed) => changed.id === id);
  const items = data?.items ?? [];
  if (items.length === 0) return null;
  const cancel: Column<Message> = {
    title: '',
    cell: (message) => <CancelButton message={message} id={id} path={entityPath(name, key, '/cancel')} />,
  };
  return (
    <Section title="Waiting and scheduled">
      <Table
        label="Messages"
        items={items}
        columns={mayWrite.value && items.some(({ signalName }) => signalName !== null) ? [...columns, cancel] : columns}
        idOf={(message) => String(message.id)}
      />
      {data !== undefined && data.next !== null && (
        <p class="note">
          The first {plural(items.length, 'message')} of {backlog + scheduled}.
        </p>
      )}
    </Section>
  );
}

const columns: readonly Column<Message>[] = [
  {
    title: 'Message',
    kind: 'head',
    cell: ({ kind, name, called, problem }) => (
      <>
        {name === null ? kind : <UserText text={name} max={60} />} {called && <span class="tag">call</span>}
        {kind !== 'operation' && name !== null && <span class="tag">{kind}</span>}
        {problem !== null && <span class="is-failed"> {shown(problem)}</span>}
      </>
    ),
  },
  {
    title: 'From',
    cell: ({ from }) =>
      from === null ? <span class="muted">one-way</span> : <RunLink id={from.instanceId} max={40} />,
  },
  { title: 'When', cell: (message) => <When message={message} /> },
  { title: 'Input', kind: 'wide', cell: ({ value }) => <Folded payload={value} /> },
];

function When({ message: { due, since, signalName, everyMs, behindLock, attempts } }: { readonly message: Message }) {
  return (
    <>
      {due === null ? (
        <Time at={since} focus={false} />
      ) : (
        <>
          due <Time at={due} focus={false} />
        </>
      )}
      {signalName !== null && <span class="tag">{shown(signalName, 40)}</span>}
      {everyMs !== null && <span class="muted"> every {duration(everyMs)}</span>}
      {behindLock && <span class="tag">behind the lock</span>}
      {attempts > 0 && <span class="is-failed"> {plural(attempts, 'attempt')} ended the process</span>}
    </>
  );
}

function CancelButton({
  message: { signalName },
  id,
  path,
}: {
  readonly message: Message;
  readonly id: string;
  readonly path: string;
}) {
  if (signalName === null) return null;
  return (
    <Action
      title="Cancel"
      what={`Cancels the scheduled signal ${shown(signalName, 60)} of ${shown(id, 60)}.`}
      done="Cancelled"
      run={() => post(path, { name: signalName })}
    />
  );
}
