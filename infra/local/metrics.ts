/** `GET /metrics` in the Prometheus text format: what an operator of one machine watches. */
import type { Store } from './store.ts';

export interface Counters {
  framesInspected: number;
  inspectionMsTotal: number;
}

export async function metricsText({ queues }: Store, counters: Counters): Promise<string> {
  const lines: string[] = [];
  const metric = (name: string, kind: 'gauge' | 'counter', help: string, samples: readonly [string, number][]) => {
    lines.push(
      `# HELP ${name} ${help}`,
      `# TYPE ${name} ${kind}`,
      ...samples.map(([labels, value]) => `${name}${labels} ${value}`),
    );
  };
  const depths = await Promise.all(
    Object.entries(queues).map(async ([name, queue]) => ({ name, ...(await queue.depth()) })),
  );
  metric(
    'kerbwatch_queue_messages',
    'gauge',
    'Messages by queue and state.',
    depths.flatMap(({ name, waiting, working, dead }): [string, number][] => [
      [`{queue="${name}",state="waiting"}`, waiting],
      [`{queue="${name}",state="working"}`, working],
      [`{queue="${name}",state="dead"}`, dead],
    ]),
  );
  metric('kerbwatch_frames_inspected_total', 'counter', 'Frames inspected since start.', [
    ['', counters.framesInspected],
  ]);
  metric('kerbwatch_inspection_seconds_total', 'counter', 'Time spent inspecting since start.', [
    ['', counters.inspectionMsTotal / 1000],
  ]);
  const { rss, heapUsed } = process.memoryUsage();
  metric('process_resident_memory_bytes', 'gauge', 'Resident memory.', [['', rss]]);
  metric('nodejs_heap_size_used_bytes', 'gauge', 'Heap in use.', [['', heapUsed]]);
  return `${lines.join('\n')}\n`;
}
