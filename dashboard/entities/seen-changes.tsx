/** Changes of a state that this page has seen since it was opened, as differences of fields. */
import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import type { EntityDetail } from '../api/answers.js';
import { Section } from '../ui/drawer.js';
import { shown } from '../ui/text.js';
import { Time } from '../ui/time.js';
import { differences, type Difference } from './differences.js';

interface Seen {
  readonly version: number;
  readonly at: string;
  readonly changes: readonly Difference[];
}

const seenMax = 20;

export function SeenChanges({ entity }: { readonly entity: EntityDetail }) {
  const last = useSignal(entity);
  const seen = useSignal<readonly Seen[]>([]);
  useEffect(() => {
    const before = last.peek();
    last.value = entity;
    if (before.version === entity.version) return;
    const changes = differences(before.state?.value, entity.state?.value);
    seen.value = [{ version: entity.version, at: entity.lastModified, changes }, ...seen.peek()].slice(0, seenMax);
  }, [entity]);
  if (seen.value.length === 0) return null;
  return (
    <Section title="Changes seen on this page">
      <ol class="seen">
        {seen.value.map(({ version, at, changes }) => (
          <li key={version}>
            <span class="tag">v {version}</span> <Time at={at} />
            <ul>
              {changes.map(({ path, before, after }) => (
                <li key={path} class="mono difference">
                  <bdi class="key">{shown(path === '' ? 'state' : path, 80)}</bdi>
                  {before !== undefined && <del>{shown(before, 80)}</del>}
                  {after !== undefined && <ins>{shown(after, 80)}</ins>}
                </li>
              ))}
            </ul>
          </li>
        ))}
      </ol>
    </Section>
  );
}
