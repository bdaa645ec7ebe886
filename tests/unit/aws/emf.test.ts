import { describe, expect, it } from 'vitest';
import { emfMetrics, METRICS, NAMESPACE } from '#platform/aws/emf.ts';

const written = (give: (metrics: ReturnType<typeof emfMetrics>) => void): unknown[] => {
  const lines: string[] = [];
  give(emfMetrics({ stage: 'prod', write: (line) => lines.push(line), now: () => 1_700_000_000_000 }));
  return lines.map((line) => JSON.parse(line));
};

describe('figures in the log', () => {
  it('are one line that CloudWatch reads as metrics of a stage', () => {
    expect(written((metrics) => metrics({ camerasSilent: 3 }))).toEqual([
      {
        _aws: {
          Timestamp: 1_700_000_000_000,
          CloudWatchMetrics: [
            {
              Namespace: NAMESPACE,
              Dimensions: [['Stage']],
              Metrics: [{ Name: METRICS.camerasSilent.name, Unit: 'Count' }],
            },
          ],
        },
        Stage: 'prod',
        CamerasSilent: 3,
      },
    ]);
  });

  it('carry the queue where the metric is by queue', () => {
    expect(written((metrics) => metrics({ messagesFailed: 2 }, 'inspect'))).toMatchObject([
      {
        _aws: { CloudWatchMetrics: [{ Dimensions: [['Stage'], ['Stage', 'Queue']] }] },
        Queue: 'inspect',
        MessagesFailed: 2,
      },
    ]);
  });

  it('are no line when there is none', () => {
    expect(written((metrics) => metrics({}))).toEqual([]);
  });

  it('have names of their own', () => {
    const names = Object.values(METRICS).map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
  });
});
