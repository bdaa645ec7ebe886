import { describe, expect, it } from 'vitest';
import type { Rule } from '#core/camera.ts';
import { cameraId, ruleId } from '#core/ids.ts';
import { DEFAULT_POLICY } from '#core/policy.ts';
import { circumstancesOf } from '../../functions/correlate/circumstances.ts';
import { CAMERA } from '../e2e/front-office.ts';
import { incident } from './review-incident.ts';

const RULE: Rule = {
  id: ruleId('R1'),
  version: 1,
  violation: 'sidewalk-parking',
  permittedStaySeconds: 60,
  hours: [],
  phase: 'enforcing',
  notice: { required: false },
  dayStartsAt: '00:00',
  departureFrames: 1,
  twoWheelers: false,
  secondReview: false,
  effectiveFrom: 0,
  effectiveTo: null,
};

describe('the stages of an incident', () => {
  const { stay } = incident();
  const stages = (rule: Partial<Rule>, policy: Partial<typeof DEFAULT_POLICY.stages>) => {
    const of = circumstancesOf({
      models: new Map(),
      ...{ placeName: '', repeats: new Set(), reviewWithinMs: 0, patienceMs: 0, rules: [{ ...RULE, ...rule }] },
      impairments: new Map(),
      cameras: new Map([[cameraId('CAM-1'), { ...CAMERA, id: cameraId('CAM-1'), jurisdiction: '五常中队' }]]),
      policies: new Map([['五常中队', { ...DEFAULT_POLICY, stages: { ...DEFAULT_POLICY.stages, ...policy } }]]),
    });
    return [of.secondReview(stay), of.legalReview(stay)];
  };

  it.each<[string, Partial<Rule>, Partial<typeof DEFAULT_POLICY.stages>, boolean[]]>([
    ['none where nobody asks', {}, {}, [false, false]],
    ['what the rule asks', { secondReview: true, legalReview: true }, {}, [true, true]],
    ['what the bureau asks of every case', {}, { secondReview: true, legalReview: true }, [true, true]],
    ['what either asks', { secondReview: true }, { legalReview: true }, [true, true]],
  ])('are %s', (_name, rule, policy, expected) => {
    expect(stages(rule, policy)).toEqual(expected);
  });

  it('are not another rule’s', () => {
    expect(stages({ version: 2, legalReview: true }, {})).toEqual([false, false]);
  });
});
