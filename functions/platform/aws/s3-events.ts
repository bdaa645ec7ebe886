/**
 * What S3 tells a queue: that an object came.
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-content-structure.html
 */
import { z } from 'zod';
import { refuse } from '#core/refusal.ts';

export interface StoredObject {
  readonly bucket: string;
  readonly key: string;
}

/** AWS adds members from time to time: others are let be. */
const Notification = z.object({
  Records: z.array(
    z.object({
      eventName: z.string(),
      s3: z.object({ bucket: z.object({ name: z.string() }), object: z.object({ key: z.string() }) }),
    }),
  ),
});
/** Sent once, when somebody sets the notification up: it names no object. */
const TestEvent = z.object({ Event: z.literal('s3:TestEvent') });

/**
 * The objects that came, in the order told; none for a test event. The message names some more than once when S3 tells again.
 * @param body of the message, as text or parsed
 * @throws {Refusal} `storage-event-invalid`: the message is kept among the dead letters, where somebody finds it
 */
export function keysOfStorageEvent(body: unknown): readonly StoredObject[] {
  const message = typeof body === 'string' ? parse(body) : body;
  if (TestEvent.safeParse(message).success) return [];
  const { success, data } = Notification.safeParse(message);
  if (!success) throw invalid('a message of another form');
  return data.Records.filter(({ eventName }) => isCreation(eventName)).map(({ s3: { bucket, object } }) => ({
    bucket: bucket.name,
    key: decodeKey(object.key),
  }));
}

/** Within the message the names of events stand without the `s3:` that they are subscribed with. */
const isCreation = (eventName: string): boolean => /^(s3:)?ObjectCreated:/.test(eventName);

/** Keys are encoded as in a form: a blank is `+`, and a plus is `%2B`. */
function decodeKey(encoded: string): string {
  try {
    return decodeURIComponent(encoded.replaceAll('+', ' '));
  } catch {
    throw invalid('a key that is not URL-encoded');
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw invalid('text that is not JSON');
  }
}

const invalid = (received: string) =>
  refuse('storage-event-invalid', 400, {
    expected: 'an event notification of S3 about objects that were created',
    received,
    action: 'Send nothing else to the queue of arrivals.',
  });
