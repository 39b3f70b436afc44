import type { CodeChange } from '../../lab/project';

/** The clones of the story of a base update. */
export const ALL = ['student-01', 'student-02', 'student-03'];

/** What the code says at each stage of a base update, in its order. */
export const STAGES = {
  v1: { bases: ['v1'], base: 'v1', clones: ALL },
  proposed: { bases: ['v1', 'v2'], base: 'v1', clones: ALL },
  canary: { bases: ['v1', 'v2'], base: 'v1', clones: ALL, rebase: { clones: ['student-01'] } },
  rebased: { bases: ['v1', 'v2'], base: 'v1', clones: ALL, rebase: {} },
  promoted: { bases: ['v1', 'v2'], base: 'v2', clones: ALL },
} as const satisfies Record<string, CodeChange>;
