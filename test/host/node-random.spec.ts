import { expect } from 'chai';
import { NodeRandom } from '../../src/host/node-random.js';

describe('ids of orchestrations that are given none', () => {
  it('are UUIDs of version 7: each is new, and what is made later sorts later', () => {
    let nowMs = 1_763_600_000_000;
    const random = new NodeRandom(() => nowMs);
    const made: string[] = [];
    for (let i = 0; i < 1_000; i++) {
      made.push(random.uuid());
      nowMs += 1 + (i % 7) * 1_000_000;
    }
    for (const id of made) expect(id).to.match(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    expect(made.toSorted()).to.deep.equal(made);
    expect(new Set(Array.from({ length: 1_000 }, () => random.uuid())).size).to.equal(1_000);
  });

  it('have random digits in each place behind the time, also after many ids', () => {
    const random = new NodeRandom(() => 1_763_600_000_000);
    const seen = Array.from({ length: 36 }, () => new Set<string>());
    const ends = new Set<string>();
    for (let i = 0; i < 2_000; i++) {
      const id = random.uuid();
      for (let place = 0; place < id.length; place++) seen[place]?.add(id.charAt(place));
      ends.add(id.slice(24));
    }
    const expected = (place: number) => (place < 15 || place === 18 || place === 23 ? 1 : place === 19 ? 4 : 16);
    expect(seen.map(({ size }) => size)).to.deep.equal(seen.map((_, place) => expected(place)));
    expect(ends.size, 'no random part comes twice').to.equal(2_000);
  });
});
