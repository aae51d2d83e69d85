/** Drawer of an entity: what it holds, who locks it, what waits for it, why it does not move, and messages to it. */
import { useSignal } from '@preact/signals';
import type { EntityDetail } from '../api/answers.js';
import { entityPath, partsOf } from '../api/client.js';
import { useResource } from '../api/resource.js';
import { mayWrite } from '../api/session.js';
import { Drawer, Facts, Section } from '../ui/drawer.js';
import { Explain } from '../ui/explain.js';
import { Icon } from '../ui/icons.js';
import { Value } from '../ui/json.js';
import { RunLink } from '../ui/links.js';
import { Loading, Problem } from '../ui/states.js';
import { count, plural, shown } from '../ui/text.js';
import { Time } from '../ui/time.js';
import { SeenChanges } from './seen-changes.js';
import { SendMessage } from './send-message.js';
import { WaitingMessages } from './waiting-messages.js';

export function EntityDrawer({ id }: { readonly id: string }) {
  const isFull = useSignal(false);
  const { name, key } = partsOf(id);
  const path = `${entityPath(name, key)}${isFull.value ? `${key === '' ? '&' : '?'}full=true` : ''}`;
  const { data, error } = useResource<EntityDetail>(path, (changed) => changed.id === id);
  return (
    <Drawer subject={id} label={`Entity ${shown(id, 60)}`}>
      <header class="drawer-head">
        <p class="kind">Entity</p>
        <h1 class="mono">
          <bdi>{shown(id)}</bdi>
        </h1>
      </header>
      {data === undefined ? error === undefined ? <Loading /> : <Problem error={error} /> : null}
      {data !== undefined && <Detail entity={data} onMore={() => (isFull.value = true)} />}
    </Drawer>
  );
}

function Detail({ entity, onMore }: { readonly entity: EntityDetail; readonly onMore: () => void }) {
  const { entityId: id, name, key, problem } = entity;
  return (
    <>
      <Lock entity={entity} />
      {mayWrite.value ? <SendMessage id={id} /> : <ReadOnlyNote />}
      {problem !== null && <p class="problem">{shown(problem, 1_000)}</p>}
      <EntityFacts entity={entity} />
      <Explain key={id} path={entityPath(name, key, '/explain')} subject={id} />
      <Section title="State">
        <Value payload={entity.state} none={entity.exists ? 'no value' : 'The entity has no state.'} onMore={onMore} />
      </Section>
      <WaitingMessages key={`messages ${id}`} entity={entity} />
      <SeenChanges key={`changes ${id}`} entity={entity} />
    </>
  );
}

function EntityFacts({ entity }: { readonly entity: EntityDetail }) {
  const running = entity.live?.running ?? null;
  return (
    <Facts
      facts={[
        ['Exists', entity.exists ? 'yes' : 'no'],
        ['Version', count(entity.version)],
        ['Changed', <Time at={entity.lastModified} />],
        ['Created', <Time at={entity.createdAt} />],
        ['Waiting', count(Math.max(entity.backlog, entity.live?.waiting ?? 0))],
        ['Scheduled', count(entity.scheduled)],
        ['Partition', String(entity.partition)],
        entity.expiresAt === null ? undefined : ['Expires', <Time at={entity.expiresAt} />],
        entity.registered === false ? ['Code', 'not registered in this process'] : undefined,
        running === null
          ? undefined
          : [
              'Runs',
              <>
                {shown(running.operation)} for <Time at={running.since} since />
              </>,
            ],
      ]}
    />
  );
}

function Lock({ entity: { lock, backlog } }: { readonly entity: EntityDetail }) {
  if (lock === null) return null;
  return (
    <p class="banner is-locked">
      <Icon name="locks" />
      <span>
        Locked by <RunLink id={lock.instanceId} />
        {lock.since !== null && (
          <>
            {' '}
            for <Time at={lock.since} since />
          </>
        )}
        {backlog > 0 && <>, {plural(backlog, 'message waits', 'messages wait')}</>}
      </span>
    </p>
  );
}

export function ReadOnlyNote() {
  return (
    <p class="note">
      Writes are off. Start with <code>--allow-writes</code> or <code>writes: true</code>, or log in with a write token.
    </p>
  );
}
