/** What the outside sees first: the address of the API and, where CloudFront is, of the console before it. */
import { Stack } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import type { Settings } from '../settings.ts';
import { consoleOf } from './console.ts';
import { type HttpApi, httpApiOf } from './http-api.ts';
import { stackProps } from './stack.ts';
import type { Storage } from './storage.ts';

export interface Front {
  readonly stack: Stack;
  readonly api: HttpApi;
  /** Where browsers find the console. */
  readonly origin: string;
}

export function frontStack(
  scope: Construct,
  { settings, storage, site }: { settings: Settings; storage: Storage; site: string },
): Front {
  const stack = new Stack(scope, 'Front', stackProps(settings, 'front', 'addresses, and the pages'));
  const api = httpApiOf(stack, settings, storage);
  const origin =
    settings.console === 'cloudfront'
      ? consoleOf(stack, { settings, storage, api, site })
      : (settings.origin ?? api.endpoint);
  return { stack, api, origin };
}
