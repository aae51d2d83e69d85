/** Actions: buttons that write. A destructive one names what happens, and needs a second press. */
import { useSignal } from '@preact/signals';
import type { ComponentChildren, RefObject } from 'preact';
import { useLayoutEffect, useRef } from 'preact/hooks';
import { ApiError } from '../api/client.js';
import { takeEscape } from './escape.js';
import { Field } from './form.js';
import { tell } from './toasts.js';

/** Runs a write, and tells how it ended. Resolves with whether it succeeded. */
export async function perform(work: () => Promise<unknown>, done: string): Promise<boolean> {
  try {
    await work();
    tell(done);
    return true;
  } catch (error) {
    const hint = error instanceof ApiError ? ` ${error.hint}` : '';
    tell(`${error instanceof Error ? error.message : String(error)}${hint}`, true);
    return false;
  }
}

interface ActionProps {
  readonly title: string;
  /** What happens, as a sentence. */
  readonly what: string;
  readonly done: string;
  readonly run: (reason: string) => Promise<unknown>;
  /** Asks for a reason that the run keeps. */
  readonly asksReason?: boolean;
  readonly isDanger?: boolean;
  /** How many things it acts on. More than 100 need the number typed. */
  readonly size?: number;
  readonly onDone?: () => void;
}

/** More than this many need their number typed. */
const typedAbove = 100;

/** Whether the number of things that a write acts on has been typed, if that is needed. The field is drawn if it is needed. */
export function useTypedNumber(size: number): { readonly isSure: boolean; readonly field: ComponentChildren } {
  const typed = useSignal('');
  if (size <= typedAbove) return { isSure: true, field: null };
  return {
    isSure: typed.value === String(size),
    field: <Field label={`Type ${size} to go on`} value={typed.value} mono onInput={(text) => (typed.value = text)} />,
  };
}

/** A button that opens the question in its place. The second press acts, and Escape takes it back. */
export function Action(props: ActionProps) {
  const { title, what, done, run, asksReason = false, isDanger = false, size = 1, onDone } = props;
  const isAsking = useSignal(false);
  const isBusy = useSignal(false);
  const reason = useSignal('');
  const { isSure, field } = useTypedNumber(size);
  const opener = useOpener(isAsking.value);
  const act = async () => {
    isBusy.value = true;
    const isDone = await perform(() => run(reason.value), done);
    isBusy.value = false;
    if (!isDone) return;
    isAsking.value = false;
    onDone?.();
  };
  if (!isAsking.value) {
    return (
      <button
        type="button"
        class={isDanger ? 'button is-danger' : 'button'}
        ref={opener}
        onClick={() => (isAsking.value = true)}
      >
        {title}…
      </button>
    );
  }
  return (
    <Question what={what} onCancel={() => (isAsking.value = false)}>
      {asksReason && <Field label="Reason" value={reason.value} onInput={(text) => (reason.value = text)} />}
      {field}
      <div class="buttons">
        <button
          type="button"
          class={isDanger ? 'button is-danger is-strong' : 'button is-strong'}
          disabled={isBusy.value || !isSure}
          onClick={() => void act()}
        >
          {title} now
        </button>
        <button type="button" class="button" onClick={() => (isAsking.value = false)}>
          Cancel
        </button>
      </div>
    </Question>
  );
}

/** The button that opens a question in its place. It gets the focus back when the question has closed. */
export function useOpener(isOpen: boolean): RefObject<HTMLButtonElement | null> {
  const button = useRef<HTMLButtonElement>(null);
  const wasOpen = useRef(isOpen);
  useLayoutEffect(() => {
    if (wasOpen.current && !isOpen) button.current?.focus({ preventScroll: true });
    wasOpen.current = isOpen;
  }, [isOpen]);
  return button;
}

/**
 * The place of a question: gets the focus, and Escape cancels wherever the focus is.
 * Both hold from the moment in which it is shown. With a delay, a key that comes between would close the drawer.
 */
export function Question(props: {
  readonly what: string;
  readonly onCancel: () => void;
  readonly children: ComponentChildren;
}) {
  const { what, onCancel, children } = props;
  const place = useRef<HTMLDivElement>(null);
  useLayoutEffect(() => place.current?.querySelector<HTMLElement>('input, textarea, select, button')?.focus(), []);
  const cancel = useRef(onCancel);
  cancel.current = onCancel;
  useLayoutEffect(() => takeEscape(() => cancel.current()), []);
  return (
    <div class="question" ref={place} role="group" aria-label={what}>
      <p>{what}</p>
      {children}
    </div>
  );
}
