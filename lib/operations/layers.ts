import { posix } from 'node:path';
import type { LayerInput, LayerStack } from '../layers';
import type { ManifestHost } from '../model/manifest';
import { maskedUri } from '../model/manifest';
import { didYouMean } from '../model/names';
import { UserError } from '../model/user-error';
import { readProject, readStacks } from '../tools/cdktf';
import { readHostContents } from '../tools/host-contents';
import { Terraform } from '../tools/terraform';
import { baseRecords } from './base-records';
import type { Context } from './context';
import { readFleetStack } from './fleet';
import { reachOf } from './hosts';
import type { StackContent } from './stacks';
import { readStack } from './stacks';
import { synthesizedManifest } from './synthesized-manifest';

/** Which hosts are looked at, and how much must be known. */
export interface LayerRequest {
  /** A host by its name in the code. @default all of them */
  readonly host?: string;
  /**
   * Whether a stack or a host that cannot be read is an error rather than a notice.
   * @default false
   */
  readonly strict?: boolean;
}

/** A host with its layers, and where `virsh` reaches it. */
export interface HostLayers extends LayerInput {
  readonly reach: string;
}

/**
 * The layers of the project's hosts, each asked once however many stacks are on it: from the states, from what was
 * synthesized last, and from libvirt.
 *
 * @throws UserError when there is no such host, or when something cannot be read that must be
 */
export async function readLayers(request: LayerRequest, context: Context): Promise<HostLayers[]> {
  const stacks = await readAllStacks(request, context);
  const all = stacks.flatMap(hostsOf);
  const names = [...new Set(all.map(({ stack }) => stack.host))];
  const { host } = request;
  if (host !== undefined && !names.includes(host))
    throw new UserError(`there is no host ${JSON.stringify(host)}: ${didYouMean(host, names)}`);
  // Stacks may call one host by several names.
  const byUri = new Map<string, HostOfStack[]>();
  for (const one of all) {
    const reach = reachOf(one.stack.host, one.entry, one.content);
    if ('obstacle' in reach) {
      missed(`host ${one.stack.host} is not asked: ${reach.obstacle}`, request, context);
      continue;
    }
    byUri.set(reach.uri, [...(byUri.get(reach.uri) ?? []), one]);
  }
  const found: HostLayers[] = [];
  for (const [reach, group] of byUri) {
    if (host !== undefined && !group.some(({ stack }) => stack.host === host)) continue;
    const layers = await readHost(reach, group, request, context);
    if (layers) found.push(layers);
  }
  return found;
}

interface ReadStack {
  readonly content: StackContent;
  readonly known: Omit<LayerStack, 'host'>;
}

interface HostOfStack {
  readonly content: StackContent;
  readonly stack: LayerStack;
  readonly entry: ManifestHost;
}

async function readAllStacks(request: LayerRequest, context: Context): Promise<ReadStack[]> {
  const stacks = await readStacks(await readProject(context.folder, context.env));
  const terraform = await Terraform.find(context);
  const found: ReadStack[] = [];
  for (const stack of stacks) {
    try {
      const [fleet, wanted, content] = [
        await readFleetStack(terraform, stack, context),
        await synthesizedManifest(stack),
        await readStack(stack),
      ];
      found.push({
        content,
        known: {
          stack: stack.name,
          ...(fleet ? { manifest: fleet.manifest } : {}),
          ...(wanted ? { wanted } : {}),
          objects: fleet?.state.objects ?? [],
        },
      });
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      missed(`stack ${stack.name} is not known: ${error.message}`, request, context);
    }
  }
  return found;
}

function hostsOf({ content, known }: ReadStack): HostOfStack[] {
  const hosts = { ...known.wanted?.hosts, ...known.manifest?.hosts };
  return Object.entries(hosts).map(([host, entry]) => ({ content, stack: { ...known, host }, entry }));
}

async function readHost(
  reach: string,
  group: readonly HostOfStack[],
  request: LayerRequest,
  context: Context,
): Promise<HostLayers | undefined> {
  const names = [...new Set(group.map(({ stack }) => stack.host))].sort();
  context.progress(`libvirt on ${names.join(', ')}`);
  try {
    return {
      host: names[0]!,
      uri: maskedUri(group[0]!.entry.uri ?? reach),
      reach,
      contents: await readHostContents(reach, context),
      stacks: group.map(({ stack }) => stack),
      recorded: await recordedOn(group, context),
    };
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    missed(`libvirt on host ${names[0]} is not reachable (${error.message})`, request, context);
    return undefined;
  }
}

async function recordedOn(group: readonly HostOfStack[], { folder }: Context): Promise<Map<string, string>> {
  const found = new Map<string, string>();
  for (const { stack, entry } of group) {
    for (const [key, { file, sha256 }] of Object.entries(await baseRecords(folder, stack.stack)))
      if (key.startsWith(`${stack.host}/`)) found.set(posix.join(entry.path, file), sha256);
  }
  return found;
}

function missed(text: string, { strict = false }: LayerRequest, { notice }: Context): void {
  if (strict) throw new UserError(text);
  notice(text);
}
