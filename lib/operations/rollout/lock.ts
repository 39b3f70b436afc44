import { join } from 'node:path';
import lockfile from 'proper-lockfile';
import { UserError } from '../../model/user-error';
import { ownFolder } from './run';

/** Milliseconds after which a lock counts as left behind by a process that was killed; a living one touches it all the time. */
const STALE = 10_000;

/** That nobody else changes machines from this project meanwhile. */
export interface Lock {
  /** @throws UserError when somebody else has taken the lock over, as after this process was suspended for long */
  check(): void;
  release(): Promise<void>;
}

/**
 * Takes the lock of a project; one that a killed process has left is taken over after some seconds.
 *
 * Terraform's own lock protects the state, and only while Terraform runs; this one protects the machines between its runs.
 *
 * @throws UserError when another regraft is at work
 */
export async function lockProject(project: string, waits: () => void): Promise<Lock> {
  const folder = await ownFolder(project);
  let lost = false;
  const options = {
    lockfilePath: join(folder, 'lock'),
    stale: STALE,
    update: 2000,
    onCompromised: () => (lost = true),
  };
  const take = (tries: number): Promise<() => Promise<void>> =>
    lockfile.lock(folder, { ...options, retries: { retries: tries, factor: 1, minTimeout: 1000 } });
  const release = await take(0)
    .catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'ELOCKED') throw error;
      waits();
      return take(STALE / 1000 + 2);
    })
    .catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'ELOCKED') throw error;
      throw new UserError(`another regraft is at work in ${project}: wait until it has ended`);
    });
  return {
    check: () => {
      if (lost)
        throw new UserError(`another regraft has taken over the lock of ${project}: see regraft runs`);
    },
    release: () => release().catch(() => undefined),
  };
}
