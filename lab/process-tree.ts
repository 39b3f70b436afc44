import { readdirSync, readFileSync } from 'node:fs';

/** The IDs of a process and of all that it has started, in whatever process groups they are. */
export function processTree(root: number): number[] {
  const children = new Map<number, number[]>();
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    const parent = parentOf(Number(name));
    if (parent !== undefined) children.set(parent, [...(children.get(parent) ?? []), Number(name)]);
  }
  const found: number[] = [];
  const add = (pid: number): void => {
    found.push(pid);
    children.get(pid)?.forEach(add);
  };
  add(root);
  return found;
}

/**
 * Kills a process and all that it has started at one moment, Terraform and its providers included.
 *
 * All are stopped first, so that none of them sees the death of another and acts on it.
 */
export function killTree(root: number): void {
  let before: number[] = [];
  for (;;) {
    const tree = processTree(root);
    for (const pid of tree) signal(pid, 'SIGSTOP');
    if (tree.length === before.length) break;
    before = tree;
  }
  for (const pid of before.reverse()) signal(pid, 'SIGKILL');
}

function parentOf(pid: number): number | undefined {
  try {
    // The name in brackets may hold anything, brackets among it.
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return Number(text.slice(text.lastIndexOf(')') + 2).split(' ')[1]);
  } catch {
    return undefined;
  }
}

function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch {
    // It has ended by itself.
  }
}
