/** Links to entities and orchestrations, which open in the drawer over the present page. Lists call these functions, without a component. */
import { entityAddress, runAddress } from '../routing/route.js';
import { shown } from './text.js';

export function EntityLink({ id, max }: { readonly id: string; readonly max?: number }) {
  return (
    <a class="mono link" href={entityAddress(id)}>
      {shown(id, max)}
    </a>
  );
}

export function RunLink({ id, max }: { readonly id: string; readonly max?: number }) {
  return (
    <a class="mono link" href={runAddress(id)}>
      {shown(id, max)}
    </a>
  );
}

/** A link to an entity (`@name@key`) or an orchestration. Other subjects (`activity:Send`) are text. */
export function SubjectLink({ id }: { readonly id: string }) {
  if (id.startsWith('activity:')) return <bdi class="mono">{shown(id)}</bdi>;
  return id.startsWith('@') ? <EntityLink id={id} /> : <RunLink id={id} />;
}
