import { didYouMean } from '../model/names';
import { IMAGE_FORMATS } from '../model/volume-type';
import type { AnyPool, AnyPoolProps } from './any-outline';
import type { AdoptedClone, AdoptedVolumeProps } from './clone-pool';
import { sizeProblems } from './volume-problems';

const MAC = /^[0-9a-f][02468ace](?::[0-9a-f]{2}){5}$/i;
const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** What is wrong with what a pool says of machines that were there before regraft, one message each. */
export function adoptedProblems(pool: AnyPool, props: AnyPoolProps, known: readonly string[]): string[] {
  return Object.entries(props.adopted ?? {}).flatMap(([clone, adopted]) =>
    known.includes(clone)
      ? cloneProblems(`adopted clone ${clone}`, pool, clone, adopted, props)
      : [
          `adopted of pool ${pool.name} names ${JSON.stringify(clone)}, which is not in it: ${didYouMean(clone, known)}`,
        ],
  );
}

function cloneProblems(
  who: string,
  pool: AnyPool,
  clone: string,
  { uuid, macs = [], data = {} }: AdoptedClone,
  { machine, overrides }: AnyPoolProps,
): string[] {
  const networks = machine.networks?.length ?? 0;
  const volumes = dataVolumes(pool, Object.keys(overrides?.[clone]?.volumes ?? {}));
  return [
    ...(UUID.test(uuid)
      ? []
      : [`${who}: uuid is ${JSON.stringify(uuid)}, expected the one that "virsh domuuid ${clone}" prints`]),
    ...macs
      .filter((mac) => !MAC.test(mac))
      .map(
        (mac) =>
          `${who}: a mac is ${JSON.stringify(mac)}, expected a unicast address such as 52:54:00:12:34:56`,
      ),
    ...(macs.length === networks
      ? []
      : [
          `${who} has ${macs.length} macs, and the pool's machines have ${networks} networks: give one for each`,
        ]),
    ...(overrides?.[clone]?.mac === undefined
      ? []
      : [`${who} has a mac in the overrides, too: drop that one`]),
    ...Object.entries(data).flatMap(([volume, props]) =>
      volumes.includes(volume)
        ? volumeProblems(`${who}, volume ${volume}`, props)
        : [`${who}: ${JSON.stringify(volume)} is none of its data volumes: ${didYouMean(volume, volumes)}`],
    ),
  ];
}

function dataVolumes({ base }: AnyPool, extra: readonly string[]): string[] {
  const outlined = Object.entries(base.image.outline).filter(([, { type }]) => type === 'data');
  return [...outlined.map(([name]) => name), ...extra];
}

function volumeProblems(who: string, { file, format = 'qcow2', size }: AdoptedVolumeProps): string[] {
  return [
    ...(file === '' || file.includes('/') || file === '.' || file === '..'
      ? [`${who}: file is ${JSON.stringify(file)}, expected the name of a file in the host's storage`]
      : []),
    // A caller from JavaScript has only this.
    ...((IMAGE_FORMATS as readonly string[]).includes(format)
      ? []
      : [`${who}: format is ${JSON.stringify(format)}, expected ${IMAGE_FORMATS.join(' or ')}`]),
    ...(size === undefined ? [] : sizeProblems(who, { size })),
  ];
}
