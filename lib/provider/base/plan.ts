import { posix } from 'node:path';
import type { Configuration } from '../configuration';
import { errorAt, isErroneous, warningAt } from '../diagnostics';
import { hasUnknown, isUnknown, object, text } from '../known';
import type { Diagnostic, PlanRequest, PlanResponse } from '../protocol/provider';
import type { ObjectValue, Value } from '../protocol/values';
import { UNKNOWN } from '../protocol/values';
import type { BaseState, BaseVolumeState } from './base-state';
import { baseFile, baseState, baseValue, baseVolumeState, knownBase, ownFiles } from './base-state';
import { readDependents } from './dependents';
import { digestProblems, sizeOf } from './images';
import { asImmutable } from './immutable';
import { recordPath } from './record';

/** What becomes of a base; clones that are planned after it find it in the configuration. */
export async function planBase(request: PlanRequest, configuration: Configuration): Promise<PlanResponse> {
  const { prior, proposed, config } = request;
  if (proposed === null || config === null) return planDeletion(baseState(prior!), configuration);
  const { planned: asDeclared, diagnostics } =
    prior === null ? await planCreation(config, configuration) : asImmutable(baseState(prior), config);
  if (isErroneous(diagnostics)) return { planned: proposed, diagnostics };
  const name = text(asDeclared['name']);
  const record = name === undefined ? UNKNOWN : recordPath(name, configuration.storage.path);
  const planned: ObjectValue = { ...asDeclared, record };
  if (name !== undefined) {
    const base = baseState(planned);
    if (prior !== null) diagnostics.push(...(await digestProblems(newlySaid(baseState(prior), base))));
    configuration.bases.set(base.name, knownBase(base));
  }
  return { planned, diagnostics };
}

/** The volumes whose digest is said now and was not before: their image, where it is at hand, has to have it. */
function newlySaid(before: BaseState, { volumes }: BaseState): Pick<BaseState, 'volumes'> {
  const said = Object.entries(volumes).filter(
    ([name, { sha256 }]) => sha256 !== null && before.volumes[name]?.sha256 === null,
  );
  return { volumes: Object.fromEntries(said) };
}

async function planCreation(
  config: ObjectValue,
  configuration: Configuration,
): Promise<{ planned: ObjectValue; diagnostics: Diagnostic[] }> {
  const deletion_protection = config['deletion_protection'] ?? true;
  const entries = object(config['volumes']);
  if (entries === undefined) {
    return { planned: { name: config['name']!, volumes: UNKNOWN, deletion_protection }, diagnostics: [] };
  }
  const diagnostics: Diagnostic[] = [];
  const volumes: Record<string, Value> = {};
  for (const [name, volume] of Object.entries(entries)) {
    const given = object(volume);
    if (given === undefined) {
      volumes[name] = UNKNOWN;
      continue;
    }
    const planned = await plannedVolume(name, given, config['name']!, configuration);
    volumes[name] = planned.volume;
    diagnostics.push(...planned.diagnostics);
  }
  const planned: ObjectValue = { name: config['name']!, volumes, deletion_protection };
  // What is not wholly known is compared when it is, before anything is uploaded.
  if (!hasUnknown(planned) && !isErroneous(diagnostics))
    diagnostics.push(...(await digestProblems(baseState(planned))));
  return { planned, diagnostics };
}

async function plannedVolume(
  name: string,
  given: ObjectValue,
  base: Value,
  { listing, storage }: Configuration,
): Promise<{ volume: Value; diagnostics: readonly Diagnostic[] }> {
  const volume = baseVolumeState(given);
  const filled: ObjectValue = {
    ...given,
    format: given['format'] ?? volume.format,
    bus: given['bus'] ?? volume.bus,
  };
  if (hasUnknown(given) || isUnknown(base)) {
    const known = !isUnknown(given['size']) && given['size'] !== null && given['size'] !== undefined;
    return {
      volume: { ...filled, size: known ? given['size']! : UNKNOWN, path: UNKNOWN },
      diagnostics: [],
    };
  }
  const { size, diagnostics } = await sizeOf(name, volume, listing, storage.path);
  return {
    volume: { ...volume, size, path: pathOf(text(base)!, name, volume, storage.path) },
    diagnostics,
  };
}

/** The path of a base volume on the host; null for one without content of its own there. */
export function pathOf(base: string, name: string, volume: BaseVolumeState, folder: string): string | null {
  const file = baseFile(base, name, volume);
  return file === undefined ? null : posix.join(folder, file);
}

async function planDeletion(base: BaseState, configuration: Configuration): Promise<PlanResponse> {
  const { name } = base;
  if (base.deletion_protection)
    return {
      planned: baseValue(base),
      diagnostics: [
        errorAt(
          `base ${name} is protected from deletion: set deletion_protection = false, apply, and then remove it`,
          ['deletion_protection'],
        ),
      ],
    };
  if (ownFiles(base).length === 0) return { planned: null };
  const { others, clones, unknown } = await readDependents(base, configuration);
  const standing = [...others, ...unknown];
  if (standing.length > 0)
    return {
      planned: baseValue(base),
      diagnostics: [
        errorAt(
          `base ${name} cannot be deleted while something stands on it: ${standing.join('; ')}; move that to another base or delete it first`,
        ),
      ],
    };
  if (clones.length === 0) return { planned: null };
  return {
    planned: null,
    diagnostics: [
      warningAt(
        `base ${name} has clones on it now (${clones.join(', ')}): it is deleted only when none of them stands on it by then; without lifecycle { create_before_destroy = true } Terraform deletes it before it moves them, so move them in one apply and remove the base in the next`,
      ),
    ],
  };
}
