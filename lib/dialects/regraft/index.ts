import type { BaseImage, Origin } from '../../model/base';
import { uploadedVolumes } from '../../model/base';
import type { Clone, DataVolume, Disk } from '../../model/clone';
import { dataFileOf, dataFormatOf, disksOf } from '../../model/clone';
import { dataFileName } from '../../model/file-names';
import type { Host } from '../../model/host';
import { diskWwn } from '../../model/identity';
import { volumeOrder } from '../../model/outline';
import { regraftVersion } from '../../version';
import { cloneBlock, reference } from '../addresses';
import type { CloneResources, Dialect, DialectSettings, HostContents, Resources } from '../dialect';
import { baseResource, regraftAddresses } from './addresses';
import { domainXmlOf } from './domain-xml';
import type {
  BaseAttributes,
  BaseVolumeAttributes,
  CloneAttributes,
  CloneVolumeAttributes,
  ProviderAttributes,
} from './schema';

/**
 * The dialect of regraft's own provider: a base is one resource and a clone is one, volumes and machine included.
 *
 * A retired clone keeps its resource, which holds its data volumes; it is the only kind whose destruction deletes them.
 */
export const regraft: Dialect = {
  generation: 'regraft',
  providerName: 'regraft',
  providerSource: 'regraft/regraft',
  versionConstraint: `~> ${regraftVersion().replace(/^(\d+\.\d+).*$/, '$1.0')}`,
  machineType: 'regraft_clone',
  addresses: regraftAddresses,
  problems: (_host, contents) => remoteImages(contents),
  provider: providerBlock,
  host: hostResources,
  clone: (host, clone): CloneResources => ({ domain: cloneOf(host, clone), others: {} }),
  moves: () => [],
};

/** The provider uploads files of the machine that Terraform runs on. */
function remoteImages({ bases, clones, retired }: HostContents): string[] {
  const seeds = [...clones, ...retired].flatMap(({ name, data }) =>
    data.flatMap((volume) =>
      volume.extra && volume.seed ? [[`clone ${name}, volume ${volume.name}`, volume.seed] as const] : [],
    ),
  );
  const images = bases.flatMap(({ name, origins, seeds: own }) =>
    Object.entries({ ...own, ...origins }).map(
      ([volume, origin]) => [`base ${name}, volume ${volume}`, origin] as const,
    ),
  );
  return [...images, ...seeds].flatMap(([who, origin]) =>
    origin.kind === 'image' && /^https?:\/\//i.test(origin.location)
      ? [
          `${who}: ${origin.location} is a URL, and provider regraft uploads local files only: get it with "regraft fetch-image" and name the file`,
        ]
      : [],
  );
}

function providerBlock({ uri, storage }: Host, { shutdownTimeout }: DialectSettings): ProviderAttributes {
  return {
    uri,
    storage: { name: storage.name, path: storage.path },
    shutdown_timeout: shutdownTimeout,
    // Terraform keeps it for the apply, so that the names in the plan are those that are made.
    plan_time: '${plantimestamp()}',
  };
}

function hostResources(host: Host, { bases, retired }: HostContents): Resources {
  // A clone without data volumes has nothing to keep.
  const archives = retired.filter(({ data }) => data.length > 0);
  return {
    regraft_base: Object.fromEntries(bases.map((base) => [`${host.name}__${base.name}`, baseOf(host, base)])),
    ...(archives.length === 0
      ? {}
      : {
          regraft_clone: Object.fromEntries(
            archives.map((clone) => [cloneBlock(clone.pool, clone.name), archiveOf(host, clone)]),
          ),
        }),
  };
}

function baseOf(host: Host, base: BaseImage): BaseAttributes {
  const { outline, origins, seeds, boot, name, retired } = base;
  const volumes = volumeOrder(outline, boot).map((volume): [string, BaseVolumeAttributes] => {
    const { type, bus, size } = outline[volume]!;
    const origin = origins[volume] ?? seeds[volume];
    return [
      volume,
      { type, ...(origin ? sourceOf(origin) : {}), ...(size === undefined ? {} : { size }), bus },
    ];
  });
  return {
    provider: `regraft.${host.name}`,
    name,
    volumes: Object.fromEntries(volumes),
    // Of a base that is only referred to nothing is deleted.
    deletion_protection: !retired && uploadedVolumes(base).length > 0,
    // Terraform deletes it after it has moved the clones away; otherwise it would begin with it.
    lifecycle: { create_before_destroy: true },
  };
}

function sourceOf({ format, sha256, ...origin }: Origin): Omit<BaseVolumeAttributes, 'type' | 'bus'> {
  return {
    ...(origin.kind === 'image' ? { image: origin.location } : { existing: origin.file }),
    format,
    ...(sha256 === undefined ? {} : { sha256 }),
  };
}

function cloneOf(host: Host, clone: Clone): CloneAttributes {
  const { name, base, retainedBase, cloudInit, restore } = clone;
  return {
    provider: `regraft.${host.name}`,
    name,
    base: nameOf(host, base),
    ...(retainedBase ? { retain: nameOf(host, retainedBase) } : {}),
    volumes: Object.fromEntries(disksOf(clone).map((disk) => [disk.volume, volumeOf(clone, disk)])),
    domain_xml: domainXmlOf(clone),
    ...(clone.machine.autostart ? { autostart: true } : {}),
    ...(cloudInit
      ? {
          cloud_init: {
            user_data: cloudInit.userData,
            meta_data: cloudInit.metaData,
            ...(cloudInit.networkConfig === undefined ? {} : { network_config: cloudInit.networkConfig }),
          },
        }
      : {}),
    ...(restore === undefined ? {} : { restore }),
    data_on_destroy: 'keep',
  };
}

/** A retired clone; what another clone has taken over is not its own any more, and does not go with it. */
function archiveOf(host: Host, clone: HostContents['retired'][number]): CloneAttributes {
  const { volumes, ...rest } = cloneOf(host, clone);
  const own = Object.entries(volumes).filter(([volume]) => !clone.handedOver.includes(volume));
  return { ...rest, volumes: Object.fromEntries(own), retired: true, data_on_destroy: 'purge' };
}

/** A reference, so that Terraform plans the base first. */
function nameOf(host: Host, base: BaseImage): string {
  return reference(baseResource(host.name, base.name), 'name');
}

/** A volume of a clone; what is as in its base is left out, so that a rebase shows nothing but the base. */
function volumeOf(clone: Clone, { volume, type, target, bus, boot }: Disk): CloneVolumeAttributes {
  const data = clone.data.find(({ name }) => name === volume);
  return {
    type,
    target,
    ...(boot ? { boot } : {}),
    ...(clone.base.outline[volume] ? {} : { bus }),
    ...(bus === 'scsi' && !clone.adopted ? { wwn: diskWwn(clone.pool, clone.name, volume) } : {}),
    ...(data ? dataOf(clone, data) : {}),
  };
}

function dataOf({ name: clone, base }: Clone, data: DataVolume): Partial<CloneVolumeAttributes> {
  const { name, size, seed, adopted } = data;
  const [theirs, format] = [base.seeds[name], dataFormatOf(data)];
  const file = dataFileOf(clone, data);
  const isOther = seed !== undefined && JSON.stringify(seed) !== JSON.stringify(theirs);
  return {
    // Said here, as a rebase leaves it and a promote to a base with larger ones grows the volume.
    ...(size === undefined ? {} : { size }),
    ...(isOther && seed.kind === 'image'
      ? { seed: seed.location, ...(seed.sha256 === undefined ? {} : { seed_sha256: seed.sha256 }) }
      : {}),
    ...(adopted || format !== (theirs?.format ?? 'qcow2') ? { format } : {}),
    ...(file === dataFileName(clone, name) ? {} : { file }),
  };
}
