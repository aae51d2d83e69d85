import { DurableHost } from 'durable-entities';
import { endSeason } from './end-season.js';
import { Game, IGame, type Hit } from './game.js';
import { Leaderboard } from './leaderboard.js';
import { Player } from './player.js';

await using host = await DurableHost.start({
  storage: ':memory:',
  register: [Game, Player, Leaderboard, endSeason],
});
const { client } = host;

/** Plays twenty rounds. Each player scores in each round. */
async function play(game: string, points: Readonly<Record<string, number>>): Promise<void> {
  for (let round = 0; round < 20; round++) {
    const hits = Object.entries(points).map(([player, points]): Hit => ({ player, points }));
    await Promise.all(hits.map((hit) => client.signalEntity(IGame, game, (proxy) => proxy.hit(hit))));
  }
}

async function end(season: string): Promise<void> {
  const games = ['castle', 'desert', 'island'];
  const run = await client.startNew(endSeason, { input: { name: season, games } });
  console.log(await run.result());
}

await Promise.all([
  play('castle', { ann: 5, bob: 11 }),
  play('desert', { bob: 2, cid: 7 }),
  play('island', { ann: 4, cid: 1, dot: 14 }),
]);
await end('spring');

await play('castle', { bob: 6 });
await end('summer');

const { entityState: board } = await client.readEntityState(Leaderboard, 'world');
console.log('champions', board?.champions);
