/** The report on personal information of a case, for programs and for print; asking for it is itself a look. */
import { createRoute, z } from '@hono/zod-openapi';
import { auditStream } from '#core/audit.ts';
import type { Incident } from '#core/incident.ts';
import { STATE_WORDS } from '#core/incident-machine.ts';
import { CLASS_WORDS, type Keeping } from '#core/retention.ts';
import { trailSeenBy } from '#core/review-blind.ts';
import { formatInstant } from '#core/time.ts';
import { type Access, officerOf } from '#platform/http/auth.ts';
import { type EdgeApp, edgeApp } from '#platform/http/edge.ts';
import { GUARDED, InstantText, refusals } from '#platform/http/openapi.ts';
import { streamEntries } from '#platform/records/audit.ts';
import { seen } from './look.ts';
import { LEGAL_BASIS, type Look, type PrivacyReport, privacyReport } from './privacy.ts';
import { privacyPage } from './privacy-page.ts';
import { RuleView } from './retention-app.ts';
import { IncidentParam, REVIEW } from './schemas.ts';
import { idOf, type Workplace } from './work.ts';

const Words = z.object({ zh: z.string(), en: z.string() });
const KeepingView = z.object({
  rule: RuleView,
  until: InstantText.nullable().openapi({ description: 'null：案件未结或已保全 the case is open, or held' }),
});
const LookView = z.object({
  at: InstantText,
  who: z.object({ kind: z.string(), id: z.string(), name: z.string(), unit: z.string().nullable() }),
  act: z.string(),
  words: Words,
  reason: z.string().nullable(),
});
export const PrivacyView = z
  .object({
    incidentId: z.string(),
    state: z.object({ code: z.string(), words: Words }),
    madeAt: InstantText,
    legalBasis: z.array(Words),
    keeping: KeepingView,
    holds: z.array(z.object({ what: Words, count: z.number().int(), why: Words })),
    files: z.array(
      z.object({
        what: z.enum(['frame', 'package', 'notice-proof', 'party-copy']),
        name: z.string(),
        sha256: z.string(),
        bytes: z.number().int(),
        keeping: KeepingView.nullable().openapi({ description: 'null：已销毁 destroyed' }),
      }),
    ),
    looks: z.array(LookView),
    given: z.array(LookView),
  })
  .openapi('PrivacyReport');

export function privacyRoutes(place: Workplace, access: Access): EdgeApp {
  const app = edgeApp();
  app.openapi(
    createRoute({
      ...REVIEW,
      method: 'get',
      path: '/v1/review/{id}/privacy-report',
      summary:
        '个人信息处理报告：存了什么、为何、到何时、谁看过、给过谁 What is kept of a person, why, until when, who looked, who was given it',
      description: '`format=html` 为可打印页面。Asking for it is itself on record.',
      middleware: [access.role('supervisor', 'legal-reviewer')],
      request: { params: IncidentParam, query: z.object({ format: z.enum(['json', 'html']).default('json') }) },
      responses: {
        ...GUARDED,
        200: {
          description: 'The report',
          content: { 'application/json': { schema: PrivacyView }, 'text/html': { schema: z.string() } },
        },
        404: refusals('incident-unknown'),
      },
    }),
    async (c) => {
      const officer = officerOf(c.get('principal'));
      const id = idOf(c.req.valid('param').id);
      const incident = await seen(place, officer, id, 'privacy-report');
      const entries = await streamEntries(place.table, auditStream.incident(id));
      const report = await privacyReport(place, incident, trailSeenBy(incident, officer.id, entries));
      const view = viewOf(incident, report, place.clock.now());
      if (c.req.valid('query').format === 'html') return c.html(privacyPage(view), 200);
      return c.json(view, 200);
    },
  );
  return app;
}

function viewOf({ id, state }: Incident, report: PrivacyReport, now: number): z.infer<typeof PrivacyView> {
  return {
    incidentId: id,
    state: { code: state, words: STATE_WORDS[state] },
    madeAt: formatInstant(now),
    legalBasis: LEGAL_BASIS.map((one) => ({ ...one })),
    keeping: keepingView(report.keeping),
    holds: report.holds.map((one) => ({ ...one })),
    files: report.files.map(({ keeping, ...file }) => ({
      ...file,
      keeping: keeping === null ? null : keepingView(keeping),
    })),
    looks: report.looks.map(lookView),
    given: report.given.map(lookView),
  };
}

const keepingView = ({ rule, until }: Keeping): z.infer<typeof KeepingView> => ({
  rule: { ...rule, words: CLASS_WORDS[rule.class] },
  until: until === null ? null : formatInstant(until),
});

const lookView = (look: Look): z.infer<typeof LookView> => ({ ...look, at: formatInstant(look.at) });
