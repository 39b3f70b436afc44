// Where Terraform gets the libvirt provider from.
import { copyFileSync, linkSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { cached, cachePlace } from './cache.mjs';
import { findTerraform } from './requirements.mjs';
import { run, say, tryRun } from './say.mjs';

const address = 'dmacvicar/libvirt';
const module = 'github.com/dmacvicar/terraform-provider-libvirt';
const hosts = { Terraform: 'registry.terraform.io', OpenTofu: 'registry.opentofu.org' };

function sources(root) {
  return ['go.mod', 'go.sum'].map((name) => readFileSync(join(root, 'lab/provider', name)));
}

/** The version that `lab/provider/go.mod` pins, without its v. */
export function pinnedVersion(root) {
  return String(sources(root)[0]).match(new RegExp(`${module} v(\\S+)`))[1];
}

async function registryAnswers() {
  const host = hosts[findTerraform()?.product ?? 'Terraform'];
  try {
    // Terraform honours no proxy settings other than these variables, which Node's fetch ignores: then it cannot tell.
    const response = await fetch(`https://${host}/.well-known/terraform.json`, {
      signal: AbortSignal.timeout(3000),
    });
    return response.ok && 'providers.v1' in (await response.json());
  } catch {
    return false;
  }
}

function goLacks(root) {
  const wanted = String(sources(root)[0]).match(/^go (\S+)$/m)[1];
  const found = tryRun('go', ['env', 'GOVERSION'])?.trim();
  const why = `the Terraform registry does not answer, so the libvirt provider ${pinnedVersion(root)} has to be built`;
  const how =
    'see https://go.dev/doc/install, or set REGRAFT_PROVIDER_MIRROR and REGRAFT_PROVIDER_VERSION to a filesystem mirror that has it';
  if (!found) return `Go ${wanted} or later: ${why}; ${how}`;
  const [major, minor] = found.replace('go', '').split('.').map(Number);
  const [wantedMajor, wantedMinor] = wanted.split('.').map(Number);
  if (major < wantedMajor || (major === wantedMajor && minor < wantedMinor))
    return `Go ${wanted} or later: ${why}, and this is ${found}; ${how}`;
  return undefined;
}

/** Decides, changing nothing, where the provider will come from; `missing` says what that lacks. */
export async function planProvider(root) {
  const { REGRAFT_PROVIDER_MIRROR: given, REGRAFT_PROVIDER_VERSION: asked } = process.env;
  if (given) {
    if (!asked)
      return {
        missing: ['REGRAFT_PROVIDER_VERSION: REGRAFT_PROVIDER_MIRROR is set; say which version of it to use'],
      };
    if (!existsSync(given))
      return {
        missing: [
          `the filesystem mirror ${given} that REGRAFT_PROVIDER_MIRROR names: make it, or unset the variable`,
        ],
      };
    return { from: 'mirror', mirror: resolve(given), version: asked, missing: [] };
  }
  const pinned = pinnedVersion(root);
  if ((asked ?? pinned) === pinned && existsSync(cachePlace('provider', sources(root))))
    return { from: 'cache', version: pinned, missing: [] };
  if (await registryAnswers()) return { from: 'registry', version: asked ?? pinned, missing: [] };
  if (asked && asked !== pinned) {
    return {
      missing: [
        `libvirt provider ${asked}: the Terraform registry does not answer, and only ${pinned} can be built here; unset REGRAFT_PROVIDER_VERSION`,
      ],
    };
  }
  return { from: 'module', version: pinned, missing: [goLacks(root)].filter(Boolean) };
}

function build(root, version, work) {
  say('libvirt provider', `building ${version} from its Go module (a few minutes)`);
  const source = join(work, 'source');
  mkdirSync(source);
  // In a copy, because -mod=mod may write to both files.
  for (const name of ['go.mod', 'go.sum']) copyFileSync(join(root, 'lab/provider', name), join(source, name));
  const binary = `terraform-provider-libvirt_v${version}`;
  const [first, ...others] = Object.values(hosts).map((host) =>
    join(work, host, address, version, 'linux_amd64'),
  );
  for (const folder of [first, ...others]) mkdirSync(folder, { recursive: true });
  run('go', ['build', '-mod=mod', '-trimpath', '-ldflags=-s -w', '-o', join(first, binary), module], {
    cwd: source,
    env: { ...process.env, GOTOOLCHAIN: 'local', GOWORK: 'off', CGO_ENABLED: '0' },
  });
  for (const folder of others) linkSync(join(first, binary), join(folder, binary));
  rmSync(source, { recursive: true });
}

function cliConfig(mirror) {
  if (!mirror) return 'provider_installation {\n  direct {}\n}\n';
  const list = JSON.stringify(Object.values(hosts).map((host) => `${host}/${address}`));
  return `provider_installation {
  filesystem_mirror {
    path    = ${JSON.stringify(mirror)}
    include = ${list}
  }
  direct {
    exclude = ${list}
  }
}
`;
}

/** Carries out the plan; tells the mirror (null: none is needed), the version and the CLI configuration file for it. */
export async function setUpProvider(root, plan) {
  let { mirror = null } = plan;
  if (plan.from === 'cache' || plan.from === 'module') {
    ({ place: mirror } = await cached('provider', sources(root), (work) => build(root, plan.version, work)));
  }
  const text = cliConfig(mirror);
  const config = await cached('terraformrc', [text], (work) =>
    writeFileSync(join(work, 'terraform.rc'), text),
  );
  const states = {
    mirror: `${plan.version} from the mirror ${mirror}`,
    cache: `${plan.version} already there`,
    registry: `${plan.version} from the registry, fetched by Terraform itself`,
    module: `${plan.version} built`,
  };
  say('libvirt provider', states[plan.from]);
  return { version: plan.version, mirror, cliConfigFile: join(config.place, 'terraform.rc') };
}
