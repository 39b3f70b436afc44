import type { Command } from 'commander';
import { formatSize } from '../../model/size';
import { exportVolume } from '../../operations/export';
import type { Given } from '../program';

interface Options {
  readonly to: string;
  readonly force?: boolean;
  readonly stack?: string;
  readonly json?: boolean;
}

/** Adds `regraft export`. */
export function exportCommand(root: Command, given: Given): void {
  root
    .command('export')
    .description('Copy a data volume at rest into a flat qcow2 file, with its digest.')
    .argument('<clone>', 'the clone, also a retired one')
    .argument('[volume]', 'the data volume; without it, the only one that the clone has')
    .requiredOption('--to <file>', 'the file; its SHA-256 goes into FILE.sha256')
    .option('--force', 'replace a file that is there')
    .option('--stack <name>', 'the stack, when several have a clone so named')
    .option('--json', 'print the result as JSON')
    .action(async (clone: string, volume: string | undefined, options: Options) => {
      const { to, force = false, stack, json = false } = options;
      const exported = await exportVolume(
        {
          clone,
          to,
          force,
          ...(volume === undefined ? {} : { volume }),
          ...(stack === undefined ? {} : { stack }),
        },
        given.context,
      );
      const { file, sha256, size } = exported;
      given.terminal.stdout.write(
        json
          ? `${JSON.stringify(exported, null, 2)}\n`
          : `${exported.volume} of ${exported.clone}, ${formatSize(size)}, is in ${file}\nSHA-256 ${sha256}\n`,
      );
    });
}
