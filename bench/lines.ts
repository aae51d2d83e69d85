/** Figures as lines of a terminal, and the format of numbers. */
import type { Figure } from './figure.js';

/** A number with thousands separators. A dash if it is unknown. */
export function number(value: number, digits = 0): string {
  if (!Number.isFinite(value)) return '-';
  return value.toLocaleString('en-US', { minimumFractionDigits: digits, maximumFractionDigits: digits });
}

export function percent(share: number): string {
  return Number.isFinite(share) ? `${number(share * 100)} %` : '-';
}

interface Column {
  readonly title: string;
  readonly width: number;
  readonly show: (figure: Figure) => string;
}

const columns: readonly Column[] = [
  { title: 'in flight', width: 10, show: (figure) => number(figure.inFlight) },
  { title: '/s', width: 11, show: (figure) => number(figure.perSecond, figure.perSecond < 100 ? 1 : 0) },
  { title: 'ceiling/s', width: 12, show: (figure) => number(figure.ceilingPerSecond) },
  { title: 'of it', width: 8, show: (figure) => percent(figure.perSecond / figure.ceilingPerSecond) },
  { title: 'fixed/s', width: 11, show: ({ fixedCeilingPerSecond: fixed = Number.NaN }) => number(fixed) },
  { title: 'of it', width: 8, show: (figure) => percent(shareOfFixed(figure)) },
  { title: 'p50 ms', width: 10, show: (figure) => number(figure.p50Ms, 2) },
  { title: 'p99 ms', width: 10, show: (figure) => number(figure.p99Ms, 2) },
  { title: 'commits', width: 9, show: (figure) => number(figure.commits) },
  { title: 'rows/msg', width: 10, show: (figure) => number(figure.rowsPerMessage, 2) },
  { title: 'bytes/msg', width: 11, show: (figure) => number(figure.bytesPerMessage) },
  { title: 'loop', width: 7, show: (figure) => percent(figure.loopUse) },
  { title: 'cpu us/msg', width: 12, show: (figure) => number(figure.cpuUsPerMessage, 1) },
];

/** The share of the fixed ceiling, 0 to 1. NaN if there is none. */
export function shareOfFixed({ perSecond, fixedCeilingPerSecond = Number.NaN }: Figure): number {
  return perSecond / fixedCeilingPerSecond;
}

const nameWidth = 16;

export const headLine = 'work'.padEnd(nameWidth) + columns.map(({ title, width }) => title.padStart(width)).join('');

export function lineOf(figure: Figure): string {
  const line = figure.work.padEnd(nameWidth) + columns.map(({ show, width }) => show(figure).padStart(width)).join('');
  const { more } = figure;
  if (more === undefined) return line;
  const said = Object.entries(more).map(([name, value]) => `${name} ${number(value, value < 10 ? 3 : 0)}`);
  return `${line}\n  ${said.join(', ')}`;
}
