import { execFile } from 'node:child_process';
import { join } from 'node:path';
import type { Lab } from '../../lab/lab';
import type { Project } from '../../lab/project';
import { placeIn } from '../../lab/project';
import { terraformEnv } from '../../lab/provider';

/** How `regraft` ended and what it said. */
export interface Said {
  exitCode: number;
  stdout: string;
  stderr: string;
}

/** The program `regraft` as it is built, run in a user's project in the lab. */
export class Regraft {
  /** The environment of the user's shell. */
  readonly env: NodeJS.ProcessEnv;

  constructor(
    readonly lab: Lab,
    readonly project: Project,
    uri = lab.uri,
  ) {
    this.env = { ...process.env, ...terraformEnv(), REGRAFT_LAB_PLACE: JSON.stringify(placeIn(lab, uri)) };
  }

  /** Runs `regraft ARGS`. */
  run(...args: string[]): Promise<Said> {
    const program = join(__dirname, '../../dist/cli/bin.js');
    return new Promise((resolve) => {
      const options = { cwd: this.project.folder, env: this.env, maxBuffer: 256 * 1024 * 1024 };
      execFile('node', [program, ...args], options, (error, stdout, stderr) => {
        const code = error?.code;
        resolve({ exitCode: typeof code === 'number' ? code : error ? 1 : 0, stdout, stderr });
      });
    });
  }
}
