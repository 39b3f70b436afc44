import type { Manifest, ManifestPool } from '../model/manifest';
import { compareNames } from '../model/outline';
import type { JudgeOptions } from './case';
import { Case } from './case';
import type { Finding } from './findings';
import { SEVERITIES } from './findings';
import type { Plan } from './plan-json';
import type { CloneReview, PoolReview, Review, Verdict, VolumeReview } from './review';
import { judgeBacking } from './rules/backing';
import { judgeBases } from './rules/bases';
import type { DataVolumeReview } from './rules/data-volumes';
import { judgeDataVolumes } from './rules/data-volumes';
import { judgeBoots } from './rules/boots';
import { judgeDomain, judgeSharedVolumes } from './rules/domains';
import { judgeFormats } from './rules/formats';
import { judgeFacts } from './rules/host-facts';
import { judgeImages } from './rules/images';
import { judgeManifests } from './rules/manifest';
import { judgeOthers } from './rules/others';
import type { CloneSubject } from './rules/overlays';
import { judgeOverlays, judgeStrayOverlays } from './rules/overlays';
import { judgeHosts, judgePlan, unknownFormat } from './rules/plan';
import { baseChangeOf, judgeRebase, stageOf } from './rules/rebases';
import { judgeSizes } from './rules/sizes';
import { judgeVerified } from './rules/verified';
import { totalsOf } from './totals';
import { VolumeIndex } from './volumes';

/**
 * Judges a plan: what becomes of every clone and volume, and whether that is what the code asks for.
 *
 * It decides by the plan's actions, never by Terraform's reasons for them.
 *
 * @throws ReviewError when the plan is of a stack without regraft
 */
export function judge(plan: Plan, options: JudgeOptions = {}): Review {
  if (!plan.understood)
    return review(plan, [], [unknownFormat(plan)], { pools: [], bases: [], others: [] }, 'refused');
  const given = new Case(plan, options);
  const index = new VolumeIndex(given);
  judgePlan(given);
  judgeHosts(given);
  judgeManifests(given);
  const data = judgeDataVolumes(given);
  const bases = judgeBases(given);
  const pools = (given.judgeable ? poolNames(given) : []).map((pool) =>
    judgePool(
      given,
      pool,
      data.filter((volume) => volume.pool === pool),
      index,
    ),
  );
  if (given.judgeable) judgeBacking(given, index);
  if (given.judgeable) judgeStrayOverlays(given);
  judgeSharedVolumes(given, index);
  const others = judgeOthers(given);
  judgeFacts(given, index, pools);
  judgeImages(given);
  judgeVerified(given);
  if (given.judgeable) {
    judgeFormats(given);
    judgeSizes(given);
    judgeBoots(given, index);
  }
  const findings = ordered(given.findings);
  return review(
    plan,
    given.facts.map(({ host }) => host),
    findings,
    { pools, bases, others },
    verdictOf(given, findings, pools),
  );
}

function review(
  plan: Plan,
  factsFrom: readonly string[],
  findings: readonly Finding[],
  parts: Pick<Review, 'pools' | 'bases' | 'others'>,
  verdict: Verdict,
): Review {
  return {
    version: 1,
    verdict,
    ...(plan.terraformVersion === undefined ? {} : { terraformVersion: plan.terraformVersion }),
    ...(plan.timestamp === undefined ? {} : { plannedAt: plan.timestamp }),
    factsFrom,
    totals: totalsOf(parts.pools, findings),
    findings,
    ...parts,
  };
}

function judgePool(
  given: Case,
  pool: string,
  data: readonly DataVolumeReview[],
  index: VolumeIndex,
): PoolReview {
  const [before, after] = [given.before?.pools[pool], given.after.pools[pool]];
  const names = [before, after].flatMap((one) => (one ? [...Object.keys(one.clones), ...one.retired] : []));
  const clones = [...new Set([...names, ...data.map(({ clone }) => clone)])]
    .sort(compareNames)
    .map((clone) =>
      judgeClone(
        given,
        subjectOf(pool, clone, before, after),
        data.filter((volume) => volume.clone === clone),
        index,
      ),
    )
    // A retired clone of a base without data volumes has nothing left that anything could become of.
    .filter(({ status, volumes }) => status !== 'retired' || volumes.length > 0);
  return {
    pool,
    host: (after ?? before)?.host ?? '',
    stage: stageOf(given, pool, clones),
    ...baseChangeOf(given, pool),
    clones,
  };
}

function subjectOf(
  pool: string,
  clone: string,
  before: ManifestPool | undefined,
  after: ManifestPool | undefined,
): CloneSubject {
  const [was, is] = [before?.clones[clone], after?.clones[clone]];
  return { pool, clone, ...(was ? { before: was } : {}), ...(is ? { after: is } : {}) };
}

function judgeClone(
  given: Case,
  subject: CloneSubject,
  data: readonly DataVolumeReview[],
  index: VolumeIndex,
): CloneReview {
  const { before, after } = subject;
  const own = data.map(({ review }) => review);
  const volumes = [...judgeOverlays(given, subject), ...own.sort((a, b) => compareNames(a.volume, b.volume))];
  judgeRebase(given, subject, volumes);
  const machine = judgeDomain(given, subject, index);
  return {
    clone: subject.clone,
    status: statusOf(given, subject, machine, volumes),
    base: { ...(before ? { before: before.base } : {}), ...(after ? { after: after.base } : {}) },
    ...(after?.retainedBase === undefined ? {} : { wayBack: after.retainedBase }),
    machine,
    volumes,
  };
}

function statusOf(
  given: Case,
  { pool, clone, before, after }: CloneSubject,
  { fate }: CloneReview['machine'],
  volumes: readonly VolumeReview[],
): CloneReview['status'] {
  const wasRetired = given.before?.pools[pool]?.retired.includes(clone) ?? false;
  if (!after) {
    if (given.after.pools[pool]?.retired.includes(clone)) return before ? 'removed' : 'retired';
    return wasRetired || volumes.some((volume) => volume.fate === 'purged') ? 'purged' : 'removed';
  }
  if (!before) return wasRetired ? 'brought-back' : 'new';
  const quiet =
    fate === 'unchanged' &&
    volumes.every((volume) => volume.fate === 'kept' && volume.retained?.fate !== 'discarded');
  return quiet && before.retainedBase === after.retainedBase ? 'unchanged' : 'changed';
}

function poolNames({ before, after }: Case): string[] {
  const names = (manifest: Manifest | undefined): string[] => Object.keys(manifest?.pools ?? {});
  return [...new Set([...names(before), ...names(after)])].sort(compareNames);
}

/** The gravest first, then by code and place, whatever the order in which the rules ran. */
function ordered(findings: readonly Finding[]): Finding[] {
  const seen = new Map(findings.map((one) => [JSON.stringify(one), one]));
  const rank = ({ severity }: Finding): number => -SEVERITIES.indexOf(severity);
  return [...seen.values()].sort(
    (a, b) =>
      rank(a) - rank(b) ||
      compareNames(a.code, b.code) ||
      compareNames(a.address ?? '', b.address ?? '') ||
      compareNames(a.clone ?? '', b.clone ?? ''),
  );
}

function verdictOf(given: Case, findings: readonly Finding[], pools: readonly PoolReview[]): Verdict {
  if (findings.some(({ severity }) => severity === 'refuse')) return 'refused';
  const { changes, outputs, inStateOnly } = given.plan;
  const quiet = [...changes, ...Object.values(outputs)].every(({ actions }) =>
    actions.every((action) => action === 'no-op' || action === 'read'),
  );
  const moved = changes.some(
    ({ previousAddress, deposed, importing }) =>
      previousAddress !== undefined || deposed !== undefined || importing,
  );
  // Terraform knows nothing of these: to grow a data volume is regraft's own step.
  const grows = pools.some(({ clones }) =>
    clones.some(({ volumes }) => volumes.some(({ size }) => size !== undefined)),
  );
  return quiet && !moved && !grows && inStateOnly.length === 0 ? 'nothing-to-do' : 'safe';
}
