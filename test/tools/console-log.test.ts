import { appendFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { UserError } from '../../lib/model/user-error';
import { ConsoleLog } from '../../lib/tools/console-log';
import { SshStandIn } from './ssh-stand-in';

let folder: string;
let file: string;
let ssh: SshStandIn;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'regraft-console-'));
  file = join(folder, 'anna.log');
  ssh = new SshStandIn();
});

afterEach(() => {
  rmSync(folder, { recursive: true });
  ssh.remove();
});

function logOn(uri: string): ConsoleLog {
  return ConsoleLog.of(uri, folder, 'anna', { env: ssh.env });
}

describe.each([
  ['this machine', 'qemu:///system'],
  ['a host over SSH', 'qemu+ssh://root@host.test/system'],
])('a console log on %s', (_, uri) => {
  let log: ConsoleLog;
  beforeEach(() => {
    log = logOn(uri);
  });

  test('what was said since a mark is that, and nothing from before', async () => {
    writeFileSync(file, 'first boot\n');
    const mark = await log.mark();
    expect([await log.since(mark), await log.tail(5, mark)]).toEqual(['', []]);
    appendFileSync(file, 'second boot\n');
    expect([await log.since(mark), await log.tail(5, mark)]).toEqual(['second boot\n', ['second boot']]);
    expect(await log.since(0)).toBe('first boot\nsecond boot\n');
  });

  test('a machine that has never been started has said nothing', async () => {
    expect([await log.mark(), await log.since(0), await log.tail(5)]).toEqual([0, '', []]);
  });

  test('a log that was rotated or truncated since the mark is read from its start', async () => {
    writeFileSync(file, 'a long first boot\n');
    const mark = await log.mark();
    writeFileSync(file, 'short\n');
    expect(await log.since(mark)).toBe('short\n');
  });

  test('no more than the last MiB is read', async () => {
    writeFileSync(file, `early\n${'x'.repeat(2 ** 20 - 5)}\nend\n`);
    const text = await log.since(0);
    expect(text.length).toBe(2 ** 20);
    expect(text).not.toContain('early');
    expect(text.slice(-5)).toBe('\nend\n');
    expect(await log.tail(1)).toEqual(['end']);
  });

  test('is read as on a screen: without escape sequences, control characters and empty lines at its end', async () => {
    // The reset of a boot loader, the colours of systemd, a title, a bell, and the line ends of a terminal.
    writeFileSync(
      file,
      '\u001bc\u001b[?7l\u001b[2JBooting\r\n[\u001b[0;32m  OK  \u001b[0m] Started ssh\u0007\r\n\u001b]0;title\u0007grüß\tlogin: \r\n\r\n',
    );
    expect(await log.since(0)).toBe('Booting\n[  OK  ] Started ssh\ngrüß\tlogin: \n\n');
    expect(await log.tail(2)).toEqual(['[  OK  ] Started ssh', 'grüß\tlogin:']);
    expect(await log.tail(0)).toEqual([]);
  });
});

test('a log that cannot be read is told with what to do', async () => {
  mkdirSync(file);
  await expect(logOn('qemu:///system').since(0)).rejects.toThrow(
    new UserError(`${file} cannot be read (EISDIR)`),
  );
});

test('a log on a host that no files can be reached of is told without the password of the URI', () => {
  expect(() => logOn('qemu+tls://root:secret@far/system')).toThrow(
    new UserError(
      'the files of qemu+tls://root:***@far/system cannot be reached: only qemu:///… and qemu+ssh://HOST/… can, so do it on that host itself',
    ),
  );
});
