import { nameProblem } from '../../model/names';
import { BUSES, IMAGE_FORMATS, VOLUME_TYPES } from '../../model/volume-type';
import { errorAt, volumePath } from '../diagnostics';
import { hasUnknown, isUnknown, number, object, objectsOf, text } from '../known';
import type { AttributePath, Diagnostic } from '../protocol/provider';
import type { ObjectValue } from '../protocol/values';

/** Looks at a base's configuration without a host; what is unknown yet is looked at when it is known. */
export function validateBase(config: ObjectValue): Diagnostic[] {
  const name = text(config['name']);
  const problem = name === undefined ? undefined : nameProblem('base', name);
  return [
    ...(problem === undefined ? [] : [errorAt(problem, ['name'])]),
    ...objectsOf(config['volumes']).flatMap(([volume, one]) => volumeProblems(volume, one)),
    ...outlineProblems(config),
  ];
}

function volumeProblems(name: string, volume: ObjectValue): Diagnostic[] {
  const found: Diagnostic[] = [];
  const at = (attribute: string): AttributePath => volumePath(name, attribute);
  const problem = nameProblem('volume', name);
  if (problem !== undefined) found.push(errorAt(problem, volumePath(name)));
  const word = (attribute: string, allowed: readonly string[]): void => {
    const said = text(volume[attribute]);
    if (said !== undefined && !allowed.includes(said))
      found.push(
        errorAt(
          `volume ${name}: ${attribute} is ${JSON.stringify(said)}, expected one of ${allowed.map((one) => JSON.stringify(one)).join(', ')}`,
          at(attribute),
        ),
      );
  };
  word('type', VOLUME_TYPES);
  word('bus', BUSES);
  word('format', IMAGE_FORMATS);
  const size = number(volume['size']);
  if (size !== undefined && !(Number.isSafeInteger(size) && size > 0))
    found.push(errorAt(`volume ${name}: size is ${size}, expected a whole number of bytes`, at('size')));
  const sha256 = text(volume['sha256']);
  if (sha256 !== undefined && !/^[0-9a-f]{64}$/.test(sha256))
    found.push(
      errorAt(
        `volume ${name}: sha256 is ${JSON.stringify(sha256)}, expected 64 digits 0-9 and a-f`,
        at('sha256'),
      ),
    );
  const existing = text(volume['existing']);
  if (existing !== undefined && !/^[^/\p{Cc}]+$/u.test(existing))
    found.push(
      errorAt(
        `volume ${name}: existing is ${JSON.stringify(existing)}, expected the file name of a volume in the storage pool`,
        at('existing'),
      ),
    );
  return [...found, ...contentProblems(name, volume)];
}

/** Where a volume's content comes from depends on its type. */
function contentProblems(name: string, volume: ObjectValue): Diagnostic[] {
  const has = (attribute: string): boolean => volume[attribute] !== undefined && volume[attribute] !== null;
  const path = volumePath(name);
  if (isUnknown(volume['type'])) return [];
  const type = text(volume['type']);
  if (has('image') && has('existing'))
    return [errorAt(`volume ${name} has both image and existing: expected one of them`, path)];
  if (type === 'data' && has('existing'))
    return [
      errorAt(`volume ${name} is data, which is a full copy of its seed: expected image, not existing`, path),
    ];
  if (type === 'system' && !has('image') && !has('existing'))
    return [errorAt(`volume ${name} is system and has no content: give it an image`, path)];
  if (has('sha256') && !has('image') && !has('existing'))
    return [errorAt(`volume ${name} has a sha256 and no image that it would be of`, path)];
  return [];
}

function outlineProblems(config: ObjectValue): Diagnostic[] {
  const volumes = object(config['volumes']);
  if (volumes === undefined || Object.values(volumes).some((one) => isUnknown(one) || hasUnknown(one)))
    return [];
  if (Object.values(volumes).some((one) => text(object(one)?.['type']) === 'system')) return [];
  return [
    errorAt('the base has no volume of type system, which machines would boot from: add one', ['volumes']),
  ];
}
