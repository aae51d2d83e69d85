/** Parts of forms: fields with labels, inputs that wait for the end of typing, and JSON texts. */
import type { ComponentChildren } from 'preact';
import { useEffect, useId, useRef, useState } from 'preact/hooks';

interface FieldProps {
  readonly label: string;
  readonly value: string;
  readonly onInput: (value: string) => void;
  readonly placeholder?: string;
  readonly note?: string | undefined;
  readonly mono?: boolean;
  readonly rows?: number;
}

export function Field({ label, value, onInput, placeholder, note, mono = false, rows }: FieldProps) {
  const id = useId();
  const common = {
    id,
    value,
    class: mono ? 'input mono' : 'input',
    spellcheck: false,
    autocomplete: 'off',
    'aria-describedby': `${id}-note`,
    ...(placeholder !== undefined && { placeholder }),
  };
  return (
    <div class="field">
      <label for={id}>{label}</label>
      {rows === undefined ? (
        <input type="text" {...common} onInput={(event) => onInput(event.currentTarget.value)} />
      ) : (
        <textarea rows={rows} {...common} onInput={(event) => onInput(event.currentTarget.value)} />
      )}
      <p class="note" id={`${id}-note`}>
        {note}
      </p>
    </div>
  );
}

const typingMs = 250;

interface FilterProps {
  readonly label: string;
  readonly value: string;
  readonly onChange: (value: string) => void;
  readonly placeholder?: string;
}

/** A filter that applies after a pause in typing, or with Enter. */
export function FilterText({ label, value, onChange, placeholder = '' }: FilterProps) {
  const [typed, setTyped] = useState(value);
  const timer = useRef<number | undefined>(undefined);
  useEffect(() => setTyped(value), [value]);
  useEffect(() => () => window.clearTimeout(timer.current), []);
  const apply = (text: string, afterMs: number) => {
    window.clearTimeout(timer.current);
    timer.current = window.setTimeout(() => onChange(text), afterMs);
  };
  return (
    <label class="filter">
      <span>{label}</span>
      <input
        type="search"
        class="input"
        value={typed}
        placeholder={placeholder}
        spellcheck={false}
        autocomplete="off"
        onInput={({ currentTarget }) => {
          setTyped(currentTarget.value);
          apply(currentTarget.value, typingMs);
        }}
        onKeyDown={(event) => {
          if (event.key === 'Enter') apply(event.currentTarget.value, 0);
        }}
      />
    </label>
  );
}

interface SelectProps {
  readonly label: string;
  readonly value: string;
  readonly options: readonly (readonly [value: string, title: string])[];
  readonly onChange: (value: string) => void;
}

export function Select({ label, value, options, onChange }: SelectProps) {
  return (
    <label class="filter">
      <span>{label}</span>
      <select class="input" value={value} onChange={(event) => onChange(event.currentTarget.value)}>
        {options.map(([option, title]) => (
          <option key={option} value={option} selected={option === value}>
            {title}
          </option>
        ))}
      </select>
    </label>
  );
}

export function Check(props: {
  readonly label: string;
  readonly isOn: boolean;
  readonly onChange: (isOn: boolean) => void;
}) {
  const { label, isOn, onChange } = props;
  return (
    <label class="check">
      <input type="checkbox" checked={isOn} onChange={(event) => onChange(event.currentTarget.checked)} />
      <span>{label}</span>
    </label>
  );
}

/** A JSON text: its value, or what is wrong. An empty text is no value. */
export function parsed(text: string): { readonly value?: unknown; readonly problem?: string } {
  if (text.trim() === '') return {};
  try {
    return { value: JSON.parse(text) as unknown };
  } catch (error) {
    return { problem: `This is not JSON: ${(error as Error).message}` };
  }
}

/** One choice of a few, as a row of buttons. */
export function Segments<Name extends string>(props: {
  readonly label: string;
  readonly value: Name;
  readonly options: readonly (readonly [Name, ComponentChildren])[];
  readonly onChange: (name: Name) => void;
}) {
  const { label, value, options, onChange } = props;
  return (
    <div class="segments" role="group" aria-label={label}>
      {options.map(([name, title]) => (
        <button key={name} type="button" aria-pressed={name === value} onClick={() => onChange(name)}>
          {title}
        </button>
      ))}
    </div>
  );
}
