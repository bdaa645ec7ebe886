/** The section on cost in docs/operations.md. */
import { ASSUMPTIONS, type Assumptions, CITIES, type City, type Cost, costOf } from './cost.ts';
import { LIST_PRICES, type PriceTable } from './prices.ts';
import { markdownTable } from './sections.ts';
import type { Usage } from './usage.ts';

const GATE_SHARE = 0.3;

export function costSection(usage: Usage, prices: PriceTable = LIST_PRICES): string {
  const costs = CITIES.map((city) => ({ city, cost: costOf(usage, prices, ASSUMPTIONS, city) }));
  const gated = CITIES.map((city) => costOf(usage, prices, { ...ASSUMPTIONS, inspectedShare: GATE_SHARE }, city));
  const [{ cost: first } = { cost: undefined }] = costs;
  const unseen = Object.entries(prices.prices).flatMap(([name, { seen }]) => (seen ? [] : [`\`${name}\``]));
  const { currency } = prices;
  return `${assumptionsOf(usage, ASSUMPTIONS)}

Prices of ${prices.region}, ${prices.date}, ${currency}, first tier, without free tiers. **Check them before you rely on them**: ${
    unseen.length === 0
      ? 'all were given by you.'
      : `no page was at hand when this was written for ${unseen.join(', ')}.`
  } Your own (of another region, of a contract, in yuan) go into a JSON file, \`{"region":…,"date":…,"currency":…,"prices":{"tableWrite":{"each":…}}}\`:
\`npm run docs:cost -- --prices FILE\` prints this section with them. Names and sources are in [infra/docs/prices.ts](../infra/docs/prices.ts).

${markdownTable(
  [
    '一百万帧 a million frames',
    'price',
    'quantity',
    ...costs.map(({ city }) => `${currency}, ${camerasOf(city)}`),
    'arithmetic, a frame',
  ],
  [
    ...(first?.lines ?? []).map(({ what, price, quantity, how }, at) => [
      what,
      `${prices.prices[price].each} / ${prices.prices[price].unit}`,
      big(quantity),
      ...costs.map(({ cost }) => money(cost.lines[at]?.cost ?? 0)),
      how,
    ]),
    ['**合计 together**', '', '', ...costs.map(({ cost }) => `**${money(cost.perMillion)}**`), ''],
    [
      `with a change gate that sends on ${GATE_SHARE * 100} % (not built)`,
      ...['', ''],
      ...gated.map(({ perMillion }) => money(perMillion)),
      'the rest is taken in and kept, not looked at',
    ],
    ['帧/月 frames a month', '', '', ...costs.map(({ cost }) => big(cost.framesPerMonth)), ''],
    [
      `**${currency} a month**`,
      '',
      '',
      ...costs.map(({ cost }) => `**${big(cost.perMonth)}**`),
      'what a month of frames costs in all its time here',
    ],
  ],
)}

Quantities and arithmetic are those of ${camerasOf(costs[0]?.city ?? { cameras: 0, camerasPerStack: 1 })}; the sizes differ by what a stack costs whether frames come or not. ${shares(costs[1]?.cost)}

${rounds(costs[1]?.cost)}`;
}

const camerasOf = ({ cameras }: City): string => `${cameras.toLocaleString('en')} cameras`;

function assumptionsOf({ countedOn, machine, day, stored }: Usage, assumed: Assumptions): string {
  const frames = day.cameras * day.framesPerCamera;
  return `**Counted** on ${countedOn}: a day of ${day.cameras} cameras, ${frames} frames, one every ${day.everyMinutes} minutes from 08:00 to 22:00 (the pictures of tests/samples, ${(
    stored.frame / 1e6
  ).toFixed(
    2,
  )} MB each), ${day.incidents} incidents, ${day.confirmed} of them confirmed by an officer and fetched by the case system, then the days until nothing
is left to destroy. Each went through the real functions above ports that count in the units of the bill (infra/docs/meters.ts);
seconds are of the processor, measured on: ${machine}. \`npm run docs:cost -- --count\` counts anew.

**Assumed**, because nobody can count it here (infra/docs/cost.ts, \`ASSUMPTIONS\`):

- ${assumed.framesPerCameraDay} frames a camera and day: one every 5 minutes for 14 hours. \`correlate\` reads the day of a place anew with every frame, so
  twice as many frames a day cost more than twice as much of it.
- ${assumed.incidentsPerCameraDay.toFixed(2)} incidents a camera and day, ${(assumed.confirmedShare * 100).toFixed(1)} % confirmed (Nanhu: 10,367 captures of 91 cameras in 31 days, 6,065 valid).
- ${assumed.inspectedShare * 100} % of frames are looked at: there is no change gate.
- A second of arm64 Lambda with one vCPU does what a second of the processor above did (\`cpuFactor\` ${assumed.cpuFactor}): not measured.
- A function waits ${assumed.tableMs} ms for a call of DynamoDB, ${assumed.blobMs} ms of S3, ${assumed.queueMs} ms of SQS, one after the other, and computes in its share of a vCPU. Starts from cold,
  retries and what stands in two places at once are left out.
- What a transaction writes to the index of the table counts once there; DynamoDB Local says twice, which would make such a write a third to a half dearer.
- Frames nobody cites stay ${assumed.negativeMonths} month, cases ${assumed.evidenceMonths} months when confirmed, else ${assumed.clueMonths} ([retention.md](retention.md)); rows that nothing deletes are paid for ${assumed.rowMonths} months.
- ${assumed.alarms} alarms, ${assumed.keys} keys, one secret, one dashboard a stack; ${CITIES[0]?.camerasPerStack.toLocaleString('en')} cameras a stack at most; ${assumed.logBytesPerInvocation} bytes of log a start.`;
}

function rounds(cost: Cost | undefined): string {
  if (cost === undefined) return '';
  const { seconds, frames } = cost.round;
  return `A full stack has ${frames.toFixed(0)} frames a minute over the day, and as many to destroy; a round of \`tend\` then takes ${seconds.toFixed(0)} s of its minute and looks at 1,000 frames to destroy at most.`;
}

function shares(cost: Cost | undefined): string {
  if (cost === undefined) return '';
  const largest = cost.lines.toSorted((a, b) => b.cost - a.cost).slice(0, 4);
  return `The largest: ${largest.map((line) => `${line.what} ${((100 * line.cost) / cost.perMillion).toFixed(0)} %`).join(', ')}.`;
}

const money = (value: number): string => (value >= 100 ? value.toFixed(0) : value.toFixed(2));
function big(value: number): string {
  if (value >= 100) return Math.round(value).toLocaleString('en');
  return `${Number(value.toPrecision(3))}`;
}
