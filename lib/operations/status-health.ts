import { DEFAULT_HEALTH } from '../model/health';
import type { Health, HostInput } from '../status';
import { Machines } from '../tools/machines';
import type { Context } from './context';
import type { FleetClone } from './fleet';
import { checkHealth } from './health';
import { sideBySide } from '../model/side-by-side';

/** Checks that go on at the same time. */
const AT_ONCE = 8;

/**
 * One quick try of the health checks of each clone that runs; the others have none.
 *
 * What a machine had to say on its console belongs to its start, of which a status knows nothing: those are left out.
 */
export async function healthOf(
  clones: readonly FleetClone[],
  hosts: ReadonlyMap<string, HostInput>,
  context: Context,
): Promise<[FleetClone, Health][]> {
  const running = clones.filter(({ host, clone }) => hosts.get(host)?.power.get(clone) === 'running');
  return sideBySide(AT_ONCE, running, async (one): Promise<[FleetClone, Health]> => {
    const { stack, pool, clone, uri } = one;
    const checks = stack.manifest.pools[pool]?.health ?? DEFAULT_HEALTH;
    const result = await checkHealth(
      {
        pool,
        clone,
        uri,
        machines: new Machines(uri, context),
        console: undefined,
        env: context.env,
        folder: context.folder,
      },
      checks.filter(({ kind }) => kind !== 'console'),
      { signal: context.signal, once: true },
    );
    return [one, result.healthy ? { healthy: true } : { healthy: false, reason: result.what }];
  });
}
