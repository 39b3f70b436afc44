// `npm run demo`: sets the machine up, then shows a real rebase on a private libvirt.
import { spawnSync } from 'node:child_process';
import { setUp } from './setup.mjs';

try {
  await setUp();
  const { status } = spawnSync('node', ['node_modules/tsx/dist/cli.mjs', 'demo/main.ts'], {
    stdio: 'inherit',
  });
  process.exitCode = status ?? 1;
} catch (error) {
  console.error(`demo: ${error.message}`);
  process.exitCode = 1;
}
