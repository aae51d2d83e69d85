/** Work on all orchestrations that a filter selects: first the number, then the work with its progress. */
import { useSignal, type Signal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import type { BulkProgress } from '../api/answers.js';
import { apiUrl, post, remove } from '../api/client.js';
import { perform, Question, useOpener, useTypedNumber } from '../ui/action.js';
import { Field, Select } from '../ui/form.js';
import { count, plural, shown } from '../ui/text.js';

const actions = [
  ['suspend', 'Suspend'],
  ['resume', 'Resume'],
  ['rewind', 'Rewind'],
  ['restart', 'Restart'],
  ['terminate', 'Terminate'],
  ['purge', 'Purge'],
] as const;

interface Counted {
  readonly selected: number;
  readonly more: boolean;
}

/** @param filter conditions of the list. Empty ones are left out */
export function BulkWork({ filter }: { readonly filter: Readonly<Record<string, string>> }) {
  const isOpen = useSignal(false);
  const progress = useSignal<BulkProgress | undefined>(undefined);
  const opener = useOpener(isOpen.value);
  const select = {
    kind: 'runs',
    ...Object.fromEntries(Object.entries(filter).filter(([, value]) => value !== '')),
    ...(filter['status'] !== '' && { status: filter['status']?.split(',') }),
    ...(filter['idleForMs'] !== '' && { idleForMs: Number(filter['idleForMs']) }),
  };
  if (progress.value !== undefined)
    return <Progress progress={progress as Signal<BulkProgress>} onClose={() => (progress.value = undefined)} />;
  if (isOpen.value) return <BulkForm select={select} progress={progress} onClose={() => (isOpen.value = false)} />;
  return (
    <div class="buttons">
      <button type="button" class="button" ref={opener} onClick={() => (isOpen.value = true)}>
        Act on all that fit…
      </button>
    </div>
  );
}

interface FormProps {
  readonly select: object;
  readonly progress: Signal<BulkProgress | undefined>;
  readonly onClose: () => void;
}

function BulkForm({ select, progress, onClose }: FormProps) {
  const action = useSignal<string>('suspend');
  const reason = useSignal('');
  const counted = useSignal<Counted | undefined>(undefined);
  const isBusy = useSignal(false);
  const body = { select, action: action.value, ...(reason.value !== '' && { reason: reason.value }) };
  const title = actions.find(([name]) => name === action.value)?.[1] ?? '';
  const found = counted.value;
  const work = async (run: () => Promise<void>, done: string) => {
    isBusy.value = true;
    await perform(run, done);
    isBusy.value = false;
  };
  const look = () =>
    work(async () => {
      counted.value = await post<Counted>('bulk', { ...body, dryRun: true });
    }, 'Counted');
  const act = () =>
    work(async () => {
      progress.value = await post<BulkProgress>('bulk', { ...body, atMost: Math.max(1, found?.selected ?? 1) });
    }, `${title} began`);
  return (
    <Question what="Acts on all orchestrations that fit the filter." onCancel={onClose}>
      <Select
        label="Action"
        value={action.value}
        options={actions}
        onChange={(value) => {
          action.value = value;
          counted.value = undefined;
        }}
      />
      <Field label="Reason" value={reason.value} onInput={(text) => (reason.value = text)} />
      {found === undefined ? (
        <div class="buttons">
          <button type="button" class="button is-strong" disabled={isBusy.value} onClick={() => void look()}>
            Count first (dry run)
          </button>
          <button type="button" class="button" onClick={onClose}>
            Close
          </button>
        </div>
      ) : (
        <Confirm title={title} found={found} isBusy={isBusy.value} onAct={() => void act()} onClose={onClose} />
      )}
    </Question>
  );
}

interface ConfirmProps {
  readonly title: string;
  readonly found: Counted;
  readonly isBusy: boolean;
  readonly onAct: () => void;
  readonly onClose: () => void;
}

function Confirm({ title, found: { selected, more }, isBusy, onAct, onClose }: ConfirmProps) {
  const { isSure, field } = useTypedNumber(selected);
  return (
    <>
      <p role="status">
        {title} acts on {plural(selected, 'orchestration')}
        {more && ', the first of more'}.
      </p>
      {field}
      <div class="buttons">
        <button
          type="button"
          class="button is-danger is-strong"
          disabled={isBusy || !isSure || selected === 0}
          onClick={onAct}
        >
          {title} {count(selected)}
        </button>
        <button type="button" class="button" onClick={onClose}>
          Cancel
        </button>
      </div>
    </>
  );
}

function Progress({ progress, onClose }: { readonly progress: Signal<BulkProgress>; readonly onClose: () => void }) {
  const { id, action, state, selected, done, failed, errors } = progress.value;
  useEffect(() => {
    const source = new EventSource(apiUrl(`bulk/${encodeURIComponent(id)}`));
    source.addEventListener('progress', ({ data }) => {
      progress.value = JSON.parse(data as string) as BulkProgress;
      if (progress.value.state !== 'running') source.close();
    });
    return () => source.close();
  }, [id]);
  return (
    <div class="question" role="status">
      <p>
        {action}: {count(done)} of {selected === null ? 'many' : count(selected)} done, {count(failed)} failed. {state}.
      </p>
      <progress max={selected ?? undefined} value={done + failed} aria-label="Progress" />
      <ul class="note">
        {errors.slice(0, 10).map(({ id: instance, error }) => (
          <li key={instance}>
            <bdi class="mono">{shown(instance, 60)}</bdi> {shown(error.message)}
          </li>
        ))}
      </ul>
      <div class="buttons">
        {state === 'running' ? (
          <button
            type="button"
            class="button"
            onClick={() => void perform(() => remove(`bulk/${encodeURIComponent(id)}`), 'Cancelled')}
          >
            Cancel the rest
          </button>
        ) : (
          <button type="button" class="button" onClick={onClose}>
            Close
          </button>
        )}
      </div>
    </div>
  );
}
