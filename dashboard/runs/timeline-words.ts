/** Words of a timeline: the title of a step, and how long it waited and worked. */
import { shown } from '../ui/text.js';
import { nowMs, precise } from '../ui/time.js';
import type { TimelineRow } from './timeline-rows.js';

/** What a bar is, in words: the name, and not the kind alone. */
export function titleOf({ bar: { kind, name, targets } }: TimelineRow): string {
  if (kind === 'section') return `locks of ${targets?.length ?? 0}`;
  if (kind === 'timer') return 'timer';
  return kind === 'event' ? `event ${shown(name, 60)}` : shown(name, 60);
}

/** Time from the request to the beginning of the work, if that is known. */
export function waited({ bar, startMs, workMs, endMs }: TimelineRow): string {
  if (bar.kind === 'timer' || bar.kind === 'event') return precise((endMs ?? nowMs.value) - startMs);
  return workMs === undefined ? '–' : precise(workMs - startMs);
}

export function worked({ bar, startMs, workMs, endMs }: TimelineRow): string {
  if (bar.kind === 'timer' || bar.kind === 'event' || bar.outcome === 'sent') return '–';
  if (workMs === undefined && bar.kind === 'section') return '–';
  return precise((endMs ?? nowMs.value) - (workMs ?? startMs));
}
