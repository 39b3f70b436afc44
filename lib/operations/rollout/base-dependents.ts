import { UserError } from '../../model/user-error';
import type { Plan } from '../../review';
import { basesAtStake, leavingPathsOf, usersOf } from '../../review';
import { dependentsOf } from '../dependents';
import type { Rollout } from './rollout';
import { hostOf } from './rollout';

/**
 * Asks libvirt once more what stands on the bases that Terraform is about to delete: it may have come since the review.
 *
 * @throws UserError when something does, or when that cannot be told
 */
export async function refuseDependents(rollout: Rollout, plan: Plan): Promise<void> {
  const bases = basesAtStake(plan).filter(({ step }) => step === 'delete');
  for (const host of new Set(bases.map((one) => one.host))) {
    const { uri } = hostOf(rollout, { host });
    const { manifest, before } = rollout.approved;
    const { storage, path } = (manifest.hosts[host] ?? before?.hosts[host])!;
    const own = bases.filter((one) => one.host === host);
    const found = await dependentsOf(own, uri, storage, rollout.context);
    const leaving = leavingPathsOf(plan, (name) => `${path}/${name}`);
    const problems = [
      ...own.flatMap(({ file, base }) =>
        usersOf({ file }, found.dependents, `${path}/${file}`, leaving).map(
          (user) => `${user} stands on base ${base}`,
        ),
      ),
      ...found.unknown,
    ];
    if (problems.length === 0) continue;
    throw new UserError(
      `nothing of this wave is applied, since a base would be deleted that is still in use on host ${host}: ${problems.join('; ')}; remove it, then go on with regraft apply`,
    );
  }
}
