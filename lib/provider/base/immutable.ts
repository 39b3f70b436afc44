import { errorAt, volumePath } from '../diagnostics';
import { isUnknown, object, text } from '../known';
import type { Diagnostic } from '../protocol/provider';
import type { ObjectValue, Value } from '../protocol/values';
import { UNKNOWN } from '../protocol/values';
import type { BaseState, BaseVolumeState } from './base-state';
import { baseVolumeState } from './base-state';

const ADVICE =
  'a base is immutable: declare another base with the change, move the clones onto it, and remove this one then';

/**
 * A base that is there, as its configuration writes it: only the protection may change, and words that mean the same.
 *
 * The same image (by its digest) may lie at another path, a digest that was not said may be, and a base that was
 * imported gets what its files do not tell.
 */
export function asImmutable(
  prior: BaseState,
  config: ObjectValue,
): { planned: ObjectValue; diagnostics: Diagnostic[] } {
  const diagnostics: Diagnostic[] = [];
  const name = text(config['name']);
  if (name !== undefined && name !== prior.name)
    diagnostics.push(errorAt(`base ${prior.name} cannot be renamed to ${name}: ${ADVICE}`, ['name']));
  const given = object(config['volumes']);
  const imported = isImported(prior);
  const volumes: Record<string, Value> = {};
  for (const [volume, one] of Object.entries(given ?? {})) {
    const [before, now] = [prior.volumes[volume], object(one)];
    if (now === undefined) {
      volumes[volume] = UNKNOWN;
    } else if (before !== undefined) {
      diagnostics.push(...differences(prior.name, volume, before, now, imported));
      volumes[volume] = written(before, now, imported);
    } else if (imported && isBlank(now)) {
      volumes[volume] = { ...baseVolumeState(now) };
    } else {
      diagnostics.push(errorAt(`base ${prior.name} has no volume ${volume}: ${ADVICE}`, volumePath(volume)));
    }
  }
  for (const volume of Object.keys(prior.volumes))
    if (given !== undefined && !(volume in given))
      diagnostics.push(
        errorAt(`volume ${volume} of base ${prior.name} is in use and not declared any more: ${ADVICE}`, [
          'volumes',
        ]),
      );
  return {
    planned: {
      name: prior.name,
      volumes: given === undefined ? UNKNOWN : volumes,
      deletion_protection: config['deletion_protection'] ?? true,
    },
    diagnostics,
  };
}

/** Whether the state knows a base only by its files: nothing says where their content came from. */
function isImported({ volumes }: BaseState): boolean {
  return Object.values(volumes).some(
    ({ path, image, existing }) => path !== null && image === null && existing === null,
  );
}

function isBlank(volume: ObjectValue): boolean {
  const { type, image, existing } = baseVolumeState(volume);
  return type === 'data' || (type === 'temporary' && image === null && existing === null);
}

function differences(
  base: string,
  volume: string,
  before: BaseVolumeState,
  config: ObjectValue,
  imported: boolean,
): Diagnostic[] {
  const now = baseVolumeState(config);
  const changed = (attribute: keyof BaseVolumeState): boolean =>
    !isUnknown(config[attribute]) && before[attribute] !== now[attribute];
  const isSame = (attribute: keyof BaseVolumeState): boolean => {
    switch (attribute) {
      case 'image':
        return (before.sha256 !== null && before.sha256 === now.sha256) || imported;
      case 'sha256':
        return before.sha256 === null || imported;
      case 'existing':
        return imported;
      case 'type':
        return imported && now.type !== 'data';
      case 'size':
        // A data volume is each clone's own, which grows to what the code says; nothing of the base changes.
        return now.size === null || before.type === 'data' || (imported && now.size >= (before.size ?? 0));
      case 'bus':
        return imported;
      default:
        return false;
    }
  };
  const attributes = ['type', 'image', 'existing', 'format', 'sha256', 'size', 'bus'] as const;
  return attributes
    .filter((attribute) => changed(attribute) && !isSame(attribute))
    .map((attribute) => {
      const at = volumePath(volume, attribute);
      return errorAt(
        `volume ${volume} of base ${base}: ${attribute} would change from ${JSON.stringify(before[attribute])} to ${JSON.stringify(now[attribute])}: ${ADVICE}`,
        at,
      );
    });
}

/** The volume with the words of its configuration; what is computed stays as it is. */
function written(before: BaseVolumeState, config: ObjectValue, imported: boolean): ObjectValue {
  const now = baseVolumeState(config);
  const said = (attribute: 'image' | 'existing' | 'sha256'): Value => config[attribute] ?? null;
  return {
    ...before,
    ...(imported ? { type: now.type, bus: now.bus } : {}),
    image: said('image'),
    existing: said('existing'),
    sha256: said('sha256'),
    size: now.size ?? before.size,
  };
}
