/** Values as a tree whose branches are drawn when they open, or as JSON text. */
import { useSignal } from '@preact/signals';
import type { Payload } from '../api/answers.js';
import { Icon } from './icons.js';
import { bytes, escaped, plural, shown } from './text.js';
import { tell } from './toasts.js';

/** Items of one level that are drawn at once. */
const itemsAtOnce = 100;
/** The longest text that the page draws. */
const textMax = 100_000;

interface ValueProps {
  readonly payload: Payload;
  /** What stands where there is no value. */
  readonly none?: string;
  /** Reads the value again without a limit. `undefined` if there is no more to read. */
  readonly onMore?: () => void;
}

export function Value({ payload, none = 'none', onMore }: ValueProps) {
  const isText = useSignal(false);
  if (payload === null) return <p class="muted">{none}</p>;
  if (payload.hidden === true) return <p class="muted">hidden by this server</p>;
  const text = payload.text ?? JSON.stringify(payload.value, null, 2) ?? '';
  const copy = async () => {
    await navigator.clipboard.writeText(text);
    tell('Copied');
  };
  const hasTree = payload.text === undefined && typeof payload.value === 'object' && payload.value !== null;
  return (
    <div class="value">
      <div class="value-tools">
        {hasTree && (
          <button
            type="button"
            class="button is-quiet"
            aria-pressed={isText.value}
            onClick={() => (isText.value = !isText.value)}
          >
            {isText.value ? 'Tree' : 'JSON'}
          </button>
        )}
        <button type="button" class="button is-quiet" onClick={() => void copy()} aria-label="Copy the JSON text">
          <Icon name="copy" />
        </button>
      </div>
      {hasTree && !isText.value ? (
        <Node value={payload.value} isOpen />
      ) : (
        <pre tabIndex={0}>{text.slice(0, textMax).split('\n').map(escaped).join('\n')}</pre>
      )}
      {payload.cut === true && (
        <p class="note">
          The beginning of {bytes(payload.length ?? 0)}.{' '}
          {onMore !== undefined && (
            <button type="button" class="button is-quiet" onClick={onMore}>
              Read more
            </button>
          )}
        </p>
      )}
    </div>
  );
}

interface NodeProps {
  readonly name?: string;
  readonly value: unknown;
  readonly isOpen?: boolean;
}

function Node({ name, value, isOpen: isOpenAtFirst = false }: NodeProps) {
  const isOpen = useSignal(isOpenAtFirst);
  const drawn = useSignal(itemsAtOnce);
  if (typeof value !== 'object' || value === null) return <Leaf {...(name !== undefined && { name })} value={value} />;
  const isArray = Array.isArray(value);
  const size = isArray ? value.length : Object.keys(value).length;
  const entries = isOpen.value ? Object.entries(value).slice(0, drawn.value) : [];
  return (
    <div class="node">
      <button
        type="button"
        class="node-head"
        aria-expanded={isOpen.value}
        onClick={() => (isOpen.value = !isOpen.value)}
      >
        <Icon name="chevron" />
        {name !== undefined && <bdi class="key">{shown(name)}</bdi>}
        <span class="muted">{isArray ? `[${plural(size, 'item')}]` : `{${plural(size, 'field')}}`}</span>
      </button>
      {isOpen.value && (
        <div class="children">
          {entries.map(([key, item]) => (
            <Node key={key} name={key} value={item} />
          ))}
          {size > drawn.value && (
            <button type="button" class="button is-quiet" onClick={() => (drawn.value += itemsAtOnce * 5)}>
              {plural(size - drawn.value, 'more item')}
            </button>
          )}
        </div>
      )}
    </div>
  );
}

function Leaf({ name, value }: { readonly name?: string; readonly value: unknown }) {
  const isWhole = useSignal(false);
  const text = JSON.stringify(value);
  return (
    <div class="leaf">
      {name !== undefined && <bdi class="key">{shown(name)}</bdi>}
      <bdi class={`is-${value === null ? 'null' : typeof value}`}>
        {shown(text, isWhole.value ? textMax : undefined)}
      </bdi>
      {text.length > 200 && !isWhole.value && (
        <button type="button" class="button is-quiet" onClick={() => (isWhole.value = true)}>
          {plural(text.length, 'character')}
        </button>
      )}
    </div>
  );
}

/** A text up to this length is seen as a whole in a cell. */
const briefMax = 60;

/** A value in a cell: one line, which unfolds. A short one needs no more than its line. */
export function Folded({ payload }: { readonly payload: Payload }) {
  const isOpen = useSignal(false);
  const text = payload === null || payload.hidden === true ? '' : (payload.text ?? JSON.stringify(payload.value) ?? '');
  if (text.length <= briefMax) return <Brief payload={payload} />;
  return (
    <div class="folded">
      <button
        type="button"
        class="node-head"
        aria-expanded={isOpen.value}
        aria-label={isOpen.value ? 'Fold the value' : 'Unfold the value'}
        onClick={() => (isOpen.value = !isOpen.value)}
      >
        <Icon name="chevron" />
      </button>
      {isOpen.value ? <Value payload={payload} /> : <Brief payload={payload} />}
    </div>
  );
}

/** A value in one line of a list. */
export function Brief({ payload }: { readonly payload: Payload }) {
  if (payload === null) return <span class="muted">–</span>;
  if (payload.hidden === true) return <span class="muted">hidden</span>;
  return <bdi class="mono brief">{shown(payload.text ?? JSON.stringify(payload.value) ?? '')}</bdi>;
}
