import { compareNames } from '../../model/outline';
import { RepairCase } from './case';
import type { RepairGiven } from './given';
import { planMachines } from './machines';
import { planOverlays } from './overlays';
import type { RepairKind, RepairPlan, RepairStep } from './step';
import { planStorage } from './storage';
import { planBases, planDataVolumes } from './volumes';

/** The order of the steps: what goes, then what is taken in, each after what it stands on. */
const ORDER: readonly RepairKind[] = [
  'delete-overlay',
  'delete-cloud-init',
  'delete-partial-base',
  'remake-empty-data',
  'import-storage-pool',
  'edit-state-storage-pool',
  'edit-state-volume',
  'import-volume',
  'import-domain',
  'leave',
];

/**
 * Plans what mends what a killed run has left: files that nobody has go, what the code wants and the state lacks is
 * taken in, and whatever looks odd is left, with the reason.
 *
 * Nothing goes that the state names, or that a machine or a backing chain has, and no data volume that was written to.
 */
export function planRepair(given: RepairGiven): RepairPlan {
  const about = new RepairCase(given);
  for (const host of given.hosts) {
    if (planStorage(about, host)) {
      planOverlays(about, host);
      planDataVolumes(about, host);
      planBases(about, host);
    }
    planMachines(about, host);
  }
  const rank = ({ kind }: RepairStep): number => ORDER.indexOf(kind);
  const steps = [...about.steps].sort(
    (a, b) => rank(a) - rank(b) || compareNames(a.host, b.host) || compareNames(a.what, b.what),
  );
  return { steps, questions: about.questions };
}
