import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { keysOfStorageEvent } from '#platform/aws/s3-events.ts';

/** As AWS prints it, whole: docs.aws.amazon.com/AmazonS3/latest/userguide/notification-content-structure.html */
const record = (key: string, eventName = 'ObjectCreated:Put') => ({
  eventVersion: '2.3',
  eventSource: 'aws:s3',
  awsRegion: 'cn-north-1',
  eventTime: '2026-05-12T01:30:00.000Z',
  eventName,
  userIdentity: { principalId: 'AIDAJDPLRKLG7UEXAMPLE' },
  requestParameters: { sourceIPAddress: '127.0.0.1' },
  responseElements: {
    'x-amz-request-id': 'C3D13FE58DE4C810',
    'x-amz-id-2': 'FMyUVURIY8/IgAtTv8xRjskZQpcIZ9KG4V5Wp6S7S',
  },
  s3: {
    s3SchemaVersion: '1.0',
    configurationId: 'arrivals',
    bucket: { name: 'frames-bucket', ownerIdentity: { principalId: 'A3NL1KOZZKExample' }, arn: 'an-arn' },
    object: {
      key,
      size: 1024,
      eTag: 'd41d8cd98f00b204e9800998ecf8427e',
      versionId: 'v1',
      sequencer: '0055AED6DCD90281E5',
    },
  },
});

describe('an event of the storage', () => {
  it('names bucket and key of each object that came, in their order', () => {
    const body = {
      Records: [record('uploads/b.jpg'), record('uploads/a.jpg', 'ObjectCreated:CompleteMultipartUpload')],
    };
    const told = [
      { bucket: 'frames-bucket', key: 'uploads/b.jpg' },
      { bucket: 'frames-bucket', key: 'uploads/a.jpg' },
    ];
    expect(keysOfStorageEvent(body)).toEqual(told);
    expect(keysOfStorageEvent(JSON.stringify(body))).toEqual(told);
  });

  it('has its keys encoded as in a form', () => {
    const keys = keysOfStorageEvent({ Records: [record('uploads/a+b%2Bc%25/%E8%AF%81%E6%8D%AE.jpg')] });
    expect(keys.map(({ key }) => key)).toEqual(['uploads/a b+c%/证据.jpg']);
  });

  it('gives any key back', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', minLength: 1 }), (key) => {
        const encoded = encodeURIComponent(key).replaceAll('%20', '+');
        expect(keysOfStorageEvent({ Records: [record(encoded)] })).toEqual([{ bucket: 'frames-bucket', key }]);
      }),
    );
  });

  it('tells of nothing when it is the test that comes with a new notification', () => {
    const body = {
      Service: 'Amazon S3',
      Event: 's3:TestEvent',
      Time: '2026-05-12T01:30:00.000Z',
      Bucket: 'frames-bucket',
    };
    expect(keysOfStorageEvent(JSON.stringify(body))).toEqual([]);
  });

  it('tells of nothing when an object went', () => {
    expect(keysOfStorageEvent({ Records: [record('uploads/a.jpg', 'ObjectRemoved:Delete')] })).toEqual([]);
  });

  for (const body of ['', 'no JSON', '{}', 'null', '{"Records":[{}]}', undefined, { Records: 'none' }]) {
    it(`is refused when it is ${JSON.stringify(body)}`, () => {
      expect(() => keysOfStorageEvent(body)).toThrow(expect.objectContaining({ code: 'storage-event-invalid' }));
    });
  }

  it('is refused when a key is not encoded', () => {
    expect(() => keysOfStorageEvent({ Records: [record('uploads/100%.jpg')] })).toThrow(
      expect.objectContaining({ code: 'storage-event-invalid' }),
    );
  });
});
