import { nameProblem } from '../../model/names';
import { volumePath } from '../diagnostics';
import type { Diagnostic } from '../protocol/provider';
import type { ObjectValue } from '../protocol/values';
import { UNKNOWN } from '../protocol/values';
import type { VolumeConfig } from './clone-config';
import { cloneConfigOf } from './clone-config';
import type { Maybe } from './clone-state';
import { Diagnostics } from './diagnostics';
import { domainXmlProblems } from './domain-xml-problems';
import { isKnown } from './situation';
import { validateVolume } from './validate-volume';

/** What is wrong with the configuration of a clone, whatever host it is for; what is unknown is looked at in the plan. */
export function validateClone(value: ObjectValue): readonly Diagnostic[] {
  const told = new Diagnostics();
  const { name, base, retain, volumes, domain_xml, restore, data_on_destroy } = cloneConfigOf(value);
  const named = (attribute: string, what: string, given: Maybe<string | null>): void => {
    const problem = typeof given === 'string' ? nameProblem(what, given) : undefined;
    if (problem !== undefined) told.error([attribute], problem);
  };
  named('name', 'clone', name);
  named('base', 'base', base);
  named('retain', 'base', retain);
  if (typeof retain === 'string' && retain === base) {
    told.error(
      ['retain'],
      `\`retain\` is ${JSON.stringify(retain)}, the base that the clone is on: name the base that it comes from, or leave it out`,
    );
  }
  if (typeof data_on_destroy === 'string' && !['keep', 'purge'].includes(data_on_destroy)) {
    told.error(
      ['data_on_destroy'],
      `\`data_on_destroy\` is ${JSON.stringify(data_on_destroy)}, expected "keep" or "purge"`,
    );
  }
  if (restore === '')
    told.error(
      ['restore'],
      '`restore` is empty, expected any text, such as the date: leave it out to restore nothing',
    );
  if (isKnown(domain_xml)) {
    for (const problem of domainXmlProblems(domain_xml, isKnown(name) ? name : undefined))
      told.error(['domain_xml'], `domain_xml: ${problem}`);
  }
  if (isKnown(volumes)) validateVolumes(volumes, told);
  return told.all;
}

function validateVolumes(volumes: Readonly<Record<string, Maybe<VolumeConfig>>>, told: Diagnostics): void {
  const known = Object.entries(volumes).filter((entry): entry is [string, VolumeConfig] => isKnown(entry[1]));
  for (const [volume, config] of known) validateVolume(volume, config, told);
  unique(known, 'target', told);
  unique(known, 'file', told);
  unique(known, 'wwn', told);
  const booting = known.filter(([, { boot }]) => boot === true).map(([volume]) => volume);
  if (booting.length > 1)
    told.error(
      ['volumes'],
      `volumes ${booting.join(' and ')} both have \`boot = true\`: a machine boots from one, say it at one`,
    );
  const unsure =
    known.length < Object.keys(volumes).length ||
    known.some(([, { type, boot }]) => type === UNKNOWN || boot === UNKNOWN);
  if (unsure) return;
  const system = known.filter(([, { type }]) => type === 'system');
  if (system.length === 0)
    told.error(
      ['volumes'],
      'there is no `system` volume to boot from: give the clone the volumes of its base',
    );
  else if (system.every(([, { boot }]) => boot === false))
    told.error(
      ['volumes'],
      'every `system` volume has `boot = false`: the machine boots from one of them, leave it out there',
    );
}

function unique(
  volumes: readonly (readonly [string, VolumeConfig])[],
  attribute: 'target' | 'file' | 'wwn',
  told: Diagnostics,
): void {
  const users = new Map<string, string>();
  for (const [volume, config] of volumes) {
    const value = config[attribute];
    if (typeof value !== 'string') continue;
    const other = users.get(value);
    if (other !== undefined) {
      told.error(
        volumePath(volume, attribute),
        `volumes ${other} and ${volume} both have \`${attribute} = ${JSON.stringify(value)}\`: each needs its own`,
      );
    }
    users.set(value, volume);
  }
}
