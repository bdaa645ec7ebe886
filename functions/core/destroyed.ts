/**
 * What is left of a case when its time is over (PIPL art. 47: delete when the purpose is achieved): that there was one, where,
 * when, how it was decided and by whom. Nothing that tells whose it was, and nothing anybody said of it.
 */
import type { Decision, Incident, StaySighting } from './incident.ts';
import { nextVersion } from './incident-machine.ts';
import type { KeptReport } from './sufficiency/requirement.ts';
import type { Instant } from './time.ts';

export function destroyed(incident: Incident, kind: 'clue' | 'evidence', now: Instant): Incident {
  const { stay, decisions, notice, withdrawal, statements, sufficiency } = incident;
  const pseudonym = pseudonyms(decisions);
  return nextVersion(
    incident,
    {
      stay: { ...stay, plate: null, sightings: stay.sightings.map(withoutPlate) },
      decisions: decisions.map((decision) => ({ ...decision, plate: pseudonym(decision.plate), note: '' })),
      ...(notice == null ? {} : { notice: withoutProof(notice) }),
      ...(withdrawal == null ? {} : { withdrawal: { ...withdrawal, note: '' } }),
      ...(statements === undefined ? {} : { statements: statements.map((statement) => ({ ...statement, text: '' })) }),
      ...(sufficiency == null ? {} : { sufficiency: withoutFacts(sufficiency) }),
      lease: null,
      destroyed: { at: now, class: kind },
    },
    now,
  );
}

/** Whether the officers meant the same vehicle still shows, which one does not. */
function pseudonyms(decisions: readonly Decision[]): (plate: string | null) => string | null {
  const plates = [...new Set(decisions.flatMap(({ plate }) => (plate === null ? [] : [plate])))];
  return (plate) => (plate === null ? null : `已销毁${plates.indexOf(plate) + 1}`);
}

const withoutPlate = (sighting: StaySighting): StaySighting => ({ ...sighting, plate: null });

function withoutProof({ proof: _, ...notice }: NonNullable<Incident['notice']>): NonNullable<Incident['notice']> {
  return notice;
}

/** What held stays; by which plate, permit or picture does not. */
const withoutFacts = (report: KeptReport): KeptReport => ({
  ...report,
  findings: report.findings.map((finding) => ({ ...finding, facts: { zh: '已销毁', en: 'destroyed' } })),
});
