import type { Command } from 'commander';
import { UserError } from '../../model/user-error';
import type { Given } from '../program';
import { rollOut } from './rollout';
import type { RolloutFlags } from './rollout-options';
import { rolloutFlags } from './rollout-options';

/** Adds `regraft apply`. */
export function applyCommand(root: Command, given: Given): void {
  const command = root
    .command('apply')
    .description(
      'Apply what was reviewed, wave by wave; run again, it goes on where it stopped or was killed.',
    )
    .argument('[bundle]', 'a bundle of regraft plan --out; without it: plan, show the review and ask')
    .option('--stack <name>', 'the stack, where the app has several');
  rolloutFlags(command).action(
    async (bundle: string | undefined, flags: RolloutFlags & { stack?: string }) => {
      const { stack } = flags;
      if (bundle !== undefined && stack !== undefined) {
        throw new UserError(
          `bundle ${bundle} and --stack ${stack} are given: a bundle says its stack itself`,
        );
      }
      await rollOut(
        {
          verb: 'apply',
          ...(bundle === undefined ? {} : { bundle }),
          ...(stack === undefined ? {} : { stack }),
        },
        flags,
        given,
      );
    },
  );
}
