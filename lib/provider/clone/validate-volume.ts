import { parseBaseFileName, parseOverlayFileName } from '../../model/file-names';
import { nameProblem } from '../../model/names';
import { formatSize } from '../../model/size';
import type { Bus } from '../../model/volume-type';
import { BUSES, devicePrefix, IMAGE_FORMATS, VOLUME_TYPES } from '../../model/volume-type';
import { UNKNOWN } from '../protocol/values';
import type { VolumeConfig } from './clone-config';
import { deviceIndex } from './device-names';
import type { Diagnostics } from './diagnostics';
import { volumePath } from '../diagnostics';

/** What is wrong with a volume by itself. */
export function validateVolume(volume: string, config: VolumeConfig, told: Diagnostics): void {
  const problem = nameProblem('volume', volume);
  if (problem !== undefined) told.error(volumePath(volume), problem);
  oneOf(volume, config, 'type', VOLUME_TYPES, told);
  oneOf(volume, config, 'bus', BUSES, told);
  oneOf(volume, config, 'format', IMAGE_FORMATS, told);
  validateSize(volume, config, told);
  validateTarget(volume, config, told);
  validateWwn(volume, config, told);
  validateKind(volume, config, told);
  validateFile(volume, config, told);
}

function oneOf(
  volume: string,
  config: VolumeConfig,
  attribute: 'type' | 'bus' | 'format',
  values: readonly string[],
  told: Diagnostics,
): void {
  const value = config[attribute];
  if (typeof value !== 'string' || values.includes(value)) return;
  told.error(
    volumePath(volume, attribute),
    `volume ${volume} has \`${attribute} = ${JSON.stringify(value)}\`, expected one of ${values.map((one) => JSON.stringify(one)).join(', ')}`,
  );
}

function validateSize(volume: string, { size }: VolumeConfig, told: Diagnostics): void {
  if (typeof size !== 'number') return;
  if (!Number.isSafeInteger(size) || size <= 0) {
    told.error(
      volumePath(volume, 'size'),
      `volume ${volume} has \`size = ${size}\`, expected a whole, positive number of bytes`,
    );
  } else if (size % 512 !== 0) {
    const whole = Math.ceil(size / 512) * 512;
    told.error(
      volumePath(volume, 'size'),
      `volume ${volume} has \`size = ${size}\`, no whole number of sectors of 512 bytes: write ${whole}${size < 2 ** 20 ? ` (${formatSize(whole)} in all: sizes are in bytes)` : ''}`,
    );
  }
}

function validateTarget(volume: string, { target, bus }: VolumeConfig, told: Diagnostics): void {
  if (typeof target !== 'string') return;
  if (deviceIndex(target) < 0 || !/^(?:vd|sd|hd)/.test(target)) {
    told.error(
      volumePath(volume, 'target'),
      `volume ${volume} has \`target = ${JSON.stringify(target)}\`, expected a device such as "vda"`,
    );
  } else if (BUSES.includes(bus as Bus) && !target.startsWith(devicePrefix(bus as Bus))) {
    told.error(
      volumePath(volume, 'target'),
      `volume ${volume} is on bus ${String(bus)} and has \`target = ${JSON.stringify(target)}\`, expected one that begins with ${devicePrefix(bus as Bus)}`,
    );
  }
}

function validateWwn(volume: string, { wwn, bus }: VolumeConfig, told: Diagnostics): void {
  if (typeof wwn !== 'string') return;
  if (!/^[0-9a-f]{16}$/i.test(wwn))
    told.error(
      volumePath(volume, 'wwn'),
      `volume ${volume} has \`wwn = ${JSON.stringify(wwn)}\`, expected 16 hexadecimal digits`,
    );
  if (typeof bus === 'string' && bus !== 'scsi')
    told.error(
      volumePath(volume, 'wwn'),
      `volume ${volume} is on bus ${bus}, and a \`wwn\` is for bus scsi: leave it out`,
    );
}

/** What only data volumes have, and what only a volume that may boot has. */
function validateKind(volume: string, config: VolumeConfig, told: Diagnostics): void {
  if (config.type === UNKNOWN) return;
  if (config.boot === true && config.type !== 'system')
    told.error(
      volumePath(volume, 'boot'),
      `volume ${volume} is ${config.type} and has \`boot = true\`: a machine boots from a system volume`,
    );
  if (config.seed === null && config.seed_sha256 !== null)
    told.error(
      volumePath(volume, 'seed_sha256'),
      `volume ${volume} has \`seed_sha256\` without \`seed\`: say the seed, or leave it out`,
    );
  if (config.type === 'data') return;
  for (const attribute of ['seed', 'format', 'file'] as const) {
    if (config[attribute] === null) continue;
    told.error(
      volumePath(volume, attribute),
      `volume ${volume} is ${config.type}, and \`${attribute}\` is for data volumes: leave it out`,
    );
  }
}

/** A file that is named like an overlay or a base would be swept or guarded as one. */
function validateFile(volume: string, { file, type }: VolumeConfig, told: Diagnostics): void {
  if (typeof file !== 'string' || type !== 'data') return;
  const wrong = (why: string): void =>
    told.error(volumePath(volume, 'file'), `volume ${volume} has \`file = ${JSON.stringify(file)}\`, ${why}`);
  // eslint-disable-next-line no-control-regex
  if (!/^[^/\u0000-\u001f\u007f]{1,255}$/.test(file) || /^\.{1,2}$|^-/.test(file)) {
    wrong('expected the name of a file in the storage pool, without a folder');
  } else if (parseOverlayFileName(file) !== undefined || /\.cloud-init\.\d{14}\.iso$/.test(file)) {
    wrong(
      'which is named like an overlay or a cloud-init medium, and would be deleted as one: choose another name',
    );
  } else if (parseBaseFileName(file) !== undefined) {
    wrong('which is named like a base volume, which is never written: choose another name');
  }
}
