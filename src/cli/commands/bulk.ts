/** Work on many orchestrations or dead letters, selected by a filter: first the number, then the work with its progress. */
import { CliError } from '../cli-error.js';
import type { HubApi } from '../connection/hub-api.js';
import { Progress } from '../output/progress.js';
import { safeText } from '../output/safe-text.js';
import { confirm, writeValue, type HubCall, type SureFlags } from './command.js';

interface BulkProgress {
  readonly id: string;
  readonly action: string;
  readonly state: 'running' | 'done' | 'cancelled' | 'failed';
  readonly selected: number | null;
  readonly done: number;
  readonly failed: number;
  readonly errors: readonly {
    readonly id: string;
    readonly error: { readonly code: string; readonly message: string };
  }[];
}

/** An action, and the instances that it is for. */
export interface BulkWork {
  readonly select: Readonly<Record<string, unknown>>;
  readonly action: string;
  readonly reason?: string | undefined;
  /** `orchestrations` or `dead letters`. */
  readonly what: string;
}

/** Does the work. An interruption cancels it after its present slice. */
export async function doBulk({ api, terminal, flags }: HubCall<SureFlags, unknown>, work: BulkWork): Promise<void> {
  const { select, action, reason, what } = work;
  const body = { select, action, reason };
  const { selected, more } = await api.post<{ selected: number; more: boolean }>('/bulk', { ...body, dryRun: true });
  const number = more ? `more than ${selected}` : String(selected);
  if (flags.dryRun === true) {
    await writeValue(terminal, flags, { selected, more }, () => `would ${action} ${number} ${what}\n`);
    return;
  }
  if (selected === 0) throw new CliError('notFound', `No ${what} fit.`, 'Check the conditions.');
  await confirm(terminal, flags, `${action} ${number} ${what}?`);
  const begun = await api.post<BulkProgress>('/bulk', body);
  const end = await follow(api, begun, new Progress(terminal, action, begun.selected ?? 0));
  await writeValue(terminal, flags, end, () => `${end.done} done, ${end.failed} failed\n`);
  for (const { id, error } of end.errors)
    terminal.note(`${safeText(id)}: ${safeText(error.message)} (${safeText(error.code)})\n`);
  if (end.state !== 'done' || end.failed > 0)
    throw new CliError(
      'failed',
      `The work is ${end.state}: ${end.failed} of ${end.done + end.failed} failed.`,
      'See the errors above.',
    );
}

async function follow(api: HubApi, begun: BulkProgress, bar: Progress): Promise<BulkProgress> {
  const path = `/bulk/${encodeURIComponent(begun.id)}`;
  let last = begun;
  try {
    if (begun.state !== 'running') return begun;
    for await (const { event, data } of api.events(path)) {
      if (event !== 'progress') continue;
      last = data as BulkProgress;
      bar.update(last.done + last.failed);
    }
    return last;
  } catch (error) {
    // An interruption by the user, or a connection that broke: nobody watches the work any more.
    await api.cancel(path).catch(() => {});
    throw error;
  } finally {
    bar.end();
  }
}
