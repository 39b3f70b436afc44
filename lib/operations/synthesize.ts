import type { CdktfProject } from '../tools/cdktf';
import { readProject, synthesize } from '../tools/cdktf';
import type { Context } from './context';

/**
 * Reads the project and synthesizes its stacks, unless they are to be taken as they were synthesized last.
 *
 * @throws UserError when there is no project, or when its app command fails
 */
export async function synthesizeProject(context: Context, synthesized: boolean): Promise<CdktfProject> {
  const project = await readProject(context.folder, context.env);
  if (synthesized) return project;
  context.progress('synthesize');
  await synthesize(project, context);
  return project;
}
