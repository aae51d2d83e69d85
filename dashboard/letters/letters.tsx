/** Dead letters: messages that were set aside, with retry and discard for one, or for all of an entity's name. */
import { useSignal } from '@preact/signals';
import type { DeadLetter } from '../api/answers.js';
import { post } from '../api/client.js';
import { mayWrite } from '../api/session.js';
import { route, setQuery } from '../routing/route.js';
import { Action, perform } from '../ui/action.js';
import { FilterText } from '../ui/form.js';
import { Folded } from '../ui/json.js';
import { EntityLink } from '../ui/links.js';
import { useList } from '../ui/list.js';
import { Empty } from '../ui/states.js';
import { ListTable, type Column } from '../ui/table.js';
import { count, plural, shown, UserText } from '../ui/text.js';
import { Time } from '../ui/time.js';

interface Counted {
  readonly selected: number;
  readonly more: boolean;
}

export function LettersPage() {
  const { target = '', cursor } = route.value.query;
  const list = useList<DeadLetter>({
    path: 'dead-letters',
    query: { target, cursor, limit: 50 },
    idOf: ({ id }) => String(id),
    concerns: () => true,
  });
  const onDone = () => list.again();
  const gone =
    list.data === undefined ? [] : list.items.filter(({ id }) => list.data?.items.every((one) => one.id !== id));
  const present = { ...list, items: list.items.filter((one) => !gone.includes(one)) };
  const commands: Column<DeadLetter> = {
    title: '',
    cell: (letter) => <LetterCommands letter={letter} onDone={onDone} />,
  };
  return (
    <>
      <div class="filters" role="search" aria-label="Filter of dead letters">
        <FilterText
          label="Entity"
          placeholder="@name@key"
          value={target}
          onChange={(value) => setQuery({ target: value, cursor: undefined, page: undefined }, { replace: true })}
        />
        {mayWrite.value && present.items.length > 0 && <AllLetters key={target} target={target} onDone={onDone} />}
      </div>
      <ListTable
        label="Dead letters"
        list={present}
        columns={mayWrite.value ? [...columns, commands] : columns}
        idOf={({ id }) => String(id)}
        empty={
          <Empty title="No dead letters">
            A message whose process ended in each of its attempts is set aside here, so that it cannot end the process
            again.
          </Empty>
        }
      />
    </>
  );
}

const columns: readonly Column<DeadLetter>[] = [
  {
    title: 'Operation',
    kind: 'head',
    cell: ({ operation }) =>
      operation === null ? <span class="muted">unreadable</span> : <UserText text={operation} max={60} />,
  },
  { title: 'Entity', cell: ({ target }) => <EntityLink id={target} max={60} /> },
  { title: 'Set aside', cell: ({ at }) => <Time at={at} focus={false} /> },
  { title: 'Attempts', kind: 'number', cell: ({ attempts }) => count(attempts) },
  { title: 'Reason', kind: 'text', cell: ({ reason }) => <UserText text={reason} /> },
  { title: 'Input', kind: 'wide', cell: ({ input }) => <Folded payload={input} /> },
];

function LetterCommands({
  letter: { id, operation, target },
  onDone,
}: {
  readonly letter: DeadLetter;
  readonly onDone: () => void;
}) {
  const what = `${shown(operation ?? 'this message', 60)} to ${shown(target, 60)}`;
  const common = { onDone };
  return (
    <div class="buttons">
      <Action
        title="Retry"
        what={`Sends ${what} again.`}
        done="Sent again"
        run={() => post(`dead-letters/${id}/retry`)}
        {...common}
      />
      <Action
        title="Discard"
        what={`Deletes ${what}. This cannot be undone.`}
        done="Discarded"
        isDanger
        run={() => post(`dead-letters/${id}/discard`)}
        {...common}
      />
    </div>
  );
}

/** All dead letters of the filter: first the number, then the work. */
function AllLetters({ target, onDone }: { readonly target: string; readonly onDone: () => void }) {
  const found = useSignal<Counted | undefined>(undefined);
  const select = { kind: 'deadLetters', ...(target !== '' && { target }) };
  const look = () =>
    perform(async () => {
      found.value = await post<Counted>('bulk', { select, action: 'retry', dryRun: true });
    }, 'Counted');
  if (found.value === undefined) {
    return (
      <button type="button" class="button" onClick={() => void look()}>
        Retry all of these…
      </button>
    );
  }
  const { selected } = found.value;
  return (
    <Action
      title={`Retry ${count(selected)}`}
      what={`Sends ${plural(selected, 'dead letter')} again.`}
      size={selected}
      done="The work began"
      run={() => post('bulk', { select, action: 'retry', atMost: Math.max(1, selected) })}
      onDone={onDone}
    />
  );
}
