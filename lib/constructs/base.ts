import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { Annotations } from 'cdktf';
import { Construct } from 'constructs';
import { imageDigestSync } from '../images/image-digest';
import { imageProblems, readImageHeader } from '../images/image-file';
import type { BaseImage, Origin } from '../model/base';
import { baseFileName } from '../model/file-names';
import { nameProblem } from '../model/names';
import type { OutlineVolume } from '../model/outline';
import { compareNames } from '../model/outline';
import type { Size } from '../model/size';
import { bytesOf, formatSize } from '../model/size';
import { imageLocation, isLocalFile } from './image-location';
import type { LibvirtHost } from './libvirt-host';
import type { OutlineTypes, Volume, Volumes, VolumeSpec } from './volume';
import { seedProblems, sizeProblems } from './volume-problems';

/** Properties of a base. */
export interface BaseProps<Outline extends OutlineTypes> {
  /** The host that it stands on. */
  readonly host: LibvirtHost;
  /** The storage outline: its volumes by name. */
  readonly volumes: Volumes<Outline>;
  /**
   * Takes the base out of service: its volumes lose their guard, so that dropping the base from the code afterwards deletes them. Refused while a pool or a rebase uses it.
   * @default false
   */
  readonly retired?: boolean;
}

/** A golden image: one or more volumes, read-only from the moment clones exist. */
export class Base<Outline extends OutlineTypes = OutlineTypes> extends Construct {
  /**
   * A base whose volumes are on the host already and are only referred to; each system volume is `Volume.system({ existing: … })`. Retired, its volumes may be deleted by `regraft delete`.
   */
  static existing<Outline extends OutlineTypes>(
    scope: Construct,
    id: string,
    props: BaseProps<Outline>,
  ): Base<Outline> {
    const base = new Base<Outline>(scope, id, props);
    base.node.addValidation({
      validate: () =>
        Object.entries<Volume>(props.volumes)
          .filter(([, { spec }]) => spec.image !== undefined)
          .map(
            ([name]) =>
              `base ${id}: volume ${name} has an image, but Base.existing uploads nothing: say existing, or use new Base`,
          ),
    });
    return base;
  }

  /** The base's name. */
  readonly name: string;
  /** The host that it stands on. */
  readonly host: LibvirtHost;
  /** The base as data. */
  readonly image: BaseImage;
  /** Makes the outline part of the type in both directions, so that bases of different outlines are not interchangeable. */
  declare protected readonly outlineType: (outline: Outline) => Outline;
  private readonly users: string[] = [];

  constructor(scope: Construct, id: string, props: BaseProps<Outline>) {
    super(scope, id);
    this.name = id;
    this.host = props.host;
    const volumes = Object.entries<Volume>(props.volumes).sort(([a], [b]) => compareNames(a, b));
    this.image = this.imageOf(volumes, props.retired ?? false);
    this.node.addValidation({ validate: () => [...this.problems(volumes), ...this.retirementProblems()] });
    this.warnOfMissingImages(volumes);
    props.host.addBase(this);
  }

  /** Notes who uses the base, so that retiring it can be refused. */
  addUser(user: string): void {
    this.users.push(user);
  }

  private imageOf(volumes: [string, Volume][], retired: boolean): BaseImage {
    const origins = volumes.flatMap(([name, { type, spec }]): [string, Origin][] => {
      const origin = type === 'data' ? undefined : this.originOf(name, spec);
      return origin ? [[name, origin]] : [];
    });
    const seeds = volumes.flatMap(([name, { spec }]): [string, Origin][] => {
      const seed = seedOf(this, spec);
      return seed ? [[name, seed]] : [];
    });
    const systems = volumes.filter(([, { type }]) => type === 'system');
    const boot = systems.find(([, { spec }]) => spec.boot === true) ?? systems[0];
    return {
      name: this.name,
      outline: Object.fromEntries(volumes.map(([name, { type, spec }]) => [name, outlineVolume(type, spec)])),
      origins: Object.fromEntries(origins),
      seeds: Object.fromEntries(seeds),
      imageSizes: imageSizes(volumes),
      boot: boot?.[0] ?? '',
      retired,
    };
  }

  private originOf(
    name: string,
    { image, existing, format = 'qcow2', sha256 }: VolumeSpec,
  ): Origin | undefined {
    const digest = sha256 === undefined ? {} : { sha256: sha256.toLowerCase() };
    if (image !== undefined)
      return { kind: 'image', location: imageLocation(this, image), format, ...digest };
    if (existing === undefined) return undefined;
    const file = existing === true ? baseFileName(this.name, name) : existing;
    return { kind: 'existing', file, format, ...digest };
  }

  private problems(volumes: [string, Volume][]): string[] {
    const who = `base ${this.name}`;
    const name = nameProblem('base', this.name);
    const systems = volumes.filter(([, { type }]) => type === 'system');
    const boots = systems.filter(([, { spec }]) => spec.boot === true).map(([volume]) => volume);
    return [
      ...(name === undefined ? [] : [name]),
      ...(systems.length === 0
        ? [`${who} has no system volume: machines boot from one, declare it with Volume.system`]
        : []),
      ...(boots.length > 1 ? [`${who} boots from ${boots.join(' and ')}: set boot on one volume only`] : []),
      ...volumes.flatMap(([volume, { spec }]) =>
        this.volumeProblems(`${who}, volume ${volume}`, volume, spec),
      ),
    ];
  }

  private volumeProblems(who: string, name: string, spec: VolumeSpec): string[] {
    const bad = nameProblem('volume', name);
    return [
      ...(bad === undefined ? [] : [bad]),
      ...sizeProblems(who, spec),
      ...imageSpecProblems(who, spec),
      ...seedProblems(who, spec),
      ...(!spec.image || !isLocalFile(spec.image) ? [] : localImageProblems(who, spec.image, spec)),
    ];
  }

  private retirementProblems(): string[] {
    if (!this.image.retired || this.users.length === 0) return [];
    const users = [...new Set(this.users)].sort(compareNames).join(', ');
    return [
      `base ${this.name} is retired, but used by ${users}: move them to another base first, or drop retired`,
    ];
  }

  private warnOfMissingImages(volumes: [string, Volume][]): void {
    for (const [volume, { spec }] of volumes) {
      if (spec.image === undefined || !isLocalFile(spec.image) || existsSync(resolve(spec.image))) continue;
      Annotations.of(this).addWarning(
        `base ${this.name}, volume ${volume}: image ${spec.image} is not there; that is right only if the base was uploaded before`,
      );
    }
  }
}

/** The image that a data volume is copied from, if it has one. */
export function seedOf(scope: Construct, { seed, seedFormat = 'qcow2' }: VolumeSpec): Origin | undefined {
  return seed === undefined
    ? undefined
    : { kind: 'image', location: imageLocation(scope, seed), format: seedFormat };
}

function outlineVolume(type: Volume['type'], { bus = 'virtio', size }: VolumeSpec): OutlineVolume {
  const bytes = size === undefined ? undefined : bytesOrUndefined(size);
  return { type, bus, ...(bytes === undefined ? {} : { size: bytes }) };
}

function bytesOrUndefined(size: Size): number | undefined {
  try {
    return bytesOf(size);
  } catch {
    return undefined; // refused by the validation, which names the volume
  }
}

function imageSizes(volumes: [string, Volume][]): Record<string, number> {
  const sizes = volumes.flatMap(([name, { type, spec }]): [string, number][] => {
    if (type !== 'system' || spec.size !== undefined || spec.image === undefined || !isLocalFile(spec.image))
      return [];
    const header = readImageHeader(resolve(spec.image), spec.format ?? 'qcow2');
    return header.kind === 'read' ? [[name, header.virtualSize]] : [];
  });
  return Object.fromEntries(sizes);
}

function imageSpecProblems(who: string, { image, existing, sha256 }: VolumeSpec): string[] {
  const problems: string[] = [];
  if (image !== undefined && existing !== undefined)
    problems.push(`${who} has both an image and an existing volume: say one`);
  if (image === '') problems.push(`${who} has an empty image: name a local path or an http(s) URL`);
  if (sha256 !== undefined && !/^[0-9a-f]{64}$/i.test(sha256)) {
    problems.push(
      `${who}: sha256 is ${JSON.stringify(sha256)}, expected 64 hexadecimal digits as "sha256sum IMAGE" prints them`,
    );
  }
  return problems;
}

function localImageProblems(
  who: string,
  image: string,
  { format = 'qcow2', size, sha256 }: VolumeSpec,
): string[] {
  const header = readImageHeader(resolve(image), format);
  const problems = imageProblems(who, image, format, header);
  const bytes = size === undefined ? undefined : bytesOrUndefined(size);
  if (problems.length === 0 && bytes !== undefined && header.kind === 'read' && bytes < header.virtualSize) {
    problems.push(
      `${who}: size ${formatSize(bytes)} is smaller than the image's own ${formatSize(header.virtualSize)}: say at least that, or leave size out`,
    );
  }
  if (problems.length === 0 && header.kind === 'read' && sha256 !== undefined)
    problems.push(...digestProblems(who, image, sha256.toLowerCase()));
  return problems;
}

/** The digest of an image is checked at synthesis, so that whatever uploads it afterwards need not. */
function digestProblems(who: string, image: string, sha256: string): string[] {
  const found = imageDigestSync(resolve(image));
  return found === undefined || found === sha256
    ? []
    : [
        `${who}: image ${image} has SHA-256 ${found}, the code says ${sha256}: get the right image, or declare a new base for this one`,
      ];
}
