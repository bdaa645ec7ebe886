import { type Refusal, refuse } from '#core/refusal.ts';
import type { AcceptLimits } from './limits.ts';

export function tooLarge(
  received: string,
  { maxBytes, largerGoes }: Pick<AcceptLimits, 'maxBytes' | 'largerGoes'>,
): Refusal {
  return refuse('frame-too-large', 413, {
    expected: `at most ${maxBytes} bytes`,
    received,
    action:
      largerGoes === 'by-upload'
        ? 'Open an upload (POST /v1/cameras/{cameraId}/uploads) and put the picture there, or raise the JPEG compression of the camera.'
        : 'Raise the JPEG compression of the camera.',
  });
}
