import type { RepairKind, RepairStep } from '../review/repair';
import { isAction } from '../review/repair';
import { quantity } from '../review/reporters/phrases';
import { wrapped } from './wrapped';

const WHAT: Readonly<Record<RepairKind, string>> = {
  'delete-overlay': 'delete overlay',
  'delete-cloud-init': 'delete cloud-init volume',
  'delete-partial-base': 'delete base volume that is not whole',
  'remake-empty-data': 'delete empty data volume, to be made again',
  'import-storage-pool': 'import storage pool',
  'edit-state-storage-pool': 'write storage pool into the state',
  'edit-state-volume': 'write volume into the state',
  'import-volume': 'import volume',
  'import-domain': 'import machine',
  leave: 'left as it is',
};

/** A stack's repair as people read it: what is done, on what, and why. */
export function repairText(stack: string, steps: readonly RepairStep[], unlock?: string): string {
  const actions = steps.filter(isAction).length + (unlock === undefined ? 0 : 1);
  const left = steps.length - steps.filter(isAction).length;
  const lines = [
    `Stack ${stack}: ${actions === 0 ? 'nothing to repair' : quantity(actions, 'step')}${left > 0 ? `, ${left} left as they are` : ''}`,
    ...(unlock === undefined ? [] : [`  drop lock  ${unlock}`, `    ${UNLOCK}`]),
    ...steps.flatMap(({ kind, host, what, why }) => [
      `  ${WHAT[kind]}  ${what} (host ${host})`,
      ...wrapped(why, 4, 80),
    ]),
  ];
  return `${lines.join('\n')}\n`;
}

const UNLOCK = 'make sure that nobody runs Terraform on this stack';
