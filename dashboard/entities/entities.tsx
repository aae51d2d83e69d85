/** Entities: the list with its filters. */
import type { Changed, Entity, Types } from '../api/answers.js';
import { useResource } from '../api/resource.js';
import { entityAddress, route, setQuery } from '../routing/route.js';
import { Check, FilterText, Select } from '../ui/form.js';
import { EntityLink, RunLink } from '../ui/links.js';
import { Brief } from '../ui/json.js';
import { useList } from '../ui/list.js';
import { Empty } from '../ui/states.js';
import { ListTable, type Column } from '../ui/table.js';
import { count, shown } from '../ui/text.js';
import { Time } from '../ui/time.js';

export function EntitiesPage() {
  const { name = '', key = '', locked = '', waiting = '', contains = '', cursor, entity } = route.value.query;
  const types = useResource<Types>('types', () => false);
  const list = useList<Entity>({
    path: 'entities',
    query: { name, keyPrefix: key, locked, waiting, contains, cursor, limit: 50 },
    idOf: ({ entityId }) => entityId,
    concerns: (changed) => changed.kind === 'entity' && (name === '' || changed.name === name),
    patch: (row, { version, deleted }: Changed) => ({ ...row, version, exists: !deleted && row.exists }),
  });
  const isFiltered = [name, key, locked, waiting, contains].some((field) => field !== '');
  return (
    <>
      <Filters names={(types.data?.entities ?? []).map((type) => type.name)} />
      <ListTable
        label="Entities"
        isLong
        list={list}
        columns={columns}
        idOf={({ entityId }) => entityId}
        hrefOf={({ entityId }) => entityAddress(entityId)}
        isOpen={({ entityId }) => entityId === entity}
        empty={
          isFiltered ? (
            <Empty title="No entity fits the filter">Upper and lower case differ in keys and states.</Empty>
          ) : (
            <Empty title="No entity has a state">The first signal or call to a registered entity makes it.</Empty>
          )
        }
      />
    </>
  );
}

function Filters({ names }: { readonly names: readonly string[] }) {
  const { name = '', key = '', locked = '', waiting = '', contains = '' } = route.value.query;
  const set = (changes: Record<string, string>) =>
    setQuery({ ...changes, cursor: undefined, page: undefined }, { replace: true });
  const options = [...new Set(name === '' ? names : [...names, name])].map((one) => [one, shown(one, 60)] as const);
  return (
    <div class="filters" role="search" aria-label="Filter of entities">
      <Select
        label="Name"
        value={name}
        options={[['', 'all'], ...options]}
        onChange={(value) => set({ name: value })}
      />
      <FilterText label="Key begins with" value={key} onChange={(value) => set({ key: value })} />
      <FilterText label="State contains" value={contains} onChange={(value) => set({ contains: value })} />
      <Check label="Locked" isOn={locked === 'true'} onChange={(isOn) => set({ locked: isOn ? 'true' : '' })} />
      <Check label="Waiting" isOn={waiting === 'true'} onChange={(isOn) => set({ waiting: isOn ? 'true' : '' })} />
    </div>
  );
}

const columns: readonly Column<Entity>[] = [
  { title: 'Entity', kind: 'head', cell: ({ entityId }) => EntityLink({ id: entityId }) },
  { title: 'Version', kind: 'number', cell: ({ version }) => count(version) },
  { title: 'Changed', cell: ({ lastModified }) => Time({ at: lastModified, focus: false }) },
  { title: 'Waiting', kind: 'number', cell: waitingCell },
  { title: 'Lock', cell: lockCell },
  { title: 'State', kind: 'wide', cell: stateCell },
];

function waitingCell({ backlog }: Entity) {
  if (backlog === null) return <span class="muted">–</span>;
  return backlog === 0 ? <span class="muted">0</span> : count(backlog);
}

function lockCell({ lock }: Entity) {
  if (lock === null) return <span class="muted">–</span>;
  return <span class="locked">{RunLink({ id: lock.instanceId, max: 40 })}</span>;
}

function stateCell({ problem, exists, state }: Entity) {
  if (problem !== null) return <span class="is-failed">{shown(problem)}</span>;
  return exists ? Brief({ payload: state }) : <span class="muted">does not exist</span>;
}
