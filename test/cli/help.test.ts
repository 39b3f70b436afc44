import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { EXIT_CODES, exitCodeTable } from '../../lib/cli/exit-codes';
import { regraft } from './run';

test('help of every command ends with the exit codes, and is no error', async () => {
  for (const args of [['--help'], ['plan', '--help'], ['check', '--help'], ['show', '--help']]) {
    const { exitCode, stdout, stderr } = await regraft(args);
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
    for (const { code, meaning } of EXIT_CODES)
      expect(stdout).toMatch(new RegExp(`^ +${code} +${meaning.slice(0, 20)}`, 'm'));
  }
});

test('the version is the one of the package', async () => {
  const { version } = JSON.parse(readFileSync(join(__dirname, '../../package.json'), 'utf8')) as {
    version: string;
  };
  expect(await regraft(['--version'])).toEqual({ exitCode: 0, stdout: `${version}\n`, stderr: '' });
});

test('the page on the command line has the table of exit codes and every option', async () => {
  const page = readFileSync(join(__dirname, '../../docs/cli.md'), 'utf8');
  expect(page).toContain(exitCodeTable());
  for (const command of ['plan', 'check', 'show']) {
    const { stdout } = await regraft([command, '--help']);
    const section = page.slice(page.indexOf(`## \`regraft ${command}`)).split('\n## ')[0]!;
    for (const [option] of stdout.matchAll(/--[a-z-]+/g)) {
      if (option !== '--help') expect(section).toContain(option);
    }
  }
});
