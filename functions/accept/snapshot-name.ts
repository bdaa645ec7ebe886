/**
 * Names of snapshots as GB/T 28181-2022 has devices upload them: 41 digits, device 20, image 2, time 17
 * (yyyyMMddHHmmssSSS, Beijing time), sequence 2; an extension may follow.
 */
import { refuse } from '#core/refusal.ts';
import { type Instant, parseInstant } from '#core/time.ts';

export interface SnapshotName {
  /** 20 digits. */
  gbDeviceId: string;
  capturedAt: Instant;
}

const NAME =
  /^(?<device>\d{20})\d{2}(?<year>\d{4})(?<month>\d{2})(?<day>\d{2})(?<hour>\d{2})(?<minute>\d{2})(?<second>\d{2})(?<ms>\d{3})\d{2}(?:\.jpe?g)?$/i;

/** @throws {Refusal} `snapshot-name-invalid`, `time-invalid` */
export function parseSnapshotName(name: string): SnapshotName {
  const parts = NAME.exec(name)?.groups;
  if (parts?.device === undefined) {
    throw refuse('snapshot-name-invalid', 400, {
      expected: 'a file name of 41 digits: device 20, image 2, time 17, sequence 2 (GB/T 28181-2022)',
      received: name === '' ? 'no file name' : `${name.length} characters of another form`,
      action: 'Name the file as the standard asks.',
    });
  }
  const { device, year, month, day, hour, minute, second, ms } = parts;
  const text = `${year}-${month}-${day}T${hour}:${minute}:${second}.${ms}+08:00`;
  return { gbDeviceId: device, capturedAt: parseInstant(text, 'the time in the file name') };
}
