// Node 20 cannot load TypeScript in a worker thread by itself: register the loader, then run the real entry.
import { workerData } from 'node:worker_threads';
import { register } from 'tsx/esm/api';

register();
await import(workerData.entry);
