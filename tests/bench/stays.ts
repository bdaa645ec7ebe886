/**
 * How the time to compute a place's day grows with its frames: `tsx tests/bench/stays.ts`. Prints JSON lines; the ratio
 * of the last to the first, over the ratio of their frames, is 1 for linear growth.
 */
import { staysOf } from '#core/violations/registry.ts';
import { car, day, frame } from '../unit/stays/builders.ts';

const VEHICLES = 10;

const clockOf = (second: number) => new Date(second * 1000).toISOString().slice(11, 19);

/** Ten spots, each with another car every 200 frames, a plate read in every third. */
function dayOf(frames: number) {
  const shots = Array.from({ length: frames }, (_, index) =>
    frame(clockOf(Math.floor((index * 86_400) / frames)), {
      cars: Array.from({ length: VEHICLES }, (_, spot) => {
        const turn = Math.floor((index + 37 * spot) / 200);
        const plate = index % 3 === 0 ? `浙A${'ABCDEFGHJK'[spot]}${'KLMNPQRSTU'[turn % 10]}3F${spot}` : null;
        return car({ look: (turn + spot) % 8, plate, box: [60 + 180 * spot, 500, 230 + 180 * spot, 640] });
      }),
    }),
  );
  return day(shots, { spot: () => 0.6 });
}

const costs = [360, 360, 720, 1440, 2880].map((frames) => {
  const { placeDay, looks } = dayOf(frames);
  const before = process.cpuUsage().user;
  const stays = staysOf(placeDay, looks).length;
  return { frames, vehicles: VEHICLES, stays, cpuMs: Math.round((process.cpuUsage().user - before) / 1000) };
});
// The first run warms up.
const [, first] = costs;
const last = costs.at(-1);
for (const cost of costs.slice(1)) process.stdout.write(`${JSON.stringify(cost)}\n`);
if (first !== undefined && last !== undefined) {
  const growth = last.cpuMs / first.cpuMs / (last.frames / first.frames);
  process.stdout.write(`${JSON.stringify({ growth: Number(growth.toFixed(2)) })}\n`);
}
