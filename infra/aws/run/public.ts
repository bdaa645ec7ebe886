import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { serve } from './http.ts';
import { once } from './once.ts';
import { publicApp } from './public-app.ts';
import { openSigner } from './signer.ts';

/** Written beside this code when it is bundled: the contract of all Lambdas, of which this one serves few. */
const Contract = z.looseObject({
  info: z.looseObject({ title: z.string(), version: z.string() }),
  paths: z.record(z.string(), z.unknown()),
});
const contract = once(() =>
  Contract.parse(JSON.parse(readFileSync(new URL('./contract.json', import.meta.url), 'utf8'))),
);

export const handler = serve('public', (home) => publicApp({ signer: openSigner(home), contract }));
