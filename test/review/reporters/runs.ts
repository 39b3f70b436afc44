import fc from 'fast-check';
import type { CloneRecord, ClonePhase, RunRecord } from '../../../lib/model/run-record';
import { CLONE_PHASES, cloneKey, RUN_STATES } from '../../../lib/model/run-record';

/** A time of the day that the handmade runs are of. */
const at = (time: string): string => `2026-03-01T${time}.000Z`;

/** Phases of a clone, each with when it began. */
export function course(...steps: readonly (readonly [ClonePhase, string])[]): CloneRecord['phases'] {
  return steps.map(([phase, time]) => ({ phase, at: at(time) }));
}

/** A digest that is told from others by its first letter. */
export const digest = (letter: string): string => letter.repeat(64);

/** A secret that no report may hold, and what holds it. */
export const SECRET = 'hunter2';
const URI = `qemu+libssh2://root:${SECRET}@host/system`;

/** A run of two waves that is through. */
export const DONE: RunRecord = {
  version: 1,
  id: '20260301100000-aaaa',
  stack: 'lab',
  verb: 'apply',
  state: 'done',
  by: 'anna@build',
  startedAt: at('10:00:00'),
  endedAt: at('10:02:05'),
  continuedAt: [],
  planSha256: digest('a'),
  bundleSha256: digest('b'),
  proof: 'digest',
  waves: [
    { clones: ['students/student-01'], state: 'done', startedAt: at('10:00:01'), endedAt: at('10:01:00') },
    { clones: ['students/student-02'], state: 'done', startedAt: at('10:01:00'), endedAt: at('10:02:05') },
  ],
  clones: {
    'students/student-01': {
      pool: 'students',
      clone: 'student-01',
      host: 'lab',
      phase: 'done',
      phases: course(
        ['asked', '10:00:02'],
        ['off', '10:00:12'],
        ['applying', '10:00:13'],
        ['done', '10:01:00'],
      ),
      ran: true,
      cutOff: true,
      data: { home: { file: 'student-01.home.data.qcow2', before: digest('c'), after: digest('c') } },
    },
    'students/student-02': {
      pool: 'students',
      clone: 'student-02',
      host: 'lab',
      phase: 'done',
      phases: course(['off', '10:01:01'], ['done', '10:02:05']),
      ran: false,
      data: {},
    },
  },
  replace: [],
};

/** A run that was gone on with once, failed, and found a data volume that has changed. */
export const FAILED: RunRecord = {
  ...DONE,
  id: '20260302100000-bbbb',
  state: 'failed',
  startedAt: '2026-03-02T10:00:00.000Z',
  endedAt: '2026-03-02T14:00:30.000Z',
  continuedAt: ['2026-03-02T14:00:00.000Z'],
  waves: [
    {
      clones: ['students/student-01', 'students/student-02', 'students/student-03'],
      state: 'failed',
      startedAt: '2026-03-02T10:00:00.000Z',
      endedAt: '2026-03-02T14:00:30.000Z',
    },
    { clones: ['students/student-04'], state: 'waiting' },
  ],
  clones: {
    'students/student-01': {
      pool: 'students',
      clone: 'student-01',
      host: 'lab',
      phase: 'failed',
      phases: [
        { phase: 'applying', at: '2026-03-02T10:00:10.000Z' },
        { phase: 'starting', at: '2026-03-02T14:00:20.000Z' },
        { phase: 'failed', at: '2026-03-02T14:00:25.000Z' },
      ],
      ran: true,
      why: `it did not start: ${URI} does not answer`,
      console: ['Booting from Hard Disk...', `mount ${URI} failed`, 'No bootable device.'],
      data: {
        home: { file: 'student-01.home.data.qcow2', before: digest('d'), after: digest('e') },
        mail: { file: 'student-01.mail.data.qcow2', before: digest('f') },
      },
    },
    'students/student-02': {
      ...DONE.clones['students/student-02']!,
      phase: 'skipped',
      phases: [{ phase: 'skipped', at: '2026-03-02T10:00:09.000Z' }],
      why: 'Ben is logged in',
    },
    'students/student-03': {
      ...DONE.clones['students/student-02']!,
      clone: 'student-03',
      phase: 'comparing',
      phases: [{ phase: 'comparing', at: '2026-03-02T14:00:10.000Z' }],
    },
    'students/student-04': {
      pool: 'students',
      clone: 'student-04',
      host: 'lab',
      phase: 'waiting',
      phases: [],
      data: {},
    },
  },
  problem: `wave 1 of 2 failed (student-01: ${URI} does not answer)`,
};

const name = fc.stringMatching(/^[a-z][a-z0-9]{0,19}$/);
const time = fc.integer({ min: 0, max: 86_399_000 }).map((ms) => new Date(1.8e12 + ms).toISOString());
const sha256 = fc.stringMatching(/^[0-9a-f]{64}$/);
const clone: fc.Arbitrary<CloneRecord> = fc.record(
  {
    pool: name,
    clone: name,
    host: name,
    phase: fc.constantFrom(...CLONE_PHASES),
    phases: fc.array(fc.record({ phase: fc.constantFrom(...CLONE_PHASES), at: time }), { maxLength: 5 }),
    ran: fc.boolean(),
    cutOff: fc.boolean(),
    why: fc.string({ unit: 'binary', maxLength: 200 }),
    console: fc.array(fc.string({ unit: 'binary', maxLength: 200 }), { maxLength: 3 }),
    data: fc.dictionary(
      name,
      fc.record({ file: name, before: sha256, after: sha256 }, { requiredKeys: ['file'] }),
      {
        maxKeys: 3,
      },
    ),
  },
  { requiredKeys: ['pool', 'clone', 'host', 'phase', 'phases', 'data'] },
);

/** Runs of all kinds. */
export const anyRun: fc.Arbitrary<RunRecord> = fc
  .record({
    clones: fc.uniqueArray(clone, { maxLength: 5, selector: (one) => cloneKey(one.pool, one.clone) }),
    state: fc.constantFrom(...RUN_STATES),
    continuedAt: fc.array(time, { maxLength: 2 }),
    proof: fc.constantFrom('digest' as const, 'metadata' as const, 'none' as const),
    by: fc.string({ unit: 'binary', maxLength: 100 }),
    problem: fc.string({ unit: 'binary', maxLength: 200 }),
    startedAt: time,
  })
  .map(({ clones, ...more }) => ({
    ...DONE,
    ...more,
    clones: Object.fromEntries(clones.map((one) => [cloneKey(one.pool, one.clone), one])),
  }));
