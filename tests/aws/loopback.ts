/** A server of a test on a free port of this machine. */
import { once } from 'node:events';
import type { Server } from 'node:http';

export interface Loopback {
  readonly port: number;
  readonly url: string;
  /** Whoever is still connected is cut off. */
  close(): Promise<void>;
}

export async function onLoopback(server: Server): Promise<Loopback> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('Expected a port');
  return {
    port: address.port,
    url: `http://127.0.0.1:${address.port}`,
    async close() {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
}
