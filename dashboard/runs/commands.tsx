/** Commands to an orchestration, those that its status allows. */
import { useSignal } from '@preact/signals';
import type { Run } from '../api/answers.js';
import { post, runPath } from '../api/client.js';
import { closeDrawer } from '../routing/route.js';
import { Action, perform, Question, useOpener } from '../ui/action.js';
import { Field, parsed } from '../ui/form.js';
import { shown } from '../ui/text.js';

export function Commands({ run, onDone }: { readonly run: Run; readonly onDone: () => void }) {
  const { instanceId: id, runtimeStatus: status } = run;
  const name = shown(id, 80);
  const hasEnded = status === 'completed' || status === 'failed' || status === 'terminated';
  const send = (command: string) => (reason: string) =>
    post(runPath(id, `/${command}`), reason === '' ? {} : { reason });
  const common = { onDone };
  return (
    <div class="buttons">
      {!hasEnded && <RaiseEvent run={run} />}
      {(status === 'running' || status === 'pending') && (
        <Action
          title="Suspend"
          what={`Suspends ${name} until it is resumed.`}
          done="Suspended"
          asksReason
          run={send('suspend')}
          {...common}
        />
      )}
      {status === 'suspended' && (
        <Action title="Resume" what={`Resumes ${name}.`} done="Resumed" run={send('resume')} {...common} />
      )}
      {!hasEnded && (
        <Action
          title="Terminate"
          what={`Ends ${name} where it is and releases its locks. This cannot be undone.`}
          done="Terminated"
          asksReason
          isDanger
          run={send('terminate')}
          {...common}
        />
      )}
      {status === 'failed' && (
        <Action
          title="Rewind"
          what={`Runs the failed steps of ${name} again.`}
          done="Rewound"
          asksReason
          run={send('rewind')}
          {...common}
        />
      )}
      {hasEnded && (
        <Action
          title="Restart"
          what={`Starts ${name} again with its input.`}
          done="Restarted"
          run={() => post(runPath(id, '/restart'))}
          {...common}
        />
      )}
      {hasEnded && (
        <Action
          title="Purge"
          what={`Deletes ${name} and its history. This cannot be undone.`}
          done="Purged"
          isDanger
          run={() => post(runPath(id, '/purge'))}
          onDone={closeDrawer}
        />
      )}
    </div>
  );
}

function RaiseEvent({ run: { instanceId: id, awaitedEvents } }: { readonly run: Run }) {
  const isOpen = useSignal(false);
  const event = useSignal(awaitedEvents[0] ?? '');
  const text = useSignal('');
  const isBusy = useSignal(false);
  const { value, problem } = parsed(text.value);
  const close = () => (isOpen.value = false);
  const opener = useOpener(isOpen.value);
  if (!isOpen.value) {
    return (
      <button type="button" class="button" ref={opener} onClick={() => (isOpen.value = true)}>
        Raise event…
      </button>
    );
  }
  const send = async () => {
    isBusy.value = true;
    const body = { name: event.value, ...(value !== undefined && { value }) };
    const isDone = await perform(() => post(runPath(id, '/event'), body), 'The event is durable');
    isBusy.value = false;
    if (isDone) close();
  };
  return (
    <Question what={`Raises an event of ${shown(id, 80)}.`} onCancel={close}>
      <Field label="Event" value={event.value} mono onInput={(name) => (event.value = name)} />
      <Field
        label="Value (JSON, empty for none)"
        value={text.value}
        mono
        rows={3}
        note={problem}
        onInput={(given) => (text.value = given)}
      />
      <div class="buttons">
        <button
          type="button"
          class="button is-strong"
          disabled={isBusy.value || event.value === '' || problem !== undefined}
          onClick={() => void send()}
        >
          Raise
        </button>
        <button type="button" class="button" onClick={close}>
          Close
        </button>
      </div>
    </Question>
  );
}
