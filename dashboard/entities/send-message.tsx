/** Form for a signal or a call to an entity. */
import { useSignal, type Signal } from '@preact/signals';
import { useRef } from 'preact/hooks';
import type { Operation, Payload, Types } from '../api/answers.js';
import { entityPath, partsOf, post } from '../api/client.js';
import { useResource } from '../api/resource.js';
import { perform, Question, useOpener } from '../ui/action.js';
import { Field, parsed } from '../ui/form.js';
import { Value } from '../ui/json.js';
import { shown } from '../ui/text.js';

type Way = 'signal' | 'call';

export function SendMessage({ id }: { readonly id: string }) {
  const way = useSignal<Way | undefined>(undefined);
  const last = useRef<Way>('signal');
  const open = way.value;
  const opener = useOpener(open !== undefined);
  last.current = open ?? last.current;
  const openerOf = (of: Way) => (of === last.current ? opener : null);
  if (open !== undefined) return <MessageForm key={open} id={id} way={open} onClose={() => (way.value = undefined)} />;
  return (
    <div class="buttons">
      <button type="button" class="button" ref={openerOf('signal')} onClick={() => (way.value = 'signal')}>
        Signal…
      </button>
      <button type="button" class="button" ref={openerOf('call')} onClick={() => (way.value = 'call')}>
        Call…
      </button>
    </div>
  );
}

function MessageForm({ id, way, onClose }: { readonly id: string; readonly way: Way; readonly onClose: () => void }) {
  const { name, key } = partsOf(id);
  const types = useResource<Types>('types', () => false);
  const operation = useSignal('');
  const input = useSignal('');
  const answer = useSignal<{ readonly result: Payload } | undefined>(undefined);
  const isBusy = useSignal(false);
  const known = types.data?.entities.find((type) => type.name === name)?.operations ?? [];
  // A client may call and signal each operation. Those that proxies send this way come first.
  const usable = known.toSorted((a, b) => Number(b.kind === way) - Number(a.kind === way));
  const { value, problem } = parsed(input.value);
  const send = async () => {
    isBusy.value = true;
    answer.value = undefined;
    const body = { operation: operation.value, ...(value !== undefined && { input: value }) };
    await perform(
      async () => {
        const given = await post<{ readonly result: Payload }>(entityPath(name, key, `/${way}`), body);
        if (way === 'call') answer.value = given;
      },
      way === 'call' ? 'The entity answered' : 'The signal is durable',
    );
    isBusy.value = false;
  };
  return (
    <Question
      what={
        way === 'signal'
          ? `Sends a one-way operation to ${shown(id, 80)}.`
          : `Calls ${shown(id, 80)} and waits for the result.`
      }
      onCancel={onClose}
    >
      <Operations operation={operation} usable={usable} />
      <Field
        label="Input (JSON, empty for none)"
        value={input.value}
        mono
        rows={3}
        note={problem}
        onInput={(text) => (input.value = text)}
      />
      <div class="buttons">
        <button
          type="button"
          class="button is-strong"
          disabled={isBusy.value || operation.value === '' || problem !== undefined}
          onClick={() => void send()}
        >
          {way === 'signal' ? 'Send' : 'Call'}
        </button>
        <button type="button" class="button" onClick={onClose}>
          Close
        </button>
      </div>
      {answer.value !== undefined && (
        <div role="status">
          <p class="kind">Result</p>
          <Value payload={answer.value.result} none="no result" />
        </div>
      )}
    </Question>
  );
}

function Operations({
  operation,
  usable,
}: {
  readonly operation: Signal<string>;
  readonly usable: readonly Operation[];
}) {
  return (
    <>
      <Field label="Operation" value={operation.value} mono onInput={(text) => (operation.value = text)} />
      {usable.length > 0 && (
        <div class="chips" role="group" aria-label="Operations of this entity">
          {usable.map(({ name, readOnly }) => (
            <button
              key={name}
              type="button"
              class="chip mono"
              aria-pressed={operation.value === name}
              onClick={() => (operation.value = name)}
            >
              {shown(name, 60)}
              {readOnly && <span class="muted"> reads</span>}
            </button>
          ))}
        </div>
      )}
    </>
  );
}
