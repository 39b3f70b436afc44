import { createColors } from 'picocolors';
import { roundedSize } from '../../model/size';
import { namesText, quantity } from '../../review/reporters/phrases';
import { hanging, textTable, WIDTH, wrap } from '../../review/reporters/text-table';
import { DRIFTS } from '../drifts';
import type { BaseStatus, FleetStatus, HostStatus, PoolStatus, StackStatus } from '../status';
import {
  baseText,
  dependentsText,
  driftByKind,
  dueText,
  foreignPaths,
  healthText,
  hookText,
  poolText,
  retainedText,
  sizeText,
  summaryText,
} from './words';

/** How a status is printed on a terminal. */
export interface StatusOptions {
  /**
   * Whether to use colours; they never say anything that the words do not.
   * @default false
   */
  readonly color?: boolean;
  /**
   * Whether the sizes of all volumes are shown.
   * @default true
   */
  readonly sizes?: boolean;
}

/** The columns of volumes that a table of sizes has room for. */
const VOLUMES = 3;
/** The places that are named of one kind of drift that is not grave; of grave ones all are. */
const PLACES = 5;

type Colors = ReturnType<typeof createColors>;

/** Renders a status for a terminal of 80 columns: pools with their clones, bases, drift, the summary last. */
export function terminalStatus(status: FleetStatus, options: StatusOptions = {}): string {
  const { stacks } = status;
  if (stacks.length === 0) return 'Nothing was applied yet: no stack of this project has a state.\n';
  return stacks.map((stack) => stackText(stack, stacks.length > 1, options)).join('\n');
}

function stackText(stack: StackStatus, several: boolean, options: StatusOptions): string {
  const colors = createColors(options.color ?? false);
  const parts = [
    several ? `${wrap(stack.stack)}\n${'='.repeat(Math.min(stack.stack.length, WIDTH))}` : '',
    rolloutPart(stack),
    ...stack.pools.map((pool) => poolPart(pool, options.sizes ?? true, colors)),
    ...stack.hosts.map((host) => hostPart(host, colors)),
    ...driftParts(stack, colors),
    colors.bold(wrap(summaryText(stack))),
  ];
  return `${parts.filter((part) => part !== '').join('\n\n')}\n`;
}

function rolloutPart({ rollout }: StackStatus): string {
  return rollout ? wrap(`Rollout ${rollout.id}: ${rollout.state}`) : '';
}

function poolPart(pool: PoolStatus, sizes: boolean, colors: Colors): string {
  const { clones, retired } = pool;
  const lines = [colors.bold(hanging(poolText(pool), ''))];
  if (clones.length > 0) {
    const head = ['Clone', 'Base', 'Retained', 'Power', 'Health'];
    const rows = clones.map((clone) => [
      clone.clone,
      baseText(clone),
      retainedText(clone),
      clone.power,
      healthText(clone),
    ]);
    lines.push(...textTable(head, rows).map((line) => painted(line, colors)));
  }
  lines.push(...unhealthy(pool).map((line) => colors.red(hanging(line, '  '))));
  lines.push(...dueText(pool).map((line) => colors.yellow(hanging(line, '  '))));
  if (retired.length > 0) {
    const names = namesText(retired.map(({ clone }) => clone));
    lines.push(colors.dim(hanging(`${quantity(retired.length, 'clone')} retired: ${names}`, '  ')));
  }
  if (sizes) lines.push(...sizeTables(pool));
  return lines.join('\n');
}

function unhealthy({ clones }: PoolStatus): string[] {
  return clones.flatMap(({ clone, health }) =>
    health?.healthy === false ? [`${clone} is not healthy: ${health.reason ?? 'a check failed'}`] : [],
  );
}

/** A column a volume; clones with other volumes than the rest have a dash. */
function sizeTables({ clones }: PoolStatus): string[] {
  const current = clones.map(({ clone, volumes }) => ({
    clone,
    sizes: new Map(
      volumes
        .filter(({ use }) => use === 'current')
        .map((volume) => [volume.volume, volume.allocated === undefined ? 'missing' : sizeText(volume)]),
    ),
  }));
  const names = [...new Set(current.flatMap(({ sizes }) => [...sizes.keys()]))];
  const chunks = Array.from({ length: Math.ceil(names.length / VOLUMES) }, (_, index) =>
    names.slice(index * VOLUMES, (index + 1) * VOLUMES),
  );
  const tables = chunks.map((chunk) => {
    const rows = current.filter(({ sizes }) => chunk.some((name) => sizes.has(name)));
    return textTable(
      ['Clone', ...chunk],
      rows.map(({ clone, sizes }) => [clone, ...chunk.map((name) => sizes.get(name) ?? '-')]),
    );
  });
  if (!clones.some(({ volumes }) => volumes.some(({ allocated }) => allocated !== undefined))) return [];
  const body = tables.map((lines) => lines.join('\n')).join('\n\n');
  return ['', '  Volumes, allocated / virtual', body];
}

function hostPart(host: HostStatus, colors: Colors): string {
  const { storage, obstacle, available, bases, otherBackings, orphans } = host;
  const free = available === undefined ? '' : `, ${roundedSize(available)} free`;
  const lines = [colors.bold(wrap(`Host ${host.host}: storage pool ${storage}${free}`))];
  if (obstacle !== undefined)
    lines.push(colors.red(hanging(`${obstacle}; what only libvirt knows is shown as unknown`, '  ')));
  const hook = hookText(host);
  if (hook !== '') lines.push(colors.yellow(hanging(hook, '  ')));
  if (obstacle === undefined) {
    lines.push(...bases.flatMap(baseLines));
    for (const backing of otherBackings) {
      lines.push(hanging(`${backing.path}, of other origin: ${dependentsText(backing)}`, '  '));
    }
  }
  if (orphans.length > 0) {
    const title = `${quantity(orphans.length, 'orphan')}, which no state and no machine knows: regraft repair`;
    lines.push(colors.yellow(hanging(title, '  ')));
    for (const orphan of orphans) lines.push(hanging(`${orphan.file}, ${sizeText(orphan)}`, '    '));
  }
  return lines.join('\n');
}

function baseLines({ base, retired, volumes }: BaseStatus): string[] {
  return volumes.flatMap((volume) => {
    const name = `Base ${base}/${volume.volume}${retired ? ', retired' : ''}`;
    const foreign = foreignPaths(volume).map((path) => hanging(`of other origin: ${path}`, '    '));
    return [hanging(`${name}, ${sizeText(volume)}: ${dependentsText(volume)}`, '  '), ...foreign];
  });
}

function driftParts(stack: StackStatus, colors: Colors): string[] {
  return driftByKind(stack).map(([kind, found]) => {
    const { grave, title, next } = DRIFTS[kind];
    const paint = grave ? (text: string) => colors.red(colors.bold(text)) : colors.yellow;
    const shown = grave ? found : found.slice(0, PLACES);
    const lines = [paint(wrap(`${grave ? 'GRAVE' : 'Drift'}: ${title}`))];
    for (const { place, drift } of shown)
      lines.push(hanging(`${place === '' ? '' : `${place}: `}${drift.text}`, '  '));
    if (found.length > shown.length) lines.push(`  and ${found.length - shown.length} more`);
    lines.push(hanging(`Next: ${next}`, '  '));
    return lines.join('\n');
  });
}

function painted(line: string, colors: Colors): string {
  return line.replace(/\b(missing|unknown|crashed|unhealthy|stale|running)\b(?=\s|$)/g, (word) =>
    word === 'running' ? colors.green(word) : word === 'stale' ? colors.yellow(word) : colors.red(word),
  );
}
