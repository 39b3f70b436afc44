import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { AdoptGiven, Proposal } from '../../adopt/proposal';
import { propose } from '../../adopt/propose';
import { typescriptOf } from '../../adopt/typescript';
import type { ProviderGeneration } from '../../model/host';
import { chosenProvider } from '../../model/provider-version';
import type { HostContents } from '../../model/host-contents';
import { didYouMean, nameProblem } from '../../model/names';
import { maskedUri } from '../../model/manifest';
import { UserError } from '../../model/user-error';
import { readHostContents } from '../../tools/host-contents';
import { readQcow2Headers } from '../../tools/qcow2-headers';
import { Machines } from '../../tools/machines';
import { parseMachine } from '../../tools/machine-xml';
import type { Context } from '../context';

/** What a user asks `regraft adopt` for. */
export interface AdoptRequest extends Pick<AdoptGiven, 'domains' | 'base' | 'pool' | 'without'> {
  readonly uri: string;
  /** @default - that of the project in the folder, else 0.9 */
  readonly provider?: ProviderGeneration;
  /** The name of the stack in the code. */
  readonly stack: string;
}

/** A proposal and the code that declares it. */
export interface Adoption {
  readonly proposal: Proposal;
  /** TypeScript; empty when nothing can be adopted. */
  readonly code: string;
}

/**
 * Reads the machines and backing chains of a host and proposes bases and clone pools for them; nothing is changed.
 *
 * @throws UserError when libvirt is not reachable, or when a machine that is asked for is not there
 */
export async function proposeAdoption(request: AdoptRequest, context: Context): Promise<Adoption> {
  const { uri, provider, stack, pool } = request;
  if (maskedUri(uri) !== uri)
    throw new UserError(
      `${maskedUri(uri)} holds a password, which would stand in the code: use a transport that asks for none, such as qemu+ssh`,
    );
  for (const [what, name] of [['pool', pool] as const, ['stack', stack] as const]) {
    const problem = name === undefined ? undefined : nameProblem(what, name);
    if (problem !== undefined) throw new UserError(problem);
  }
  context.progress('look at the host');
  const contents = await readHostContents(uri, context);
  const known = contents.domains.map(({ name }) => name);
  for (const name of request.domains)
    if (!known.includes(name))
      throw new UserError(`there is no machine ${JSON.stringify(name)}: ${didYouMean(name, known)}`);
  const proposal = propose({
    ...request,
    contents,
    machines: new Map(contents.domains.map(({ uuid, xml }) => [uuid, parseMachine(xml)])),
    headers: await readQcow2Headers(uri, qcow2Disks(contents, request.domains), context),
    autostart: await new Machines(uri, context).autostarted(),
    generation: provider ?? (await generationOf(context.folder)),
  });
  const said = { uri, stack, ...(provider === undefined ? {} : { provider }) };
  return { proposal, code: proposal.pools.length === 0 ? '' : typescriptOf(proposal, said) };
}

/** The volumes that machines have as qcow2. */
function qcow2Disks({ domains }: HostContents, wanted: readonly string[]): string[] {
  const paths = domains
    .filter(({ name }) => wanted.length === 0 || wanted.includes(name))
    .flatMap(({ disks }) => disks.flatMap(({ path, format }) => (format === 'qcow2' && path ? [path] : [])));
  return [...new Set(paths)].sort();
}

/** The provider that the project in a folder is synthesized for. */
async function generationOf(folder: string): Promise<ProviderGeneration> {
  const text = await readFile(join(folder, 'cdktf.json'), 'utf8').catch(() => '{}');
  const said = /"regraft:provider"\s*:\s*"([^"]*)"/.exec(text)?.[1] ?? '0.9';
  return chosenProvider(said)?.generation ?? '0.9';
}
