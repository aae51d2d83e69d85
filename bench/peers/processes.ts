import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { Line } from './contestants.js';

export interface Ended {
  readonly lines: readonly Line[];
  /** The reason not to trust the measurements. Absent if the program ended well. */
  readonly failure?: string;
}

interface How {
  readonly cwd: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly minutes: number;
  readonly user?: { uid: number; gid: number } | undefined;
}

/** Runs a program to its end. A printed line of JSON with a `w` is a measurement. Ends the program and its children at the time limit. */
export function run(command: string, given: readonly string[], { cwd, env, minutes, user }: How): Promise<Ended> {
  return new Promise((resolve) => {
    const child = spawn(command, given, {
      cwd,
      env: { ...process.env, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
      // A separate process group, so that its children end with it.
      detached: true,
      ...user,
    });
    const lines: Line[] = [];
    let last = '';
    let late = false;
    const clock = setTimeout(() => {
      late = true;
      if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL');
    }, minutes * 60_000);
    createInterface({ input: child.stdout }).on('line', (text) => {
      const line = parsed(text);
      if (line === undefined) last = text;
      else lines.push(line);
    });
    createInterface({ input: child.stderr }).on('line', (text) => (last = text.trim() === '' ? last : text));
    child.on('error', (error) => (last = error.message));
    child.on('close', (code) => {
      clearTimeout(clock);
      if (late) resolve({ lines, failure: `not done after ${minutes} minutes` });
      else if (code === 0) resolve({ lines });
      else resolve({ lines, failure: `ended with ${code}: ${last.slice(0, 200)}` });
    });
  });
}

function parsed(text: string): Line | undefined {
  if (!text.startsWith('{')) return undefined;
  try {
    const line = JSON.parse(text) as Partial<Line>;
    return typeof line.w === 'string' ? (line as Line) : undefined;
  } catch {
    return undefined;
  }
}
