// What has to be there before setup changes anything.
import { readFileSync } from 'node:fs';
import { tryRun } from './say.mjs';

const NODE = [20, 19];
const TERRAFORM = [1, 5];

const below = ([major, minor], [wantedMajor, wantedMinor]) =>
  major < wantedMajor || (major === wantedMajor && minor < wantedMinor);
const numbers = (version) => version.split('.').slice(0, 2).map(Number);

/** The program that speaks Terraform here and its version; `undefined` when there is none. */
export function findTerraform() {
  const asked = process.env.TERRAFORM_BINARY_NAME;
  for (const name of asked ? [asked] : ['terraform', 'tofu']) {
    const said = tryRun(name, ['version']);
    const match = said?.match(/^(Terraform|OpenTofu) v(\d+\.\d+\.\d+\S*)/m);
    if (match) return { name, product: match[1], version: match[2] };
  }
  return undefined;
}

function debian() {
  try {
    const release = readFileSync('/etc/os-release', 'utf8');
    const value = (key) => release.match(new RegExp(`^${key}="?([^"\\n]*)"?$`, 'm'))?.[1];
    return { id: value('ID'), name: value('PRETTY_NAME') ?? value('ID') };
  } catch {
    return { id: undefined, name: process.platform };
  }
}

/** One line for each thing that this machine lacks, and how to get it. */
export function missing() {
  const lines = [];
  const user = process.getuid?.();
  if (user !== 0)
    lines.push(
      `root: this is user ${user ?? '(unknown)'}; the lab mounts and emulates: run it again as root (sudo -E)`,
    );
  const { id, name } = debian();
  if (id !== 'debian')
    lines.push(
      `Debian: this is ${name}; the guest and the lab are made of Debian's packages: use a Debian machine, virtual or not`,
    );
  if (process.arch !== 'x64')
    lines.push(`an x86-64 machine: this is ${process.arch}; the guest images are for PCs`);
  if (below(numbers(process.versions.node), NODE)) {
    lines.push(
      `Node.js ${NODE.join('.')} or later: this is ${process.versions.node}; see https://nodejs.org/en/download`,
    );
  }
  const asked = process.env.TERRAFORM_BINARY_NAME;
  const terraform = findTerraform();
  if (!terraform) {
    lines.push(
      `Terraform or OpenTofu: ${asked ? `TERRAFORM_BINARY_NAME says ${asked}, which does not run` : 'neither terraform nor tofu is on the PATH'}; ` +
        'see https://developer.hashicorp.com/terraform/install or https://opentofu.org/docs/intro/install',
    );
  } else if (terraform.product === 'Terraform' && below(numbers(terraform.version), TERRAFORM)) {
    lines.push(
      `Terraform ${TERRAFORM.join('.')} or later: ${terraform.name} is ${terraform.version}; see https://developer.hashicorp.com/terraform/install`,
    );
  }
  return lines;
}
