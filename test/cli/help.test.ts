import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { EXIT_CODES, exitCodeTable } from '../../lib/cli/exit-codes';
import { regraft } from './run';

/** Every command of the program, as its own help lists them. */
async function commands(): Promise<string[]> {
  const { stdout } = await regraft(['--help']);
  const list = stdout.split('\nCommands:\n')[1]!.split('\n\n')[0]!;
  return [...list.matchAll(/^ {2}([a-z-]+)/gm)].map(([, name]) => name!);
}

test('help of every command ends with the exit codes, and is no error', async () => {
  for (const args of [[], ...(await commands()).map((command) => [command])]) {
    const { exitCode, stdout, stderr } = await regraft([...args, '--help']);
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
  for (const command of await commands()) {
    const { stdout } = await regraft([command, '--help']);
    const section = page.slice(page.indexOf(`## \`regraft ${command}`)).split('\n## ')[0]!;
    for (const [option] of stdout.matchAll(/--[a-z0-9-]+/g)) {
      if (option !== '--help') expect(section).toContain(option);
    }
  }
});
