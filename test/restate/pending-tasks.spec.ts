/** The tasks that an execution on Restate waits for. These tests need no server. */
import { expect } from 'chai';
import { PendingTasks } from '../../src/restate/orchestrations/pending-tasks.js';

interface Task {
  readonly waiting: readonly number[];
}

/** A race stands for the list of the tasks that take part in it. */
function counted() {
  let raced = 0;
  const tasks = new PendingTasks<Task, readonly number[]>((waiting) => {
    raced += waiting.length;
    return waiting.flat();
  });
  return { tasks, raced: () => raced };
}

describe('pending tasks on Restate', () => {
  it('the races have each task once, in the order in which tasks were added, whatever is removed', () => {
    const { tasks } = counted();
    for (let task = 0; task < 300; task++) tasks.add(task, { waiting: [task] });
    for (let task = 0; task < 300; task += 3) tasks.delete(task);
    tasks.delete(1_000);
    tasks.add(300, { waiting: [300] });
    const expected = Array.from({ length: 301 }, (_, task) => task).filter((task) => task === 300 || task % 3 !== 0);
    expect(tasks.waiting().flat()).to.deep.equal(expected);
    expect(tasks.entries().map(([task]) => task)).to.deep.equal(expected);
    expect([tasks.size, tasks.has(0), tasks.get(0), tasks.get(1)]).to.deep.equal([
      201,
      false,
      undefined,
      { waiting: [1] },
    ]);
  });

  it('no race is left when each task is removed, and tasks can be added again', () => {
    const { tasks } = counted();
    for (let task = 0; task < 65; task++) tasks.add(task, { waiting: [task] });
    for (let task = 0; task < 65; task++) tasks.delete(task);
    expect(tasks.waiting()).to.deep.equal([]);
    tasks.add(65, { waiting: [65] });
    expect(tasks.waiting()).to.deep.equal([[65]]);
  });

  it('a fan-out costs as many entries of races for each task, however wide it is', () => {
    const costOf = (width: number) => {
      const { tasks, raced } = counted();
      for (let task = 0; task < width; task++) tasks.add(task, { waiting: [task] });
      for (let task = 0; task < width; task++) {
        tasks.waiting();
        tasks.delete(task);
      }
      return raced() / width;
    };
    expect(costOf(6_400)).to.equal(costOf(64)).and.be.below(64);
  });
});
