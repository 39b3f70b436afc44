import { stripVTControlCharacters } from 'node:util';
import { RolloutView } from '../../lib/cli/rollout-view';
import type { ClonePhase } from '../../lib/model/run-record';
import type { RolloutEvent } from '../../lib/operations/rollout/rollout';

interface Screen {
  text: string;
  write(text: string): boolean;
  readonly isTTY?: boolean;
  readonly columns: number;
  readonly rows: number;
}

function screen(isTTY: boolean, rows = 24): Screen {
  return {
    text: '',
    write(text: string) {
      this.text += text;
      return true;
    },
    ...(isTTY ? { isTTY } : {}),
    columns: 80,
    rows,
  };
}

function phase(clone: string, now: ClonePhase, why?: string, console?: string[]): RolloutEvent {
  return {
    event: 'phase',
    pool: 'students',
    clone,
    phase: now,
    ...(why === undefined ? {} : { why }),
    ...(console ? { console } : {}),
  };
}

const keys = (count: number): string[] =>
  Array.from({ length: count }, (_, index) => `students/s${String(index + 1).padStart(2, '0')}`);

/** What a terminal shows after the last time that it was drawn anew. */
function picture({ text }: Screen): string[] {
  const last = stripVTControlCharacters(text.slice(text.lastIndexOf('wave ')));
  return last.split('\n').filter((line) => line !== '');
}

test('in a pipe each step is a plain line, a failure with what the console said, and passwords are masked', () => {
  const sink = screen(false);
  const view = new RolloutView(sink, false);
  view.tell({ event: 'run', id: '7', continued: true, clones: 2, waves: 1 });
  view.tell({ event: 'wave', wave: 1, of: 1, clones: keys(2) });
  view.tell(phase('s01', 'asked'));
  view.tell({ event: 'step', step: 'bakes for 1 min' });
  view.tell(
    phase('s01', 'failed', 'qemu+tcp://me:secret@host does not answer', ['no bootable device', 'bye']),
  );
  view.tell({ event: 'wave', wave: 2, of: 2, clones: [] });
  view.tell({ event: 'end', state: 'failed', problem: 'it' });
  view.end();
  expect(sink.text).not.toContain('secret');
  expect(sink.text.replace(/\/\/.*@/, '//…@')).toBe(
    [
      'regraft: run 7 goes on: 2 machines in 1 wave',
      'regraft: wave 1 of 1: 2 machines',
      'regraft: s01: asked to shut down',
      'regraft: bakes for 1 min',
      'regraft: s01: failed (qemu+tcp://…@host does not answer)',
      'regraft: s01 | no bootable device',
      'regraft: s01 | bye',
      'regraft: wave 2 of 2: what touches no machine',
      '',
    ].join('\n'),
  );
});

test('on a terminal there is a line a machine of the wave, with its phase now', () => {
  const sink = screen(true);
  const view = new RolloutView(sink, false);
  view.tell({ event: 'wave', wave: 1, of: 2, clones: keys(3) });
  view.tell(phase('s01', 'done'));
  view.tell(phase('s02', 'failed', 'it did not start'));
  expect(picture(sink)).toEqual([
    'wave 1 of 2: 3 machines',
    '  s01  done',
    '  s02  failed: it did not start',
    '  s03  waits',
  ]);
  view.tell(phase('s03', 'applying'));
  expect(picture(sink).at(-1)).toBe('  s03  Terraform applies (0 s)');
  view.end();
  const { text } = sink;
  view.end();
  expect(sink.text).toBe(text);
});

test('what has failed and what moves is shown where there is no room for all, and the rest is counted', () => {
  const sink = screen(true, 8);
  const view = new RolloutView(sink, false);
  view.tell({ event: 'wave', wave: 1, of: 1, clones: keys(20) });
  for (const key of keys(18)) view.tell(phase(key.slice(9), 'done'));
  view.tell(phase('s19', 'checking'));
  view.tell(phase('s18', 'failed', 'why'));
  const lines = picture(sink);
  expect(lines.length).toBeLessThanOrEqual(7);
  expect(lines.slice(1, 4)).toEqual(['  s18  failed: why', '  s19  health is checked (0 s)', '  s20  waits']);
  expect(lines.at(-1)).toBe('  and 16 more');
  view.end();
});

test('lines that come while a picture stands do not tear it', () => {
  const sink = screen(true);
  const view = new RolloutView(sink, true);
  view.tell({ event: 'wave', wave: 1, of: 1, clones: keys(2) });
  view.tell({ event: 'step', step: 'revert' });
  expect(stripVTControlCharacters(sink.text)).toContain('regraft: revert\n');
  expect(picture(sink)).toEqual(['wave 1 of 1: 2 machines', '  s01  waits', '  s02  waits']);
  expect(sink.text).toContain('\u001b[');
  view.end();
});
