import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { spawn as spawnInTerminal } from '@cdktf/node-pty-prebuilt-multiarch';
import type { RolloutEvent } from '../../../lib/operations/rollout/rollout';
import { killTree } from '../../../lab/process-tree';
import type { Regraft, Said } from '../regraft';

const program = join(__dirname, '../../../dist/cli/bin.js');

/** Runs `regraft ARGS --json` and does something at each of its events, such as to interrupt or to kill it. */
export function watched(
  { project, env }: Regraft,
  args: readonly string[],
  act: (event: RolloutEvent, interrupt: () => void, kill: () => void) => void,
): Promise<Said> {
  const child = spawn('node', [program, ...args, '--json'], { cwd: project.folder, env });
  const said = { stdout: '', stderr: '' };
  let line = '';
  child.stderr.on('data', (chunk: Buffer) => (said.stderr += chunk.toString()));
  child.stdout.on('data', (chunk: Buffer) => {
    said.stdout += chunk.toString();
    const lines = (line + chunk.toString()).split('\n');
    line = lines.pop()!;
    for (const text of lines) {
      const event = JSON.parse(text) as RolloutEvent;
      act(
        event,
        () => child.kill('SIGINT'),
        () => killTree(child.pid!),
      );
    }
  });
  return new Promise((resolve) => child.on('close', (code) => resolve({ exitCode: code ?? 1, ...said })));
}

/** Runs `regraft ARGS` on a terminal of 100 columns; types the answers when it asks, one a question. */
export function onTerminal(
  { project, env }: Regraft,
  args: readonly string[],
  ...answers: string[]
): Promise<{ exitCode: number; screen: string }> {
  const { CI: _, NO_COLOR: __, ...own } = env;
  const terminal = spawnInTerminal('node', [program, ...args], {
    cwd: project.folder,
    cols: 100,
    rows: 30,
    env: Object.fromEntries(Object.entries(own).map(([name, value]) => [name, value ?? ''])),
  });
  let screen = '';
  let asked = 0;
  terminal.onData((text) => {
    screen += text;
    const questions = screen.split('Enter a value: ').length - 1;
    for (; asked < questions; asked++) terminal.write(answers[asked] ?? '\u0004');
  });
  return new Promise((resolve) => terminal.onExit(({ exitCode }) => resolve({ exitCode, screen })));
}
