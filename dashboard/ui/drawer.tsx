/** The drawer: details beside the page that led to them. It takes the focus when it opens, and gives it back. */
import type { ComponentChildren } from 'preact';
import { useSignal } from '@preact/signals';
import { useLayoutEffect, useRef } from 'preact/hooks';
import { closeDrawer } from '../routing/route.js';
import { Icon } from './icons.js';

interface DrawerProps {
  /** Changes when another thing is shown. */
  readonly subject: string;
  readonly label: string;
  readonly children: ComponentChildren;
}

export function Drawer({ subject, label, children }: DrawerProps) {
  const isWide = useSignal(false);
  const place = useRef<HTMLElement>(null);
  useLayoutEffect(() => {
    const before = document.activeElement;
    return () => {
      const isStill = before instanceof HTMLElement && before.isConnected && before !== document.body;
      if (isStill) before.focus({ preventScroll: true });
    };
  }, []);
  useLayoutEffect(() => {
    place.current?.focus({ preventScroll: true });
    place.current?.scrollTo({ top: 0 });
  }, [subject]);
  return (
    <aside class={isWide.value ? 'drawer is-wide' : 'drawer'} ref={place} tabIndex={-1} aria-label={label}>
      <div class="drawer-tools">
        <button
          type="button"
          class="button is-quiet wide-only"
          aria-pressed={isWide.value}
          aria-label="Use the whole width"
          onClick={() => (isWide.value = !isWide.value)}
        >
          <Icon name="wide" />
        </button>
        <button type="button" class="button is-quiet" aria-label="Close (Escape)" onClick={closeDrawer}>
          <Icon name="close" />
        </button>
      </div>
      {children}
    </aside>
  );
}

/** A part of a page or drawer with a heading. */
export function Section(props: {
  readonly title: string;
  readonly tools?: ComponentChildren;
  readonly children: ComponentChildren;
}) {
  const { title, tools, children } = props;
  return (
    <section class="section" aria-label={title}>
      <div class="section-head">
        <h2>{title}</h2>
        {tools}
      </div>
      {children}
    </section>
  );
}

/** Facts as pairs of a name and a value. */
export function Facts({
  facts,
}: {
  readonly facts: readonly (readonly [name: string, value: ComponentChildren] | undefined)[];
}) {
  return (
    <dl class="facts">
      {facts
        .filter((fact) => fact !== undefined)
        .map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
    </dl>
  );
}
