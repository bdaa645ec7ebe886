/**
 * Why Rekognition said nothing, from what the SDK throws. Its own exceptions: the API reference of DetectText and DetectFaces,
 * "Errors"; those of every AWS service: "Common Errors" there. Its protocol answers faults of the caller with 400, so names count.
 */
import type { UnavailableWhy } from '#core/plates/second-reader.ts';

const BY_NAME: readonly (readonly [RegExp, UnavailableWhy])[] = [
  [
    /^(Throttling|ThrottlingException|ThrottledException|ProvisionedThroughputExceeded\w*|RequestLimitExceeded)$/,
    'throttled',
  ],
  [/^(TooManyRequestsException|LimitExceededException|SlowDown|RequestThrottled\w*)$/, 'throttled'],
  [/^(TimeoutError|AbortError|RequestTimeout\w*)$/, 'timeout'],
  [/AccessDenied|NotAuthorized|UnrecognizedClient|InvalidClientTokenId|Signature|ExpiredToken|Credentials/, 'denied'],
  [/^(OptInRequired|SubscriptionRequired\w*|MissingAuthenticationToken\w*)$/, 'denied'],
  [/^(UnknownOperationException|UnknownEndpoint|EndpointError)$/, 'unreachable'],
  [/^(ImageTooLarge|InvalidImageFormat|InvalidParameter|InvalidS3Object|Validation)\w*$/, 'picture-refused'],
  [/^(SyntaxError|TypeError|ZodError|SerializationException)$/, 'unreadable-answer'],
];
const NO_WAY = /^(ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|EHOSTUNREACH|ENETUNREACH|EPIPE|ETIMEDOUT)$/;

export function whyOf(error: unknown): UnavailableWhy {
  if (!(error instanceof Error)) return 'service-failed';
  const code = 'code' in error && typeof error.code === 'string' ? error.code : '';
  if (NO_WAY.test(code)) return code === 'ETIMEDOUT' ? 'timeout' : 'unreachable';
  const why = BY_NAME.find(([name]) => name.test(error.name))?.[1] ?? 'service-failed';
  // What stands before a service answers for it in HTML: no JSON, and no fault of the answer.
  return why === 'unreadable-answer' && statusOf(error) >= 500 ? 'service-failed' : why;
}

function statusOf(error: Error): number {
  const metadata = '$metadata' in error ? error.$metadata : undefined;
  const isObject = typeof metadata === 'object' && metadata !== null;
  return isObject && 'httpStatusCode' in metadata ? Number(metadata.httpStatusCode) : 0;
}
