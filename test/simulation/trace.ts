import { fnv1a } from '../../src/core/hash.js';

const tailMax = 40;

/** The events of a simulation, in order: a hash of all lines, and the last lines. */
export class Trace {
  private first = 0x811c9dc5;
  private second = 0x9e3779b9;
  private readonly lines: string[] = [];
  private next = 0;

  add(line: string): void {
    this.first = fnv1a(line, this.first);
    this.second = Math.imul(this.second ^ this.first, 0x85ebca6b) + 0x165667b1;
    this.lines[this.next] = line;
    this.next = (this.next + 1) % tailMax;
  }

  get hash(): string {
    return [this.first, this.second].map((part) => (part >>> 0).toString(16).padStart(8, '0')).join('');
  }

  get tail(): readonly string[] {
    return [...this.lines.slice(this.next), ...this.lines.slice(0, this.next)];
  }
}
