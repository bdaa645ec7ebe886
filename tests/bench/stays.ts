/** How the time to compute a place's day grows with its frames: `npm run bench -- stays`. */
import { staysOf } from '#core/violations/registry.ts';
import { table } from '../../infra/local/terminal.ts';
import { car, day, frame } from '../unit/stays/builders.ts';
import { type Bench, hundredth } from './bench.ts';

const VEHICLES = 10;

const clockOf = (second: number) => new Date(second * 1000).toISOString().slice(11, 19);

/** Ten spots, each with another car every 200 frames, a plate read in every third; a spot looks the same while its car stands. */
function dayOf(frames: number) {
  const secondOf = (index: number) => Math.floor((index * 86_400) / frames);
  const indexAt = new Map(Array.from({ length: frames }, (_, index) => [clockOf(secondOf(index)), index]));
  const turnAt = (clock: string, spot: number) => Math.floor(((indexAt.get(clock) ?? 0) + 37 * spot) / 200);
  const shots = Array.from({ length: frames }, (_, index) =>
    frame(clockOf(secondOf(index)), {
      cars: Array.from({ length: VEHICLES }, (_, spot) => {
        const turn = turnAt(clockOf(secondOf(index)), spot);
        const plate = index % 3 === 0 ? `浙A${'ABCDEFGHJK'[spot]}${'KLMNPQRSTU'[turn % 10]}3F${spot}` : null;
        return car({ look: (turn + spot) % 8, plate, box: [60 + 180 * spot, 500, 230 + 180 * spot, 640] });
      }),
    }),
  );
  return day(shots, {
    spot(a, b, box) {
      const spot = Math.round((box[0] - 60) / 180);
      return turnAt(a, spot) === turnAt(b, spot) ? 0.97 : 0.4;
    },
  });
}

export function benchStays(): Bench {
  // The first run warms up.
  const [, ...costs] = [360, 360, 720, 1440, 2880].map((frames) => {
    const { placeDay, looks } = dayOf(frames);
    const before = process.cpuUsage().user;
    const stays = staysOf(placeDay, looks).length;
    return { frames, vehicles: VEHICLES, stays, cpuMs: Math.round((process.cpuUsage().user - before) / 1000) };
  });
  const [first, last] = [costs[0], costs.at(-1)];
  const growth =
    first === undefined || last === undefined
      ? Number.NaN
      : hundredth(last.cpuMs / first.cpuMs / (last.frames / first.frames));
  return {
    json: { costs, growth },
    lines: [
      ...table([
        ['frames', 'vehicles', 'stays', 'CPU ms'],
        ...costs.map(({ frames, vehicles, stays, cpuMs }) => [frames, vehicles, stays, cpuMs].map(String)),
      ]),
      `  growth ${growth}: cost over frames, last to first; 1 is linear`,
    ],
  };
}
