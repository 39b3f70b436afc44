import { posix } from 'node:path';
import { nameProblem } from '../../model/names';
import { parseBaseFileName } from '../../model/file-names';
import { dependentsOn } from '../base/dependents';
import type { Configuration } from '../configuration';
import { errorAt, problemAt } from '../diagnostics';
import { text } from '../known';
import type { DataSourceType } from '../protocol/provider';
import { dependentsSchema } from '../schema/data-sources';

/** `regraft_dependents`: what stands on a base, asked of the whole host. */
export const dependentsSource: DataSourceType<Configuration> = {
  schema: dependentsSchema,
  validate(config) {
    const base = text(config['base']);
    const problem = base === undefined ? undefined : nameProblem('base', base);
    return problem === undefined ? [] : [errorAt(problem, ['base'])];
  },
  async read(config, configuration) {
    const base = text(config['base'])!;
    try {
      const { volumes, machines, unknown } = await dependentsOn(
        await pathsOf(base, configuration),
        configuration,
      );
      return {
        state: { base, volumes, machines },
        diagnostics: unknown.map((summary) => ({ severity: 'warning', summary }) as const),
      };
    } catch (error) {
      return { state: null, diagnostics: [problemAt(error)] };
    }
  },
};

/** The volumes of a base: as its resource knows them, and by their names on the host. */
async function pathsOf(base: string, { bases, listing }: Configuration): Promise<string[]> {
  const known = Object.values(bases.get(base)?.volumes ?? {}).flatMap(({ path }) => path ?? []);
  const { volumes } = await listing.read();
  const named = [...volumes.keys()].filter((path) => parseBaseFileName(posix.basename(path))?.base === base);
  return [...new Set([...known, ...named])];
}
