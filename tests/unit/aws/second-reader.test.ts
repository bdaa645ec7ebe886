import { afterEach, expect, it, vi } from 'vitest';
import { secondReaderOf } from '../../../infra/aws/run/second-reader.ts';
import { answering, failing, openRekognition, textAnswer } from '../../aws/rekognition.ts';

afterEach(() => vi.unstubAllEnvs());

const home = (switched: string | undefined, told: unknown[] = []) => ({
  setting: (name: string) => (name === 'rekognition' ? switched : undefined),
  log: () => {},
  metrics: (values: object) => void told.push(values),
});

it.each([undefined, '', 'off', 'true'])('a Lambda asks nobody where Rekognition is switched %s', (switched) => {
  expect(secondReaderOf(home(switched))).toEqual({});
});

it('a Lambda asks where it is switched on, and counts who answered', async () => {
  const service = await openRekognition();
  for (const [name, value] of Object.entries(service.environment)) vi.stubEnv(name, value);
  const told: unknown[] = [];
  const { secondReader } = secondReaderOf(home('on', told));
  service.answer(answering(textAnswer('A8K3F2')));
  expect(await secondReader?.readPlate(new Uint8Array([1]))).toMatchObject({ kind: 'read' });
  service.answer(failing('AccessDeniedException', 400));
  expect(await secondReader?.readPlate(new Uint8Array([1]))).toMatchObject({ kind: 'unavailable', why: 'denied' });
  expect(told).toEqual([{ secondReaderAnswered: 1 }, { secondReaderSilent: 1 }]);
  await service.close();
});
