/** The pages where no CloudFront serves them: files of the bundle, with the headers that they have at home. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2 } from 'aws-lambda';
import { z } from 'zod';
import { pagePolicy } from '../../console/page-policy.ts';
import { ENVIRONMENT } from '../lambdas.ts';

const Files = z.array(z.object({ path: z.string(), base64: z.string(), headers: z.record(z.string(), z.string()) }));
const files = new Map(
  Files.parse(JSON.parse(readFileSync(join(import.meta.dirname, 'site.json'), 'utf8'))).map((file) => [
    file.path,
    file,
  ]),
);
const storage = (process.env[ENVIRONMENT.storageOrigins] ?? '').split(' ').filter((origin) => origin !== '');

/** What every answer of the house carries: functions/platform/http/edge.ts. */
const SAFE_HEADERS = {
  'Strict-Transport-Security': 'max-age=63072000; includeSubDomains',
  'X-Content-Type-Options': 'nosniff',
  'X-Frame-Options': 'DENY',
  'Referrer-Policy': 'no-referrer',
};

export async function handler({
  rawPath,
}: Pick<APIGatewayProxyEventV2, 'rawPath'>): Promise<APIGatewayProxyStructuredResultV2> {
  const file = files.get(rawPath);
  if (file === undefined) return { statusCode: 404, headers: SAFE_HEADERS, body: '' };
  // Only here is it known where signed links lead.
  const isPage = file.headers['Content-Security-Policy'] === pagePolicy();
  return {
    statusCode: 200,
    headers: {
      ...SAFE_HEADERS,
      ...file.headers,
      ...(isPage ? { 'Content-Security-Policy': pagePolicy(storage) } : {}),
    },
    body: file.base64,
    isBase64Encoded: true,
  };
}
