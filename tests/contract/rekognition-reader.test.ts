/** The SecondReader port by Rekognition, through the real SDK client: whatever the service does, an answer comes, and in time. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import {
  openRekognitionReader,
  rekognitionClient,
  type SecondReaderOutcome,
} from '#platform/aws/rekognition-reader.ts';
import type { LogLine } from '#platform/http/log.ts';
import {
  type Answer,
  answering,
  babbling,
  breaking,
  facesAnswer,
  failing,
  hanging,
  openRekognition,
  type Rekognition,
  textAnswer,
} from '../aws/rekognition.ts';

let service: Rekognition;
let now: number;
let outcomes: SecondReaderOutcome[];
let lines: LogLine[];
const CROP = new Uint8Array([0xff, 0xd8, 0xff, 0xd9]);

beforeAll(async () => {
  service = await openRekognition();
});
afterAll(() => service.close());
beforeEach(() => {
  for (const [name, value] of Object.entries(service.environment)) vi.stubEnv(name, value);
  [now, outcomes, lines] = [0, [], []];
  service.asked.length = 0;
});
afterEach(() => vi.unstubAllEnvs());

const open = () =>
  openRekognitionReader({
    client: rekognitionClient(),
    log: (line) => lines.push(line),
    onOutcome: (outcome) => outcomes.push(outcome),
    now: () => now,
  });

async function timed<T>(task: Promise<T>) {
  const started = performance.now();
  return { answer: await task, ms: performance.now() - started };
}

it('reads a plate in the pieces the service found, with the version of its model', async () => {
  service.answer(answering(textAnswer('A', '8K3F2')));
  const reading = await open().readPlate(CROP);
  expect(reading).toMatchObject({ kind: 'read', reader: { name: 'Amazon Rekognition DetectText', version: '3.0' } });
  expect(reading.kind === 'read' && reading.pieces.map(({ kind, text }) => [kind, text])).toEqual([
    ['line', 'A 8K3F2'],
    ['word', 'A'],
    ['word', '8K3F2'],
  ]);
  expect(reading.kind === 'read' && reading.pieces[1]).toMatchObject({ confidence: 0.992, outline: { length: 4 } });
  expect(outcomes).toMatchObject([{ operation: 'read-plate', outcome: 'answered' }]);
});

it('sends the very picture, signed', async () => {
  service.answer(answering(textAnswer()));
  await open().readPlate(CROP);
  expect(service.asked).toMatchObject([{ operation: 'DetectText' }]);
  expect([...(service.asked[0]?.picture ?? [])]).toEqual([...CROP]);
  expect(service.asked[0]?.authorization).toMatch(/^AWS4-HMAC-SHA256 .*\/rekognition\//);
});

it('finds faces as shares of the picture', async () => {
  service.answer(answering(facesAnswer([0.1, 0.2, 0.3, 0.5])));
  const regions = await open().faces(CROP);
  expect(regions).toMatchObject({ kind: 'found', faces: [{ confidence: 0.999 }] });
  const box = regions.kind === 'found' ? regions.faces[0]?.box : undefined;
  for (const [side, value] of [0.1, 0.2, 0.3, 0.5].entries()) expect(box?.[side]).toBeCloseTo(value, 9);
});

describe('what keeps the service from answering', () => {
  it.each<[string, Answer, string, number]>([
    ['throttled', failing('ThrottlingException', 400), 'throttled', 2],
    ['over the throughput', failing('ProvisionedThroughputExceededException', 400), 'throttled', 2],
    ['a fault of its own', failing('InternalServerError', 500), 'service-failed', 2],
    ['a proxy without a service', (response) => void response.writeHead(503).end('<html>'), 'service-failed', 2],
    ['no right', failing('AccessDeniedException', 400), 'denied', 1],
    ['unknown credentials', failing('UnrecognizedClientException', 400), 'denied', 1],
    ['no such operation here', failing('UnknownOperationException', 404), 'unreachable', 1],
    ['a picture too small', failing('InvalidParameterException', 400), 'picture-refused', 1],
    ['no picture to it', failing('InvalidImageFormatException', 400), 'picture-refused', 1],
    ['broken JSON', babbling('{"TextDetections": ['), 'unreadable-answer', 1],
    ['another JSON', babbling('{"TextDetections": "none"}'), 'unreadable-answer', 1],
    ['pieces without a place', babbling('{"TextDetections": [{"DetectedText": "A8K3F2"}]}'), 'unreadable-answer', 1],
    ['a cut connection', breaking, 'unreachable', 2],
    ['silence', hanging, 'timeout', 2],
  ])('%s is told as a value, in time', async (_, answer, why, asked) => {
    service.answer(answer);
    const { answer: reading, ms } = await timed(open().readPlate(CROP));
    expect(reading).toMatchObject({ kind: 'unavailable', why });
    expect(ms).toBeLessThan(3500);
    expect(service.asked).toHaveLength(asked);
    expect(outcomes).toMatchObject([{ operation: 'read-plate', outcome: why }]);
    expect(lines[0]).toMatchObject({ level: 'warn', event: 'second-reader-unavailable', why });
  });

  it('nobody listens there', async () => {
    vi.stubEnv('AWS_ENDPOINT_URL_REKOGNITION', 'http://127.0.0.1:9');
    expect(await open().readPlate(CROP)).toMatchObject({ kind: 'unavailable', why: 'unreachable' });
  });

  it('an answer after one that was throttled counts', async () => {
    service.first(failing('ThrottlingException', 400));
    service.answer(answering(textAnswer('A8K3F2')));
    expect(await open().readPlate(CROP)).toMatchObject({ kind: 'read' });
    expect(service.asked).toHaveLength(2);
  });

  it('a picture of more than 5 MB is not sent at all', async () => {
    const large = new Uint8Array(5 * 1024 * 1024 + 1);
    expect(await open().faces(large)).toMatchObject({ kind: 'unavailable', why: 'picture-refused' });
    expect(service.asked).toHaveLength(0);
  });
});

describe('after failures in a row', () => {
  it('is left alone for half a minute, then asked by one, then by all again', async () => {
    const reader = open();
    service.answer(failing('InternalServerError', 500));
    for (let time = 0; time < 5; time++) await reader.readPlate(CROP);
    service.asked.length = 0;
    const { answer, ms } = await timed(reader.readPlate(CROP));
    expect(answer).toMatchObject({ kind: 'unavailable', why: 'paused' });
    expect(ms).toBeLessThan(50);
    expect(service.asked).toHaveLength(0);

    service.answer(answering(textAnswer('A8K3F2')));
    now += 30_000;
    const [first, second] = await Promise.all([reader.readPlate(CROP), reader.readPlate(CROP)]);
    expect(first).toMatchObject({ kind: 'read' });
    expect(second).toMatchObject({ why: 'paused' });
    expect(await reader.readPlate(CROP)).toMatchObject({ kind: 'read' });
  });

  it('goes on pausing where the one that went ahead failed too', async () => {
    const reader = open();
    service.answer(failing('InternalServerError', 500));
    for (let time = 0; time < 5; time++) await reader.readPlate(CROP);
    now += 30_000;
    expect(await reader.readPlate(CROP)).toMatchObject({ why: 'service-failed' });
    expect(await reader.readPlate(CROP)).toMatchObject({ why: 'paused' });
  });

  it('needs one refusal of rights only', async () => {
    const reader = open();
    service.answer(failing('AccessDeniedException', 400));
    await reader.readPlate(CROP);
    expect(await reader.readPlate(CROP)).toMatchObject({ why: 'paused' });
    expect(service.asked).toHaveLength(1);
  });

  it('bears any number of pictures that it refuses', async () => {
    const reader = open();
    service.answer(failing('InvalidImageFormatException', 400));
    for (let time = 0; time < 6; time++) await reader.readPlate(CROP);
    expect(service.asked).toHaveLength(6);
  });
});

it('tells the operator without a word of what was read', async () => {
  const reader = open();
  service.answer(answering(textAnswer('A8K3F2')));
  await reader.readPlate(CROP);
  service.answer(failing('InternalServerError', 500));
  for (let time = 0; time < 6; time++) await reader.readPlate(CROP);
  expect(lines.map(({ event }) => event)).toContain('second-reader-paused');
  expect(outcomes.map(({ outcome }) => outcome).slice(-2)).toEqual(['service-failed', 'paused']);
  expect(JSON.stringify([lines, outcomes])).not.toContain('8K3F2');
});
