import { posix } from 'node:path';
import { parseBaseFileName } from '../../model/file-names';
import { didYouMean } from '../../model/names';
import type { Configuration } from '../configuration';
import { errorAt, warningAt } from '../diagnostics';
import type { Read } from '../protocol/provider';
import type { BaseState } from './base-state';
import { baseValue, knownBase } from './base-state';

const NONE = Buffer.alloc(0);

/**
 * Finds a base by its name, which the names of its files tell.
 *
 * They tell nothing of volumes without content of their own; the first plan takes those from the configuration.
 */
export async function importBase(id: string, { listing, bases }: Configuration): Promise<Read> {
  const host = await listing.read();
  const files = [...host.volumes.values()].flatMap((volume) => {
    const parsed = parseBaseFileName(posix.basename(volume.path));
    return parsed === undefined ? [] : [{ ...parsed, listed: volume }];
  });
  const own = files.filter(({ base }) => base === id);
  if (own.length === 0) {
    const names = [...new Set(files.map(({ base }) => base))];
    return {
      state: null,
      private: NONE,
      diagnostics: [
        errorAt(
          `the storage pool has no base ${JSON.stringify(id)} (a file ${id}.VOLUME.base.qcow2): ${didYouMean(id, names)}`,
        ),
      ],
    };
  }
  const base: BaseState = {
    name: id,
    volumes: Object.fromEntries(
      own.map(({ volume, listed }) => [
        volume,
        {
          type: 'system',
          image: null,
          existing: null,
          format: listed.format === 'raw' ? 'raw' : 'qcow2',
          sha256: null,
          size: listed.capacity,
          bus: 'virtio',
          path: listed.path,
        },
      ]),
    ),
    deletion_protection: true,
  };
  bases.set(id, knownBase(base));
  return {
    state: baseValue(base),
    private: NONE,
    diagnostics: [
      warningAt(
        `base ${id} is imported by its files (${own.map(({ volume }) => volume).join(', ')}); declare its blank temporary and its data volumes as they were, the next plan takes them from the configuration`,
      ),
    ],
  };
}
