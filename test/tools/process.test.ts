import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { UserError } from '../../lib/model/user-error';
import { run } from '../../lib/tools/process';

const call = { env: { PATH: process.env['PATH'] }, missing: 'install it' };

test('arguments reach the program as they are, no shell looks at them', async () => {
  const args = [
    '-e',
    'console.log(JSON.stringify(process.argv.slice(1)))',
    '--',
    '$HOME',
    '`id`',
    'a b',
    "'",
    '*',
  ];
  const { stdout, exitCode } = await run(process.execPath, args, call);
  expect(JSON.parse(stdout)).toEqual(['$HOME', '`id`', 'a b', "'", '*']);
  expect(exitCode).toBe(0);
});

test('the environment is the given one and nothing else', async () => {
  const { stdout } = await run(process.execPath, ['-e', 'console.log(Object.keys(process.env).join())'], {
    ...call,
    env: { ONLY: '1' },
  });
  expect(stdout.trim()).toBe('ONLY');
});

test('a program that is missing, or no program, is told with what to do', async () => {
  await expect(run('no-such-program', [], call)).rejects.toThrow(
    new UserError('there is no program no-such-program: install it'),
  );
  await expect(run(__filename, [], call)).rejects.toThrow(
    /the program .*process\.test\.ts may not be run \(EACCES\): install it/,
  );
});

test('an interrupt reaches the program once, with all that it has started, and waits until it has ended', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'regraft-process-'));
  const counting = (name: string, rest = ''): string => `
    let count = 0;
    const fs = require('fs');
    process.on('SIGINT', () => { fs.writeFileSync('${folder}/${name}', String(++count)); setTimeout(() => process.exit(0), 300); });
    fs.writeFileSync('${folder}/${name}', 'ready');
    setInterval(() => {}, 1000);
    ${rest}`;
  const child = `require('child_process').spawn(process.execPath, ['-e', ${JSON.stringify(counting('child'))}], { stdio: 'inherit' });`;
  const said = (name: string): string =>
    existsSync(join(folder, name)) ? readFileSync(join(folder, name), 'utf8') : '';
  const interrupt = new AbortController();
  const ended = run(process.execPath, ['-e', counting('parent', child)], {
    ...call,
    signal: interrupt.signal,
  });
  try {
    while (said('parent') !== 'ready' || said('child') !== 'ready') await sleep(20);
    interrupt.abort(new Error('interrupted'));
    const start = performance.now();
    await expect(ended).rejects.toThrow('interrupted');
    expect(performance.now() - start).toBeGreaterThan(250);
    expect([said('parent'), said('child')]).toEqual(['1', '1']);
    await expect(run('true', [], { ...call, signal: interrupt.signal })).rejects.toThrow('interrupted');
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test('a program that takes too long is ended with all that it has started', async () => {
  const script =
    "require('child_process').spawn('sleep', ['60'], { stdio: 'inherit' }); setInterval(() => {}, 1000)";
  await expect(run(process.execPath, ['-e', script], { ...call, timeout: 500 })).rejects.toThrow(
    'did not end within 0.5 s',
  );
});
