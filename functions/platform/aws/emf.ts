/**
 * Figures for CloudWatch as lines of the log, which it reads without a call (embedded metric format):
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
 * The names here are what alarms are built on.
 */
export const NAMESPACE = 'Kerbwatch';

/** Each is given by stage, and once more by stage and another dimension where `by` names one. */
export const METRICS = {
  /** inspect: one for each place that a frame shows. */
  framesInspected: { name: 'FramesInspected', unit: 'Count' },
  inspectionMs: { name: 'InspectionMs', unit: 'Milliseconds' },
  /** inspect, copy: questions to the second reader that it answered (each is charged), and those it did not. */
  secondReaderAnswered: { name: 'SecondReaderAnswered', unit: 'Count' },
  secondReaderSilent: { name: 'SecondReaderSilent', unit: 'Count' },
  /** tend: items in the queue past their deadline, now. */
  reviewsOverdue: { name: 'ReviewsOverdue', unit: 'Count' },
  /** tend: deadlines that came near, or passed, in this round. */
  deadlineWarnings: { name: 'DeadlineWarnings', unit: 'Count' },
  deadlinesPassed: { name: 'DeadlinesPassed', unit: 'Count' },
  /** tend: enabled cameras that say nothing, and those that are not fit. */
  camerasSilent: { name: 'CamerasSilent', unit: 'Count' },
  camerasImpaired: { name: 'CamerasImpaired', unit: 'Count' },
  /** tend: due and not sent, and how long the oldest waits. */
  noticesUnsent: { name: 'NoticesUnsent', unit: 'Count' },
  noticesUnsentSeconds: { name: 'NoticesUnsentSeconds', unit: 'Seconds' },
  withdrawalNoticesUnsent: { name: 'WithdrawalNoticesUnsent', unit: 'Count' },
  /** tend: 1 while nothing is destroyed because the clock leapt. */
  clockLeapt: { name: 'ClockLeapt', unit: 'Count' },
  /** tend: 1 for a round that ended; no data means that the clock stands still. */
  tended: { name: 'Tended', unit: 'Count' },
  /** Writes that lost a race and were made anew; a storm of them is a fault. */
  conflicts: { name: 'Conflicts', unit: 'Count', by: 'Function' },
  /** Deliveries that failed, by queue. */
  messagesFailed: { name: 'MessagesFailed', unit: 'Count', by: 'Queue' },
  messagesHandled: { name: 'MessagesHandled', unit: 'Count', by: 'Queue' },
} as const satisfies Readonly<Record<string, Metric>>;
export type MetricKey = keyof typeof METRICS;

export interface Metric {
  readonly name: string;
  readonly unit: 'Count' | 'Milliseconds' | 'Seconds';
  /** The dimension beside {@link STAGE_DIMENSION}. */
  readonly by?: 'Queue' | 'Function';
}

export const STAGE_DIMENSION = 'Stage';

/** Figures of one moment; `by` is the value of the dimension where the metric has one. */
export type Metrics = (values: Partial<Record<MetricKey, number>>, by?: string) => void;

/**
 * @example
 * const metrics = emfMetrics({ stage: 'prod', write: (line) => process.stdout.write(line) });
 * metrics({ messagesFailed: 2 }, 'inspect');
 */
export function emfMetrics({
  stage,
  write,
  now = Date.now,
}: {
  stage: string;
  write: (line: string) => void;
  now?: () => number;
}): Metrics {
  return (values, by) => {
    const given = keysOf(values).flatMap((key) => {
      const value = values[key];
      const metric: Metric = METRICS[key];
      return value === undefined ? [] : [{ metric, value }];
    });
    if (given.length === 0) return;
    const line = {
      _aws: {
        Timestamp: now(),
        CloudWatchMetrics: given.map(({ metric: { name, unit, by: dimension } }) => ({
          Namespace: NAMESPACE,
          // The sum over all as well, since CloudWatch does not add up dimensions by itself.
          Dimensions: [[STAGE_DIMENSION], ...(dimension === undefined ? [] : [[STAGE_DIMENSION, dimension]])],
          Metrics: [{ Name: name, Unit: unit }],
        })),
      },
      [STAGE_DIMENSION]: stage,
      ...Object.fromEntries(
        given.flatMap(({ metric }) => (metric.by === undefined ? [] : [[metric.by, by ?? 'none']])),
      ),
      ...Object.fromEntries(given.map(({ metric, value }) => [metric.name, value])),
    };
    write(`${JSON.stringify(line)}\n`);
  };
}

const isKey = (key: string): key is MetricKey => key in METRICS;
const keysOf = (values: Partial<Record<MetricKey, number>>): MetricKey[] => Object.keys(values).filter(isKey);
