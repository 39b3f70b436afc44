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
export async function importBase(id: string, configuration: Configuration): Promise<Read> {
  const { bases, listing } = configuration;
  const files = [...(await listing.read()).volumes].flatMap((path) => {
    const parsed = parseBaseFileName(posix.basename(path));
    return parsed === undefined ? [] : [{ ...parsed, path }];
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
  const facts = await listing.facts(own.map(({ path }) => path));
  const base: BaseState = {
    name: id,
    volumes: Object.fromEntries(
      own.map(({ volume, path }) => [
        volume,
        {
          type: 'system',
          image: null,
          existing: null,
          format: facts.get(path)?.format === 'raw' ? 'raw' : 'qcow2',
          sha256: null,
          size: facts.get(path)?.capacity ?? null,
          bus: 'virtio',
          path,
        },
      ]),
    ),
    deletion_protection: true,
    record: null,
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
