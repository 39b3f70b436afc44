import type { Command } from 'commander';
import type { VerifiedVolume } from '../../operations/verify';
import { verify } from '../../operations/verify';
import { maskedText } from '../../review/masking';
import type { Ending } from '../exit-codes';
import { exitCodeOf } from '../exit-codes';
import type { Given } from '../program';

/** Adds `regraft verify`. */
export function verifyCommand(root: Command, given: Given): void {
  root
    .command('verify')
    .description(
      'Read base volumes on their hosts again, and compare them with the code and with what was recorded.',
    )
    .argument('[bases...]', 'the bases, as BASE or HOST/BASE; without any, all that were applied')
    .option('--json', 'as JSON')
    .action(async (bases: string[], { json = false }: { json?: boolean }) => {
      const found = await verify(bases, given.context);
      const text = json
        ? `${JSON.stringify({ version: 1, volumes: found }, null, 2)}\n`
        : found.map((one) => `${lineOf(one)}\n`).join('');
      given.terminal.stdout.write(maskedText(text));
      if (found.length === 0) given.say('regraft: no base was applied: there is nothing to verify');
      given.end(exitCodeOf(endingOf(found)));
    });
}

function endingOf(found: readonly VerifiedVolume[]): Ending {
  if (found.some(({ status }) => status === 'mismatch')) return 'refused';
  return found.some(({ status }) => status === 'unreadable') ? 'error' : 'nothing-to-do';
}

function lineOf(one: VerifiedVolume): string {
  const place = `${one.host}/${one.base}/${one.volume}`;
  const source =
    one.by === 'code' ? 'as the code says' : `as recorded at ${one.recordedAt ?? 'an unknown time'}`;
  switch (one.status) {
    case 'equal':
      return `${place}: equal, SHA-256 ${one.found}, ${source}${one.by === 'code' ? '' : addLine(one)}`;
    case 'recorded':
      return `${place}: recorded, not verified: nothing was known of it before; SHA-256 ${one.found}${addLine(one)}`;
    case 'mismatch':
      return `${place}: MISMATCH: ${one.file} has SHA-256 ${one.found}, expected ${one.expected}, ${source}`;
    case 'unreadable':
      return `${place}: not read: ${one.obstacle}`;
  }
}

function addLine({ found }: VerifiedVolume): string {
  return `; add to its volume in the code: sha256: '${found}'`;
}
